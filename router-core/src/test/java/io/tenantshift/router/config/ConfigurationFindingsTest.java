package io.tenantshift.router.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.NoObjects;
import io.tenantshift.testkit.Guarantee;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a file is told at once, each problem where it stands, and none of it shows a secret. */
class ConfigurationFindingsTest {

    @Test
    @Guarantee("G9")
    void everythingThatIsWrongIsToldAtOnce() {
        assertThat(Yaml.findings("""
                nmae: shop
                shards:
                  legacy:
                    url: jdbc:mysql://db0/shop
                    usr: shop
                  s0:
                    url: jdbc:postgresql://db1/shop
                    password: [one, two]
                  s1:
                    user: ${NOWHERE}
                control: legcy
                shardMap:
                  version: 0
                  slots:
                    0-2047: s0
                    2047-4095: s9
                tableGroups:
                  - name: shop
                    tenantType: txt
                    tables: [orders, public.lines, public.lines]
                guard: strct
                maximumPoolSize: 1
                systemPoolSize: many
                connection-timeout: 30s
                locateDeadline: 30
                control: s0
                """))
                .containsExactly(
                        "router.yaml:1:1: unknown key \"nmae\"; did you mean \"name\"?",
                        "router.yaml:4:10: shards.legacy.url does not begin with jdbc:postgresql:",
                        "router.yaml:5:5: unknown key \"shards.legacy.usr\"; did you mean \"user\"?",
                        "router.yaml:8:15: shards.s0.password is a list; a text is expected",
                        "router.yaml:10:5: shards.s1 has no key \"url\", which must be there",
                        "router.yaml:10:11: shards.s1.user cannot be read: the environment variable NOWHERE is not set; set it, or write ${NOWHERE:-default}",
                        "router.yaml:11:10: control names the shard \"legcy\", which is not one of [legacy, s0, s1]; did you mean \"legacy\"?",
                        "router.yaml:13:12: shardMap.version is \"0\"; expected at least 1",
                        "router.yaml:16:16: shardMap.slots.2047-4095 names the shard \"s9\", which is not one of [legacy, s0, s1]; did you mean \"s0\"?",
                        "router.yaml:19:17: tableGroups[0].tenantType is \"txt\"; expected one of [text, uuid, integer]; did you mean \"text\"?",
                        "router.yaml:20:5: tableGroups[0] has tables and no tenantColumn",
                        "router.yaml:20:14: tableGroups[0]: this table is not of the form schema.table",
                        "router.yaml:20:36: tableGroups[0]: this table is there already, in line 20",
                        "router.yaml:21:8: guard is \"strct\"; expected one of [strict, context, audit]; did you mean \"strict\"?",
                        "router.yaml:22:18: maximumPoolSize is \"1\"; expected from 2 to 1000",
                        "router.yaml:23:17: systemPoolSize is \"many\"; a whole number is expected from 4 to 1000",
                        "router.yaml:24:1: unknown key \"connection-timeout\"; did you mean \"connectionTimeout\"?",
                        "router.yaml:25:17: locateDeadline is \"30\"; a duration with its unit is expected, such as 500ms, 30s, 2m, 1h or PT30S",
                        "router.yaml:26:1: key \"control\" is there already, in line 11");
    }

    @Test
    void aReplicaIsOneServer() {
        assertThat(Yaml.findings("""
                name: shop
                shards:
                  s0:
                    url: jdbc:postgresql://a,b/shop
                    replicas:
                      - url: jdbc:postgresql://c,d/shop
                      - user: shop
                """))
                .containsExactly(
                        "router.yaml:6:9: shards.s0.replicas[0].url names several servers; name each as a replica of its own",
                        "router.yaml:7:9: shards.s0.replicas[1] has no key \"url\", which must be there");
    }

    @Test
    void theMessageHasEveryFindingOnALineOfItsOwn() {
        assertThatThrownBy(() -> Yaml.read("nam: x\n"))
                .isInstanceOf(ConfigurationException.class)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("""
                        configuration "router.yaml" refused, nothing was opened: 2 problems
                          router.yaml:1:1: unknown key "nam"; did you mean "name"?
                          router.yaml:1:1: the file has no key "shards", which must be there""");
    }

