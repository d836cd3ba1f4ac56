package io.tenantshift.router.config;

import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.audit.Audit;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.ShardCredentials;
import io.tenantshift.router.spi.ShardMapSource;
import io.tenantshift.router.spi.TenantResolver;
import io.tenantshift.router.spi.WriteCapture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * What one YAML file says of a router. Read and checked as a whole: whatever is wrong with the file is told at once, each problem with
 * its line and column, before anything is opened. Immutable; safe for any thread.
 *
 * <p>Environment variables stand in single values as <code>${NAME}</code> or <code>${NAME:-default}</code>; <code>$${</code> is a
 * <code>${</code> that stays. A secret is never part of a message, of {@link #describe()} or of {@link #toString()}.
 *
 * <p>Objects of the service's own stand in a file as the names of their classes, which have a public constructor without parameters.
 * Reading checks the classes and makes nothing; {@link #toBuilder()} makes an object of each. They belong to the router that is built:
 * it closes those that are {@link AutoCloseable}, and hands them out by {@code unwrap}. An object that needs more than that to be made is
 * set on the builder.
 *
 * <p>Not followed, but for {@code passwordFile} and {@code watchedFile}: a file that changes later is another configuration, to be read and
 * opened anew.
 */
public final class RouterConfiguration {
    private final String source;
    private final Definition definition;
    private final List<Setting> settings;

    private RouterConfiguration(String source, Definition definition, List<Setting> settings) {
        this.source = source;
        this.definition = definition;
        this.settings = settings;
    }

    /**
     * Reads a file, with the variables of this process's environment.
     *
     * @throws ConfigurationException naming everything that is wrong, a file that cannot be read included
     */
    public static RouterConfiguration read(Path file) {
        return read(file, System::getenv);
    }

    /**
     * Reads a file.
     *
     * @param environment knows the variables' values; null for one that is not set
     * @throws ConfigurationException naming everything that is wrong, a file that cannot be read included
     */
    public static RouterConfiguration read(Path file, Function<String, @Nullable String> environment) {
        Path absolute = file.toAbsolutePath();
        Path directory = absolute.getParent();
        Findings findings = new Findings(file.toString());
        try {
            byte[] bytes = Files.readAllBytes(absolute);
            return parse(bytes, directory == null ? absolute : directory, findings, environment);
        } catch (NoSuchFileException e) {
            findings.add(Place.START, "there is no such file");
        } catch (IOException e) {
            findings.add(
                    Place.START,
                    "the file cannot be read (%s)".formatted(e.getClass().getSimpleName()));
        }
        findings.refuse();
        throw new IllegalStateException("a file that cannot be read was not refused");
    }

    /**
     * Reads what was read from somewhere else, in UTF-8. Files that it names relatively begin where the process runs.
     *
     * @param source how findings name it
     * @param environment knows the variables' values; null for one that is not set
     * @throws ConfigurationException naming everything that is wrong
     */
    public static RouterConfiguration parse(
            String source, byte[] yaml, Function<String, @Nullable String> environment) {
        return parse(yaml, Path.of("").toAbsolutePath(), new Findings(source), environment);
    }

    private static RouterConfiguration parse(
            byte[] yaml, Path directory, Findings findings, Function<String, @Nullable String> environment) {
        String text = decoded(yaml, findings);
        Node document = findings.isEmpty() ? YamlText.compose(text, findings) : null;
        Definition definition = null;
        List<Setting> settings = List.of();
        if (document != null) {
            ShapeReader reader = new ShapeReader(findings, environment);
            if (reader.read(document, RouterKeys.ROOT, "") instanceof Value.Section root) {
                definition = new Assembly(root, directory, findings).assemble(reader.shardReferences());
                settings = Description.of(findings.source(), root);
            }
        }
        findings.refuse();
        if (definition == null) {
            throw new IllegalStateException("\"%s\" has no finding and no definition".formatted(findings.source()));
        }
        return new RouterConfiguration(findings.source(), definition, settings);
    }

    private static String decoded(byte[] yaml, Findings findings) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(yaml))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            findings.add(Place.START, "the file is not in UTF-8");
            return "";
        }
    }

    /** Every key that a file may have, each section before its keys. */
    public static List<ConfigurationKey> keys() {
        return ShapeText.keys(RouterKeys.ROOT);
    }

    /** The router's name. */
    public String name() {
        return definition.name();
    }

    /**
     * A builder with all that the file says, for what a file cannot say.
     *
     * @throws ConfigurationException naming every object that could not be made, where its class stands in the file
     */
    public TenantShiftDataSource.Builder toBuilder() {
        return toBuilder(new Properties());
    }

    /**
     * As {@link #toBuilder()}, for connections to the shards with these properties of PostgreSQL's driver. A property in a shard's URL
     * counts more. {@code user} and {@code password} count for shards that have no user. Where the shards are is the file's matter: host,
     * port and database are left out.
     */
    public TenantShiftDataSource.Builder toBuilder(Properties driverProperties) {
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder(definition.name());
        Creation creation = new Creation(source);
        for (Definition.Shard shard : definition.shards()) {
            ShardCredentials asked = creation.of(shard.credentials());
            builder.shard(shard.name(), ShardSources.of(shard, driverProperties, asked));
            for (Definition.Shard standby : shard.replicas()) {
                builder.replica(
                        standby.name(),
                        ShardSources.of(standby, driverProperties, standby.credentials() == null ? null : asked));
            }
        }
        ShardMapSource map = definition.shardMap().source(creation);
        if (map != null) {
            builder.shardMap(map);
        }
        handObjects(builder, creation);
        creation.finish().forEach(builder::owns);
        builder.control(definition.control()).guard(definition.guard());
        if (definition.legacyShard() != null) {
            builder.legacyShard(definition.legacyShard());
        }
        definition.tableGroups().forEach(builder::tableGroup);
        builder.referenceTables(definition.referenceTables()).meteredTenants(definition.meteredTenants());
        definition.maximumPoolSize().ifPresent(builder::maximumPoolSize);
        definition.minimumIdle().ifPresent(builder::minimumIdle);
        definition.maximumWaiting().ifPresent(builder::maximumWaiting);
        return builder.systemPoolSize(definition.systemPoolSize())
                .connectionTimeout(definition.connectionTimeout())
                .locateDeadline(definition.locateDeadline())
                .breaker(definition.breaker().on())
                .breakerWindow(definition.breaker().window())
                .breakerFailureRate(definition.breaker().failureRate())
                .breakerWait(definition.breaker().pause())
                .replicaStaleness(definition.replicaStaleness())
                .directoryCacheSize(definition.directoryCacheSize());
    }

    private void handObjects(TenantShiftDataSource.Builder builder, Creation creation) {
        Definition.Objects objects = definition.objects();
        TenantResolver resolver = creation.of(objects.resolver());
        if (resolver != null) {
            builder.tenantResolver(resolver);
        }
        WriteCapture capture = creation.of(objects.capture());
        if (capture != null) {
            builder.capture(capture);
        }
        ReadObserver observer = creation.of(objects.observer());
        if (observer != null) {
            builder.observer(observer);
        }
        if (objects.audit()) {
            builder.audit(new Audit());
        }
        if (objects.globalMeters()) {
            builder.meters(GlobalMeters.registry());
        }
    }

    /**
     * Opens the router.
     *
     * @throws SQLException if the control database does not answer; everything is closed again
     */
    public TenantShiftDataSource open() throws SQLException {
        return toBuilder().build();
    }

    /** All settings as they count, defaults included, in the order of {@link #keys()}; secrets are masked. */
    public List<Setting> describe() {
        return settings;
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return "RouterConfiguration[%s, router \"%s\", shards %s]"
                .formatted(
                        source,
                        definition.name(),
                        definition.shards().stream().map(Definition.Shard::name).collect(Collectors.toList()));
    }
}
