package io.tenantshift.router.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a correct file means: defaults, environment variables, files beside it. */
class RouterConfigurationTest {
    private static final String EVERYTHING = """
            name: orders
            shards:
              legacy:
                url: jdbc:postgresql://db0/shop?currentSchema=app&password=in-the-url
                user: ${DB_USER}
              s0:
                url: jdbc:postgresql://db1/shop
                user: shop
                password: ${DB_PASSWORD}
              7:
                url: jdbc:postgresql://db7/shop
                credentials: io.tenantshift.router.config.FromFile
            control: legacy
            legacyShard: legacy
            shardMap:
              version: 3
              slots:
                0-2047: s0
                2048-4094: legacy
                4095: 7
              tenants:
                acme: s0
                0012: legacy
            tableGroups:
              - name: shop
                tenantType: integer
                tenantColumn: tenant_id
                tables: [public.orders, public.order_lines]
                tenantColumns:
                  public.tenant: id
            guard: strict
            audit: on
            tenantResolver: io.tenantshift.router.config.FromFile
            capture: io.tenantshift.router.config.FromFile
            observer: io.tenantshift.router.config.FromFile
            meters: global
            maximumPoolSize: 20
            minimumIdle: 5
            systemPoolSize: 8
            connectionTimeout: 750ms
            locateDeadline: 2m
            maximumWaiting: 100
            breaker: off
            breakerWindow: 50
            breakerFailureRate: 80
            breakerWait: 500ms
            directoryCacheSize: 5000
            replicaStaleness: 3s
            """;

    private static List<String> described(RouterConfiguration configuration) {
        return configuration.describe().stream().map(Setting::toString).toList();
    }

    @Test
    void allThatTheBuilderCanDoIsInOneFile() {
        assertThat(described(Yaml.read(EVERYTHING)))
                .containsExactly(
                        "name = orders  # router.yaml:1",
                        "shards.legacy.url = jdbc:postgresql://db0/shop?currentSchema=app&password=***  # router.yaml:4",
                        "shards.legacy.user = shop  # router.yaml:5 (environment DB_USER)",
                        "shards.s0.url = jdbc:postgresql://db1/shop  # router.yaml:7",
                        "shards.s0.user = shop  # router.yaml:8",
                        "shards.s0.password = ***  # router.yaml:9 (environment DB_PASSWORD)",
                        "shards.7.url = jdbc:postgresql://db7/shop  # router.yaml:11",
                        "shards.7.credentials = io.tenantshift.router.config.FromFile  # router.yaml:12",
                        "control = legacy  # router.yaml:13",
                        "legacyShard = legacy  # router.yaml:14",
                        "shardMap.version = 3  # router.yaml:16",
                        "shardMap.slots.0-2047 = s0  # router.yaml:18",
                        "shardMap.slots.2048-4094 = legacy  # router.yaml:19",
                        "shardMap.slots.4095 = 7  # router.yaml:20",
                        "shardMap.tenants.acme = s0  # router.yaml:22",
                        "shardMap.tenants.0012 = legacy  # router.yaml:23",
                        "tableGroups[0].name = shop  # router.yaml:25",
                        "tableGroups[0].tenantType = integer  # router.yaml:26",
                        "tableGroups[0].tenantColumn = tenant_id  # router.yaml:27",
                        "tableGroups[0].tables[0] = public.orders  # router.yaml:28",
                        "tableGroups[0].tables[1] = public.order_lines  # router.yaml:28",
                        "tableGroups[0].tenantColumns.public.tenant = id  # router.yaml:30",
                        "guard = strict  # router.yaml:31",
                        "audit = on  # router.yaml:32",
                        "tenantResolver = io.tenantshift.router.config.FromFile  # router.yaml:33",
                        "capture = io.tenantshift.router.config.FromFile  # router.yaml:34",
                        "observer = io.tenantshift.router.config.FromFile  # router.yaml:35",
                        "meters = global  # router.yaml:36",
                        "maximumPoolSize = 20  # router.yaml:37",
                        "minimumIdle = 5  # router.yaml:38",
                        "systemPoolSize = 8  # router.yaml:39",
                        "connectionTimeout = 750ms  # router.yaml:40",
                        "locateDeadline = 2m  # router.yaml:41",
                        "maximumWaiting = 100  # router.yaml:42",
                        "breaker = off  # router.yaml:43",
                        "breakerWindow = 50  # router.yaml:44",
                        "breakerFailureRate = 80  # router.yaml:45",
                        "breakerWait = 500ms  # router.yaml:46",
                        "replicaStaleness = 3s  # router.yaml:48",
                        "directoryCacheSize = 5000  # router.yaml:47");
    }

    @Test
    void oneShardNeedsNothingElseAndWhatCountsThenIsShownAsDefault() {
        assertThat(described(Yaml.read(Yaml.LEAST)))
                .containsExactly(
                        "name = shop  # router.yaml:1",
                        "shards.legacy.url = jdbc:postgresql://db0/shop  # router.yaml:3",
                        "control = legacy  # default",
                        "shardMap.version = 1  # default",
                        "shardMap.everyone = legacy  # default",
                        "guard = context  # default",
                        "audit = off  # default",
                        "meters = none  # default",
                        "systemPoolSize = 32  # default",
                        "connectionTimeout = 30s  # default",
                        "locateDeadline = 10s  # default",
                        "breaker = on  # default",
                        "breakerWindow = 20  # default",
                        "breakerFailureRate = 50  # default",
                        "breakerWait = 5s  # default",
                        "replicaStaleness = 10s  # default",
                        "directoryCacheSize = 100000  # default");
    }

