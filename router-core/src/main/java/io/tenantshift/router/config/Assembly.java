package io.tenantshift.router.config;

import io.tenantshift.router.GuardMode;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.config.ShapeReader.ShardReference;
import io.tenantshift.router.config.Value.Items;
import io.tenantshift.router.config.Value.Scalar;
import io.tenantshift.router.config.Value.Section;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.ShardCredentials;
import io.tenantshift.router.spi.TenantResolver;
import io.tenantshift.router.spi.WriteCapture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks what one part of a file says against the others, fills in what follows from them, and makes the definition. What was wrong by
 * itself was reported before and is passed over, so that nothing is reported twice. Not safe for concurrent use.
 */
final class Assembly {
    private final Section root;
    private final Path directory;
    private final Findings findings;

    Assembly(Section root, Path directory, Findings findings) {
        this.root = root;
        this.directory = directory;
        this.findings = findings;
    }

    /** The definition; null if there are findings. */
    @Nullable
    Definition assemble(List<ShardReference> references) {
        List<Definition.Shard> shards = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        Section written = root.section("shards");
        if (written != null) {
            for (String name : written.names()) {
                names.add(name);
                Section shard = written.section(name);
                Definition.Shard read = shard == null ? null : shardWithReplicas(name, shard);
                if (read != null) {
                    shards.add(read);
                }
            }
            for (ShardReference reference : references) {
                checkShard(reference.named(), reference.path(), names);
            }
        }
        String legacyShard = root.text("legacyShard");
        String home = legacyShard != null
                ? legacyShard
                : names.size() == 1 ? List.copyOf(names).get(0) : null;
        fillHome(home, !names.isEmpty());
        MapOrigin map = shardMap(names, home);
        GroupAssembly tables = new GroupAssembly(findings);
        List<TableGroup> groups = tableGroups(tables);
        List<String> everywhere = referenceTables(tables, legacyShard);
        GuardMode guard = guard();
        Definition.Objects objects = objects();
        checkPools();
        if (!findings.isEmpty() || map == null) {
            return null;
        }
        return new Definition(
                Objects.requireNonNull(root.text("name")),
                List.copyOf(shards),
                Objects.requireNonNull(root.text("control")),
                legacyShard,
                map,
                groups,
                everywhere,
                meteredTenants(),
                guard,
                objects,
                whole("maximumPoolSize"),
                whole("minimumIdle"),
                whole("systemPoolSize").orElseThrow(),
                time("connectionTimeout"),
                time("locateDeadline"),
                new Definition.Breaker(
                        "on".equals(root.text("breaker")),
                        whole("breakerWindow").orElseThrow(),
                        whole("breakerFailureRate").orElseThrow(),
                        time("breakerWait")),
                whole("maximumWaiting"),
                whole("directoryCacheSize").orElseThrow(),
                time("replicaStaleness"));
    }

    private OptionalInt whole(String key) {
        Scalar scalar = root.scalar(key);
        return scalar == null ? OptionalInt.empty() : OptionalInt.of(((Long) scalar.value()).intValue());
    }

    private Duration time(String key) {
        return (Duration) Objects.requireNonNull(root.scalar(key)).value();
    }

    private void checkShard(Scalar named, String path, Set<String> known) {
        if (!known.contains(named.text())) {
            findings.add(
                    named.place(),
                    "%s names the shard %s, which is not one of %s%s"
                            .formatted(path, named.shown(), known, Nearest.hint(named.text(), known)));
        }
    }

    private void fillHome(@Nullable String home, boolean areShards) {
        if (root.has("control")) {
            return;
        }
        if (home != null) {
            root.fill("control", Scalar.standard(home));
        } else if (areShards) {
            findings.add(
                    root.place(), "the file has no key \"control\", which must be there if no legacyShard is named");
        }
    }

    // --------------------------------------------------------------------------------------------------------- shards

    private Definition.@Nullable Shard shardWithReplicas(String name, Section shard) {
        Definition.Shard read = shard(name, "shards." + name, shard);
        Items standbys = shard.items("replicas");
        if (standbys != null) {
            for (int i = 0; i < standbys.all().size(); i++) {
                if (standbys.all().get(i) instanceof Section written) {
                    String path = "shards.%s.replicas[%d]".formatted(name, i);
                    Definition.Shard standby = shard(name, path, written);
                    if (standby != null && PostgresUrl.namesSeveral(standby.url())) {
                        findings.add(
                                written.keyPlace("url"),
                                "%s.url names several servers; name each as a replica of its own".formatted(path));
                    }
                    read = read == null || standby == null ? read : read.withReplica(standby);
                }
            }
        }
        return read;
    }