    @Test
    void slotsAreAllCoveredAndNoneTwice() {
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {slots: {0-99: legacy, 50-4095: legacy}}\n"))
                .containsExactly("router.yaml:4:34: shardMap.slots.50-4095: slot 50 is in the range 0-99 already");
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {slots: {0-99: legacy, 150-4095: legacy}}\n"))
                .containsExactly(
                        "router.yaml:4:12: shardMap.slots leaves 50 of 4096 slots on no shard, the first is 100");
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {slots: {0-4096: legacy, all: legacy, 9-3: legacy}}\n"))
                .hasSize(3)
                .allMatch(finding -> finding.contains("is no range of slots within 0-4095"));
    }

    @Test
    void aWatchedFileMustBeGoodWhenItIsFirstRead(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("map.properties"), "slots.0-4095=s9\nversion=7\n");
        assertThat(Yaml.findings(Yaml.LEAST
                        + "shardMap: {watchedFile: \"%s\", version: 7, tenants: {a: legacy}}\n".formatted(file)))
                .satisfiesExactlyInAnyOrder(
                        finding -> assertThat(finding)
                                .contains("shardMap.version may not be set beside watchedFile, which says it itself"),
                        finding -> assertThat(finding).contains("shardMap.tenants may not be set beside watchedFile"),
                        finding -> assertThat(finding)
                                .contains("shardMap.watchedFile names the shards [s9], which are not among [legacy]"));
        Files.writeString(file, "slots.0-4095=legacy\n");
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {watchedFile: \"%s\"}\n".formatted(file)))
                .singleElement()
                .asString()
                .contains("half-written");
    }

    @Test
    void aMapIsGivenInOneWay() {
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {everyone: legacy, spread: [legacy]}\n"))
                .containsExactly(
                        "router.yaml:4:11: shardMap has [everyone, spread]; one of [everyone, spread, slots, document, documentFile, watchedFile, source] may be set");
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {version: 1}\n"))
                .containsExactly(
                        "router.yaml:4:11: shardMap has none of [everyone, spread, slots, document, documentFile, watchedFile, source]; one must be set");
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {spread: [legacy, legacy]}\n"))
                .containsExactly("router.yaml:4:29: shardMap.spread names the shard \"legacy\" twice");
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {document: \"slots.0-4095=s9\", tenants: {acme: legacy}}\n"))
                .containsExactly(
                        "router.yaml:4:12: shardMap.document names the shards [s9], which are not among [legacy]",
                        "router.yaml:4:41: shardMap.tenants may not be set beside document, which pins tenants itself");
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {document: \"slots.0-9=legacy\"}\n"))
                .singleElement()
                .asString()
                .contains("4086 of 4096 slots are on no shard");
    }

    @Test
    void severalShardsNeedAHome() {
        assertThat(Yaml.findings("""
                name: shop
                shards:
                  a: {url: "jdbc:postgresql:a"}
                  b: {url: "jdbc:postgresql:b"}
                """))
                .containsExactly(
                        "router.yaml:1:1: the file has no key \"control\", which must be there if no legacyShard is named",
                        "router.yaml:1:1: the file has no key \"shardMap\", which must be there if no legacyShard is named");
    }

    @Test
    void credentialsAreGivenOnce() {
        assertThat(Yaml.findings("""
                name: shop
                shards:
                  a:
                    url: jdbc:postgresql:a?user=x&password=y
                    user: x
                    password: y
                    passwordFile: nowhere
                    credentials: io.tenantshift.router.config.FromFile
                """))
                .containsExactly(
                        "router.yaml:4:5: shards.a has a password in its url and another as a key",
                        "router.yaml:5:5: shards.a has a user here and another in its url",
                        "router.yaml:6:5: shards.a has both password and credentials; one may be set",
                        "router.yaml:7:5: shards.a has both password and passwordFile; one may be set",
                        "router.yaml:7:5: shards.a has both passwordFile and credentials; one may be set",
                        "router.yaml:7:5: shards.a.passwordFile: there is no such file");
    }

    @Test
    void groupsHaveTablesOnceAndOneType() {
        assertThat(Yaml.findings(Yaml.LEAST + """
                tableGroups:
                  - name: a
                    tenantColumn: t
                    tables: [public.a]
                  - name: a
                    tenantType: uuid
                    tenantColumns: {public.a: t, tenantshift.b: t}
                  - name: c
                """))
                .containsExactly(
                        "router.yaml:8:5: tableGroups[1]: a group of this name is there already, in line 5",
                        "router.yaml:9:17: tableGroups[1].tenantType is uuid and another group's is text; tenants have one type",
                        "router.yaml:10:21: tableGroups[1]: this table is there already, in line 7",
                        "router.yaml:10:34: tableGroups[1]: this table is the library's own",
                        "router.yaml:11:5: tableGroups[2] has neither tables nor tenantColumns");
    }

    @Test
    void settingsFitEachOther() {
        assertThat(Yaml.findings(Yaml.LEAST + "guard: strict\nmaximumPoolSize: 5\nminimumIdle: 6\n"))
                .containsExactly(
                        "router.yaml:4:8: guard is strict and there are no tableGroups, so no statement could pass",
                        "router.yaml:6:14: minimumIdle is 6 and maximumPoolSize is 5");
    }

    @Test
    void classesAreCheckedWhereTheyAreNamed() {
        String here = NoObjects.class.getName();
        assertThat(Yaml.findings(Yaml.LEAST + """
                tenantResolver: com.shop.Missing
                capture: java.lang.String
                observer: {class: x}
                tenantResolvr: x
                """))
                .containsExactly(
                        "router.yaml:4:17: tenantResolver: there is no such class on the class path",
                        "router.yaml:5:10: capture: the class does not implement io.tenantshift.router.spi.WriteCapture",
                        "router.yaml:6:11: observer is a mapping; the name of a class that implements ReadObserver is expected",
                        "router.yaml:7:1: unknown key \"tenantResolvr\"; did you mean \"tenantResolver\"?");
        for (String kind : new String[] {"Hidden", "Unfinished"}) {
            assertThat(Yaml.findings(Yaml.LEAST + "tenantResolver: %s$%s\n".formatted(here, kind)))
                    .containsExactly("router.yaml:4:17: tenantResolver: the class must be public and not abstract");
        }
        assertThat(Yaml.findings(Yaml.LEAST + "tenantResolver: %s$Asking\n".formatted(here)))
                .containsExactly(
                        "router.yaml:4:17: tenantResolver: the class has no public constructor without parameters");
        assertThat(Yaml.findings(Yaml.LEAST + "shardMap: {source: %s$Asking, version: 3}\n".formatted(here)))
                .containsExactly(
                        "router.yaml:4:20: shardMap.source: the class does not implement io.tenantshift.router.spi.ShardMapSource",
                        "router.yaml:4:%d: shardMap.version may not be set beside source, which says it itself"
                                .formatted(29 + here.length()));
    }

    @Test
    void readingMakesNoObjectAndWhatFailsToBeMadeIsToldWhereItStands() {
        NoObjects.Counted.OPEN.set(0);
        String here = NoObjects.class.getName();
        RouterConfiguration read = Yaml.read(Yaml.LEAST + """
                tenantResolver: %1$s$Failing
                shardMap: {source: %1$s$Counted}
                """.formatted(here));
        assertThat(NoObjects.Counted.OPEN).hasValue(0);
        assertThatThrownBy(read::toBuilder)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(
                        "router.yaml:4:17: tenantResolver: no object of the class could be made (IllegalStateException)")
                .hasMessageNotContaining("s3cret")
                .hasCauseInstanceOf(IllegalStateException.class);
        assertThat(NoObjects.Counted.OPEN).hasValue(0);
    }

    @Test
    void anAuditNeedsGroupsToLookAt() {
        assertThat(Yaml.findings(Yaml.LEAST + "audit: on\nmeters: globl\n"))
                .containsExactly(
                        "router.yaml:4:1: audit is on and there are no tableGroups, so it would see no tenant table",
                        "router.yaml:5:9: meters is \"globl\"; expected one of [global, none]; did you mean \"global\"?");
    }

    @Test
    void emptyValuesAndWrongKindsAreTold() {
        assertThat(Yaml.findings("""
                name:
                shards: {}
                control: ~
                legacyShard: ${EMPTY}
                shardMap: legacy
                tableGroups: {a: b}
                guard: ""
                maximumPoolSize: [3]
                """))
                .containsExactly(
                        "router.yaml:1:6: name has no value; a text is expected",
                        "router.yaml:2:9: shards is empty",
                        "router.yaml:3:10: control has no value; a shard's name is expected",
                        "router.yaml:4:14: legacyShard is empty: \"${EMPTY}\"",
                        "router.yaml:5:11: shardMap is a single value; a mapping of keys is expected",
                        "router.yaml:6:14: tableGroups is a mapping; a list is expected",
                        "router.yaml:7:8: guard is empty",
                        "router.yaml:8:18: maximumPoolSize is a list; a whole number from 2 to 1000 is expected");
    }

    @Test
    void variablesThatAreNoneAreTold() {
        assertThat(Yaml.findings(Yaml.LEAST.replace("name: shop", "name: ${no good} ${ and ${A:+b}")))
                .containsExactly(
                        "router.yaml:1:7: name cannot be read: a \"${\" begins no ${NAME} and no ${NAME:-default}; write \"$${\" for one that stays; a \"${\" begins no ${NAME} and no ${NAME:-default}; write \"$${\" for one that stays");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password: *s3cret",
                "password: @s3cret",
                "password: !s3cret!x y",
                "password: \"s3cret",
                "password: 's3cret' s3cret",
                "password: {s3cret",
                "password: |s3cret",
                "password: s3cret: s3cret",
                "password: \"\\s3cret\"",
                "password: %s3cret\n%s3cret",
                "password: [s3cret]",
                "password: {s3cret: s3cret}",
                "password: ''",
                "passwordFile: s3cret",
                "credentials: s3cret",
                "credentials: ${DB_PASSWORD}",
                "passwordFile: ${DB_PASSWORD}",
                "pasword: s3cret",
                "url: jdbc:postgresql://shop:s3cret@db/shop",
                "url: jdbc:postgresql://db/shop?password=s3cret%zz",
                "url: jdbc:postgresql://db:s3cret:1/shop/s3cret",
                "url: s3cret",
                "url: ${DB_PASSWORD}"
            })
    void noFindingShowsASecret(String line) {
        String yaml = "name: shop\nshards:\n  a:\n    " + line + "\n";
        assertThat(Yaml.findings(yaml))
                .isNotEmpty()
                .allSatisfy(finding -> assertThat(finding).doesNotContain("s3cret"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"maximumPoolSize", "connectionTimeout", "guard", "control", "legacyShard"})
    void whatAVariableHoldsIsNotShownWhereverItStands(String key) {
        assertThat(Yaml.findings(Yaml.LEAST + key + ": ${POOL}\n"))
                .isNotEmpty()
                .allSatisfy(finding -> assertThat(finding).contains("${POOL}").doesNotContain("s3cret"));
    }

    @Test
    void whatIsNoYamlIsToldWhereItEnds() {
        assertThat(Yaml.findings("name: a: b\n"))
                .containsExactly("router.yaml:1:8: not YAML: mapping values are not allowed here");
        assertThat(Yaml.findings("name:\n\t- b\n"))
                .singleElement()
                .asString()
                .startsWith("router.yaml:2:1: not YAML, while scanning for the next token: ");
        assertThat(Yaml.findings("name: x\nb: \u0001\n"))
                .containsExactly("router.yaml:2:4: not YAML: a character that may not stand there, U+0001");
        assertThat(Yaml.findings("")).containsExactly("router.yaml:1:1: the file is empty");
        assertThat(Yaml.findings("just text\n"))
                .containsExactly("router.yaml:1:1: the file is a single value; a mapping of keys is expected");
        assertThat(Yaml.findings(Yaml.LEAST + "---\nname: b\n"))
                .containsExactly("router.yaml:5:1: a second document begins; only one is read");
        assertThat(Yaml.findings("? [a]\n: b\n" + Yaml.LEAST))
                .containsExactly("router.yaml:1:3: a key is no single value");
        assertThat(Yaml.findings("a: " + "[".repeat(100_000)))
                .containsExactly("router.yaml:1:1: not a configuration: nested too deeply");
    }

    @Test
    void aNodeThatHoldsItselfEnds() {
        assertThat(Yaml.findings("name: x\nshards: &all {legacy: *all}\n")).isNotEmpty();
    }

    @Test
    void bytesThatAreNoUtf8AreTold() {
        assertThatThrownBy(() -> RouterConfiguration.parse(
                        "router.yaml", "name: \u00e4".getBytes(StandardCharsets.ISO_8859_1), name -> null))
                .hasMessageContaining("router.yaml:1:1: the file is not in UTF-8");
    }

    @Test
    void aByteOrderMarkIsNoKey() {
        assertThat(Yaml.findings("\uFEFF" + Yaml.LEAST)).isEmpty();
    }

    @Test
    void aFileIsNamedAsItWasAskedFor(@TempDir Path directory) {
        assertThatThrownBy(() -> RouterConfiguration.read(directory.resolve("a.yaml")))
                .hasMessageContaining(directory.resolve("a.yaml") + ":1:1: ");
    }
}
