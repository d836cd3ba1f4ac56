package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** A service knows many shards and needs few of them at once. */
@TenantShiftCluster(shards = 2, perMethod = true)
class PoolsAtFirstUseIT {
    private final Cluster cluster;

    PoolsAtFirstUseIT(Cluster cluster) {
        this.cluster = cluster;
    }

    private TenantShiftDataSource open() throws SQLException {
        return TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .shard("gone", "jdbc:postgresql://localhost:1/nowhere")
                .control("legacy")
                .shardMap(ShardMap.version(1)
                        .slots(0, ShardMap.SLOTS - 1, "s0")
                        .pin("far", "s1")
                        .pin("lost", "gone")
                        .build())
                .build();
    }

    @Test
    void aShardThatNobodyUsesHasNoConnectionAndOneThatIsDownIsNobodysTrouble() throws SQLException {
        try (TenantShiftDataSource router = open();
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(cluster.sessions("s0") + cluster.sessions("s1")).isZero();
            try (var scope = TenantContext.enter("acme")) {
                statement.execute("select 1");
            }
            assertThat(cluster.sessions("s0")).isPositive();
            assertThat(cluster.sessions("s1")).isZero();
        }
    }

    @Test
    void aRouterThatIsClosedOpensNoPool() throws SQLException {
        TenantShiftDataSource router = open();
        router.close();
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("far")) {
            assertThatThrownBy(connection::createStatement)
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("tenantshift-test-s1")
                    .hasMessageContaining("closed");
        }
        assertThat(cluster.sessions("s1")).isZero();
    }
}