    private Definition.@Nullable Shard shard(String name, String path, Section shard) {
        String url = shard.text("url");
        String user = shard.text("user");
        String password = shard.text("password");
        String file = shard.text("passwordFile");
        if (shard.has("password") && shard.has("passwordFile")) {
            findings.add(
                    shard.keyPlace("passwordFile"),
                    "%s has both password and passwordFile; one may be set".formatted(path));
        }
        if (shard.has("credentials")) {
            for (String other : List.of("password", "passwordFile")) {
                if (shard.has(other)) {
                    findings.add(
                            shard.keyPlace(other),
                            "%s has both %s and credentials; one may be set".formatted(path, other));
                }
            }
        }
        if (url != null) {
            List<String> parameters = PostgresUrl.parameters(url);
            if (user != null && parameters.contains("user")) {
                findings.add(shard.keyPlace("user"), "%s has a user here and another in its url".formatted(path));
            }
            boolean another = password != null || file != null || shard.has("credentials");
            if (another && parameters.contains("password")) {
                findings.add(
                        shard.keyPlace("url"), "%s has a password in its url and another as a key".formatted(path));
            }
        }
        Path passwordFile = null;
        if (file != null) {
            passwordFile = new NamedFiles(directory, findings)
                    .readable(file, shard.keyPlace("passwordFile"), path + ".passwordFile");
        }
        Named<ShardCredentials> credentials =
                new NamedClasses(findings).in(shard, "credentials", path, ShardCredentials.class);
        return url == null
                ? null
                : new Definition.Shard(name, url, user, password, passwordFile, credentials, List.of());
    }

    // -------------------------------------------------------------------------------------------------- map and groups

    private @Nullable MapOrigin shardMap(Set<String> names, @Nullable String home) {
        if (!root.has("shardMap")) {
            if (home == null) {
                if (!names.isEmpty()) {
                    findings.add(
                            root.place(),
                            "the file has no key \"shardMap\", which must be there if no legacyShard is named");
                }
                return null;
            }
            Section everyone = new Section(Place.NOWHERE);
            everyone.fill("version", Scalar.standard(1L));
            everyone.fill("everyone", Scalar.standard(home));
            root.fill("shardMap", everyone);
        }
        Section section = root.section("shardMap");
        return section == null ? null : new MapAssembly(section, directory, findings).assemble(names);
    }

    private List<TableGroup> tableGroups(GroupAssembly tables) {
        Items written = root.items("tableGroups");
        return written == null ? List.of() : tables.assemble(written);
    }

    private List<String> referenceTables(GroupAssembly tables, @Nullable String legacyShard) {
        Items written = root.items("referenceTables");
        if (written == null) {
            return List.of();
        }
        if (legacyShard == null || !root.has("tableGroups")) {
            findings.add(
                    root.keyPlace("referenceTables"),
                    "there are referenceTables and no %s, so no table stays behind and they make no difference"
                            .formatted(legacyShard == null ? "legacyShard" : "tableGroups"));
        }
        return tables.references(written);
    }

    private List<String> meteredTenants() {
        Items written = root.items("meteredTenants");
        return written == null
                ? List.of()
                : written.of(Scalar.class).stream().map(Scalar::text).toList();
    }

    private GuardMode guard() {
        Scalar written = root.scalar("guard");
        if (written == null) {
            return GuardMode.CONTEXT;
        }
        GuardMode mode = GuardMode.valueOf(written.text().toUpperCase(Locale.ROOT));
        if (mode == GuardMode.STRICT && !root.has("tableGroups")) {
            findings.add(written.place(), "guard is strict and there are no tableGroups, so no statement could pass");
        }
        return mode;
    }

    private Definition.Objects objects() {
        NamedClasses classes = new NamedClasses(findings);
        boolean audited = "on".equals(root.text("audit"));
        if (audited && !root.has("tableGroups")) {
            findings.add(
                    root.keyPlace("audit"),
                    "audit is on and there are no tableGroups, so it would see no tenant table");
        }
        return new Definition.Objects(
                audited,
                classes.in(root, "tenantResolver", "", TenantResolver.class),
                classes.in(root, "capture", "", WriteCapture.class),
                classes.in(root, "observer", "", ReadObserver.class),
                "global".equals(root.text("meters")));
    }

    private void checkPools() {
        Scalar idle = root.scalar("minimumIdle");
        Scalar most = root.scalar("maximumPoolSize");
        if (idle != null && most != null && (Long) idle.value() > (Long) most.value()) {
            findings.add(
                    idle.place(), "minimumIdle is %s and maximumPoolSize is %s".formatted(idle.value(), most.value()));
        }
    }
}