    @Test
    void replicasHaveTheShardsCredentialsOrTheirOwn() {
        RouterConfiguration read = Yaml.read("""
                name: shop
                shards:
                  s0:
                    url: jdbc:postgresql://db0/shop
                    user: shop
                    password: ${DB_PASSWORD}
                    replicas:
                      - url: jdbc:postgresql://db0-a/shop
                      - {url: "jdbc:postgresql://db0-b/shop", user: report, password: "${DB_PASSWORD}"}
                """);
        assertThat(described(read))
                .contains(
                        "shards.s0.replicas[0].url = jdbc:postgresql://db0-a/shop  # router.yaml:8",
                        "shards.s0.replicas[1].user = report  # router.yaml:9",
                        "shards.s0.replicas[1].password = ***  # router.yaml:9 (environment DB_PASSWORD)");
        Definition.Shard shard =
                new Definition.Shard("s0", "jdbc:postgresql://db0/shop", "shop", "secret", null, null, List.of());
        Definition.Shard plain =
                new Definition.Shard("s0", "jdbc:postgresql://db0-a/shop", null, null, null, null, List.of());
        Definition.Shard own =
                new Definition.Shard("s0", "jdbc:postgresql://db0-b/shop", "report", null, null, null, List.of());
        assertThat(shard.withReplica(plain).withReplica(own).replicas())
                .extracting(Definition.Shard::user, Definition.Shard::password)
                .containsExactly(tuple("shop", "secret"), tuple("report", null));
    }

    @Test
    void theLegacyShardIsHomeAndControlWhereNothingElseIsSaid() {
        RouterConfiguration read = Yaml.read("""
                name: shop
                shards:
                  legacy: {url: "jdbc:postgresql://db0/shop"}
                  s0: {url: "jdbc:postgresql://db1/shop"}
                legacyShard: legacy
                """);
        assertThat(described(read)).contains("control = legacy  # default", "shardMap.everyone = legacy  # default");
    }

    @Test
    void variablesMayHaveDefaultsAndADollarMayStay() {
        RouterConfiguration read = Yaml.read("""
                name: ${DB_USER}-${NOWHERE:-test}-${EMPTY:-empty}-$${DB_USER}-$5
                shards:
                  legacy: {url: "jdbc:postgresql://${HOST:-db0}/shop"}
                """);
        assertThat(read.name()).isEqualTo("shop-test-empty-${DB_USER}-$5");
    }

    @Test
    void whatAVariableHoldsIsNotReadAsYaml() {
        RouterConfiguration read = RouterConfiguration.parse(
                "router.yaml",
                Yaml.LEAST.replace("name: shop", "name: ${NAME}").getBytes(StandardCharsets.UTF_8),
                name -> "a\nguard: strict # ${DB_PASSWORD}");
        assertThat(read.name()).isEqualTo("a\nguard: strict # ${DB_PASSWORD}");
        assertThat(described(read)).contains("guard = context  # default");
    }

    @Test
    void filesThatItNamesAreBesideIt(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("map.properties"), "slots.0-4095=s0\ntenant.acme=legacy\n");
        Files.writeString(directory.resolve("password"), "s3cret\n");
        Path file = Files.writeString(directory.resolve("router.yaml"), """
                name: shop
                shards:
                  legacy: {url: "jdbc:postgresql://db0/shop", user: shop, passwordFile: password}
                  s0: {url: "jdbc:postgresql://db1/shop"}
                control: legacy
                shardMap: {version: 2, documentFile: ./map.properties}
                """);
        RouterConfiguration read = RouterConfiguration.read(file);
        assertThat(read.describe().toString())
                .contains(Objects.requireNonNull(directory.getFileName()).toString())
                .doesNotContain("s3cret");
    }

    @Test
    void aWatchedFileSaysItsVersionItself(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("map.properties"), "slots.0-4095=s0\nversion=7\n");
        Path file = Files.writeString(directory.resolve("router.yaml"), """
                name: shop
                shards:
                  legacy: {url: "jdbc:postgresql://db0/shop"}
                  s0: {url: "jdbc:postgresql://db1/shop"}
                control: legacy
                shardMap: {watchedFile: map.properties}
                """);
        assertThat(described(RouterConfiguration.read(file)))
                .contains("shardMap.watchedFile = map.properties  # " + file + ":6")
                .noneMatch(setting -> setting.startsWith("shardMap.version"));
    }

    @Test
    void aDocumentIsAShardMapToo() {
        assertThat(described(Yaml.read(Yaml.LEAST + """
                shardMap:
                  document: |
                    slots.0-4095=legacy
                    tenant.acme=legacy
                """))).contains("shardMap.version = 1  # default");
    }

    @Test
    void noSecretIsInAnythingThatIsShown() {
        RouterConfiguration read = Yaml.read(EVERYTHING);
        assertThat(read + " " + described(read)).doesNotContain("s3cret").doesNotContain("in-the-url");
        assertThat(read.toString()).contains("router.yaml", "orders", "legacy, s0, 7");
    }

    @Test
    void aFileThatIsNotThereIsAFindingAsWell(@TempDir Path directory) {
        Path missing = directory.resolve("nowhere.yaml");
        assertThatThrownBy(() -> RouterConfiguration.read(missing))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(missing + ":1:1: there is no such file");
        assertThatThrownBy(() -> RouterConfiguration.read(directory))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("cannot be read");
    }
}
