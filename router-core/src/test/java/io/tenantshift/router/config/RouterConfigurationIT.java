package io.tenantshift.router.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.NoObjects;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.audit.Audit;
import io.tenantshift.router.control.ShardMaps;
import io.tenantshift.router.spi.TenantResolver;
import io.tenantshift.router.spi.WriteCapture;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A router that was opened from a file does what the file says. */
@TenantShiftCluster(shards = 1, perMethod = true, ddl = "create table item (tenant_id text not null, id bigint)")
class RouterConfigurationIT {
    private final Cluster cluster;

    @TempDir
    Path directory;

    RouterConfigurationIT(Cluster cluster) {
        this.cluster = cluster;
    }

    private RouterConfiguration read(String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("router.yaml"), yaml);
        return RouterConfiguration.read(file, Map.of("LEGACY", cluster.url("legacy"), "S0", cluster.url("s0"))::get);
    }

    private static String queryText(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void tenantsGoWhereTheFileSaysAndItsGuardCounts() throws Exception {
        RouterConfiguration configuration = read("""
                name: shop
                shards:
                  legacy: {url: "${LEGACY}"}
                  s0: {url: "${S0}"}
                legacyShard: legacy
                shardMap: {everyone: legacy, tenants: {acme: s0}}
                tableGroups: [{name: items, tenantColumn: tenant_id, tables: [public.item]}]
                guard: strict
                """);
        try (TenantShiftDataSource router = configuration.open();
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme")) {
            assertThat(
                            queryText(
                                    connection,
                                    "select current_database() from item where tenant_id = 'acme' union all select current_database() limit 1"))
                    .isEqualTo(cluster.database("s0"));
            assertThatThrownBy(() -> queryText(connection, "select count(*) from item"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("strict");
        }
    }

    @Test
    void aWatchedFileIsFollowedUntilTheControlDatabaseHoldsAMap() throws Exception {
        Path map = Files.writeString(
                directory.resolve("map.properties"),
                ShardMap.everyoneOn(7, "legacy").versionedDocument());
        RouterConfiguration configuration = read("""
                name: shop
                shards:
                  legacy: {url: "${LEGACY}"}
                  s0: {url: "${S0}"}
                legacyShard: legacy
                shardMap: {watchedFile: map.properties}
                """);
        try (TenantShiftDataSource router = configuration.open();
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme")) {
            assertThat(queryText(connection, "select current_database()")).isEqualTo(cluster.database("legacy"));
            Files.writeString(map, "slots.0-4095=s0\n");
            replace(map, ShardMap.everyoneOn(8, "s0"));
            Awaitility.await("followed")
                    .until(() -> router.services().topology().map().version() == 8);
            assertThat(queryText(connection, "select current_database()")).isEqualTo(cluster.database("s0"));
            router.shardMaps().adopt(ShardMap.everyoneOn(8, "s0"), "test", "test");
            Awaitility.await("signed on")
                    .until(() -> router.shardMaps().instances().size() == 1);
            replace(map, ShardMap.everyoneOn(9, "legacy"));
            router.shardMaps().publish(ShardMap.everyoneOn(9, "s0"), "test", "test");
            router.shardMaps().putInForce(9, ShardMaps.Moves.NOTHING, "test", "test");
            Awaitility.await("followed")
                    .until(() -> router.services().topology().map().version() == 9);
            assertThat(queryText(connection, "select current_database()")).isEqualTo(cluster.database("s0"));
        }
    }

    private static String bare(String url) {
        return url.replaceAll("[?].*", "");
    }

    @Test
    void objectsThatTheFileNamesAreTheRoutersOwn() throws Exception {
        RouterConfiguration configuration = read("""
                name: shop
                shards:
                  legacy: {url: "%s", credentials: io.tenantshift.router.config.FromFile}
                  s0: {url: "${S0}"}
                legacyShard: legacy
                shardMap: {source: io.tenantshift.router.config.FromFile}
                tableGroups: [{name: items, tenantColumn: tenant_id, tables: [public.item]}]
                audit: on
                tenantResolver: io.tenantshift.router.config.FromFile
                capture: io.tenantshift.router.config.FromFile
                observer: io.tenantshift.router.config.FromFile
                meters: global
                """.formatted(bare(cluster.url("legacy"))));
        FromFile made;
        MeterRegistry registry = new SimpleMeterRegistry();
        Metrics.addRegistry(registry);
        try (TenantShiftDataSource router = configuration.open();
                Connection connection = router.getConnection()) {
            made = router.unwrap(FromFile.class);
            assertThat(router.unwrap(WriteCapture.class)).isSameAs(made);
            assertThat(router.unwrap(TenantResolver.class)).isSameAs(made);
            assertThat(made.noted).contains("login to legacy", "attached to shop");
            assertThat(router.services().topology().map().version()).isEqualTo(5);
            assertThat(queryText(connection, "select current_database()")).isEqualTo(cluster.database("s0"));
            assertThat(queryText(connection, "select count(*) from item where tenant_id = 'acme'"))
                    .isEqualTo("0");
            assertThat(connection.unwrap(Audit.class))
                    .isSameAs(router.unwrap(Audit.class))
                    .extracting(audit ->
                            audit.report(ShardMap.everyoneOn(1, "legacy")).executions())
                    .isEqualTo(1L);
            assertThat(registry.get("tenantshift.router.map.version").gauge().value())
                    .isEqualTo(5);
        } finally {
            Metrics.removeRegistry(registry);
        }
        assertThat(made.noted).contains("closed, connected: true");
    }

    @Test
    void withoutSuchKeysThereIsNothingToUnwrap() throws Exception {
        try (TenantShiftDataSource router =
                        read("name: shop\nshards: {legacy: {url: \"${LEGACY}\"}}\nlegacyShard: legacy\n")
                                .open();
                Connection connection = router.getConnection()) {
            assertThat(router.isWrapperFor(Audit.class)).isFalse();
            assertThat(connection.isWrapperFor(Audit.class)).isFalse();
            assertThatThrownBy(() -> router.unwrap(Audit.class)).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> connection.unwrap(Audit.class)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void whatBelongsToARouterThatDoesNotOpenIsClosed() {
        NoObjects.Counted.OPEN.set(0);
        assertThatThrownBy(() -> read("""
                        name: shop
                        shards: {legacy: {url: "jdbc:postgresql://localhost:1/nowhere"}}
                        control: legacy
                        connectionTimeout: 250ms
                        shardMap: {source: %s$Counted}
                        """.formatted(NoObjects.class.getName())).open())
                .isInstanceOf(SQLException.class);
        assertThat(NoObjects.Counted.OPEN).hasValue(0);
    }

    private void replace(Path file, ShardMap map) throws Exception {
        Path next = Files.writeString(directory.resolve("next"), map.versionedDocument());
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void aPasswordFileIsReadForEachConnection() throws Exception {
        Path password = Files.writeString(directory.resolve("password"), "any\n");
        RouterConfiguration configuration =
                read("""
                name: shop
                shards: {legacy: {url: "%s", user: postgres, passwordFile: password}}
                legacyShard: legacy
                minimumIdle: 0
                connectionTimeout: 2s
                """.formatted(cluster.url("legacy").replaceAll("[?].*", "")));
        try (TenantShiftDataSource router = configuration.open();
                Connection one = router.getConnection();
                Connection other = router.getConnection()) {
            assertThat(queryText(one, "select 1")).isEqualTo("1");
            Files.delete(password);
            assertThatThrownBy(() -> queryText(other, "select 1"))
                    .isInstanceOf(SQLException.class)
                    .rootCause()
                    .isInstanceOf(NoSuchFileException.class);
            Files.writeString(password, "another\n");
            assertThat(queryText(other, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void driverPropertiesCountForTheApplicationsSessionsOnly() throws Exception {
        RouterConfiguration configuration = read("""
                name: shop
                shards: {legacy: {url: "${LEGACY}"}}
                legacyShard: legacy
                """);
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", "shop");
        properties.setProperty("options", "-c default_transaction_read_only=on");
        properties.setProperty("readOnly", "true");
        properties.setProperty("PGHOST", "nowhere.invalid");
        properties.setProperty("user", "nobody");
        try (TenantShiftDataSource router = configuration.toBuilder(properties).build();
                Connection connection = router.getConnection();
                Connection own = router.services().connect("legacy")) {
            assertThat(queryText(connection, "select current_setting('application_name')"))
                    .isEqualTo("shop");
            assertThat(connection.isReadOnly()).isTrue();
            assertThat(queryText(connection, "show default_transaction_read_only"))
                    .isEqualTo("on");
            assertThat(queryText(own, "show default_transaction_read_only")).isEqualTo("off");
            assertThat(own.isReadOnly()).isFalse();
        }
    }
}
