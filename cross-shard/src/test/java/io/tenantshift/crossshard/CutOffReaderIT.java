package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.fault.FaultProxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Who does not hear of the control database any more, and is taken for dead, does not count as if nobody moved. */
@TenantShiftCluster(shards = 2, ddl = MovingTenants.DDL)
final class CutOffReaderIT {
    private static final int ALL = MovingTenants.TENANTS * MovingTenants.ROWS;

    private static long count(CrossShard cross) throws SQLException {
        try (var across = TenantContext.acrossTenants("a test");
                Connection connection = cross.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from item")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Test
    @Guarantee("G2")
    void aTransitionThatBeganWithoutTheReaderIsNotOverlooked(Cluster cluster) throws Exception {
        cluster.expectThreads(FaultProxy.THREADS);
        String url = cluster.url(MovingTenants.LEGACY);
        try (MovingTenants moving = new MovingTenants(cluster);
                FaultProxy line = FaultProxy.before(url);
                TenantShiftDataSource cutOff = TenantShiftDataSource.builder("cut-off")
                        .shard(MovingTenants.LEGACY, url)
                        .shard("s0", cluster.url("s0"))
                        .shard("s1", cluster.url("s1"))
                        .shard("control", line.url(url))
                        .control("control")
                        .shardMap(moving.from)
                        .tableGroup(MovingTenants.ITEMS)
                        .connectionTimeout(Duration.ofSeconds(5))
                        .build();
                CrossShard reader = CrossShard.over(cutOff)
                        .tableGroup(MovingTenants.ITEMS)
                        .audit(read -> {})
                        .build()) {
            assertThat(count(reader)).isEqualTo(ALL);
            line.refuse();
            line.cut();
            moving.begin();
            moving.follow("t2");
            moving.cutOver("t2");
            cluster.execute(moving.target("t2"), "insert into item values ('t2', 1000, 1)");
            Awaitility.await().until(() -> cutOff.services().topologyAge().toSeconds() > 1);

            assertThatThrownBy(() -> count(reader))
                    .isInstanceOf(SQLTransientConnectionException.class)
                    .hasMessageContainingAll("control database", "no row was handed out")
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("08001");

            line.heal();
            Awaitility.await()
                    .pollInSameThread()
                    .atMost(Duration.ofMinutes(1))
                    .ignoreExceptions()
                    .until(() -> count(reader) == ALL + 1);
        }
    }
}
