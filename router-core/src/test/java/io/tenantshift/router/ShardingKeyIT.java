package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.JDBCType;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.ShardingKey;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The tenant by JDBC's sharding key, and by the service's own resolver. */
@Guarantee("G8")
@TenantShiftCluster(shards = 2, ddl = "create table item (tenant_id text)")
class ShardingKeyIT {
    private final Cluster cluster;
    private final AtomicReference<@Nullable String> request = new AtomicReference<>();
    private final TenantShiftDataSource router;

    ShardingKeyIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        this.router = TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .control("legacy")
                .shardMap(ShardMap.version(1)
                        .slots(0, ShardMap.SLOTS - 1, "legacy")
                        .pin("acme", "s0")
                        .pin("bolt", "s1")
                        .build())
                .tenantResolver(request::get)
                .build();
    }

    @AfterEach
    void close() {
        router.close();
    }

    private ShardingKey key(String tenant) throws SQLException {
        return router.createShardingKeyBuilder()
                .subkey(tenant, JDBCType.VARCHAR)
                .build();
    }

    @Test
    void aConnectionIsBuiltForATenant() throws SQLException {
        try (Connection acme = router.createConnectionBuilder()
                        .shardingKey(key("acme"))
                        .build();
                Connection bolt = router.createConnectionBuilder()
                        .shardingKey(key("bolt"))
                        .build();
                Connection nobody = router.createConnectionBuilder().build()) {
            assertThat(cluster.nameOf(acme)).isEqualTo("s0");
            assertThat(cluster.nameOf(bolt)).isEqualTo("s1");
            assertThatThrownBy(() -> cluster.nameOf(nobody)).isInstanceOf(NoTenantException.class);
        }
    }

    @Test
    void theKeyChangesBetweenTransactionsOnly() throws SQLException {
        try (Connection connection = router.getConnection()) {
            connection.setShardingKey(key("acme"));
            assertThat(cluster.nameOf(connection)).isEqualTo("s0");
            connection.setAutoCommit(false);
            assertThat(cluster.nameOf(connection)).isEqualTo("s0");
            assertThat(connection.setShardingKeyIfValid(key("bolt"), 1)).isFalse();
            assertThatThrownBy(() -> connection.setShardingKey(key("bolt")))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("25001");
            connection.commit();
            assertThat(connection.setShardingKeyIfValid(key("bolt"), 1)).isTrue();
            assertThat(cluster.nameOf(connection)).isEqualTo("s1");
            connection.rollback();
        }
    }

    @Test
    void aKeyAndAContextThatDisagreeAreRefused() throws SQLException {
        try (Connection connection = router.createConnectionBuilder()
                        .shardingKey(key("acme"))
                        .build();
                var scope = TenantContext.enter("bolt")) {
            assertThatThrownBy(() -> cluster.nameOf(connection))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("\"acme\"")
                    .hasMessageContaining("\"bolt\"");
            try (var inner = TenantContext.enter("acme")) {
                assertThat(cluster.nameOf(connection)).isEqualTo("s0");
            }
        }
    }

    @Test
    void whatIsNoKeyIsRefused() throws SQLException {
        assertThatThrownBy(() -> router.createShardingKeyBuilder().build()).hasMessageContaining("no subkey");
        assertThatThrownBy(() -> router.createShardingKeyBuilder()
                        .subkey("a", JDBCType.VARCHAR)
                        .subkey("b", JDBCType.VARCHAR)
                        .build())
                .hasMessageContaining("several");
        ShardingKey foreign = new ShardingKey() {};
        try (Connection connection = router.getConnection()) {
            assertThatThrownBy(() -> connection.setShardingKey(foreign)).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> connection.setShardingKey(key("acme"), key("bolt")))
                    .isInstanceOf(SQLFeatureNotSupportedException.class);
        }
        assertThatThrownBy(() -> router.createConnectionBuilder().user("me").build())
                .isInstanceOf(SQLFeatureNotSupportedException.class);
    }

    @Test
    void theResolverIsAskedAtEachStatementAndAScopeGoesBeforeIt() throws SQLException {
        try (Connection connection = router.getConnection()) {
            assertThatThrownBy(() -> cluster.nameOf(connection)).isInstanceOf(NoTenantException.class);
            request.set("acme");
            assertThat(cluster.nameOf(connection)).isEqualTo("s0");
            request.set("bolt");
            assertThat(cluster.nameOf(connection)).isEqualTo("s1");
            try (var scope = TenantContext.enter("acme")) {
                assertThat(cluster.nameOf(connection)).isEqualTo("s0");
            }
            request.set(null);
            assertThatThrownBy(() -> cluster.nameOf(connection)).isInstanceOf(NoTenantException.class);
        }
    }
}
