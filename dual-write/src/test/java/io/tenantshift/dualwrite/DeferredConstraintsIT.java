package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What the application may do because its constraints wait for the commit, the lane does in the same order. */
class DeferredConstraintsIT extends CaptureContract {
    DeferredConstraintsIT(Cluster cluster) {
        super(cluster);
    }

    @Test
    @Guarantee({"G1", "G4"})
    @Pitfall(63)
    void aChildBeforeItsParentAndTwoRowsThatSwapAUniqueValueAreAppliedAsTheyWereWritten() throws SQLException {
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(
                    shard,
                    "create table head (tenant_id text, id integer, place integer, primary key (tenant_id, id),"
                            + " unique (tenant_id, place) deferrable)",
                    "create table part (tenant_id text, id integer, head integer, primary key (tenant_id, id),"
                            + " foreign key (tenant_id, head) references head deferrable)");
        }
        OpenTransition.join(cluster, 2, "public", "head", "tenant_id");
        OpenTransition.join(cluster, 3, "public", "part", "tenant_id");
        DualWrite lanes = DualWrite.builder().build();
        try (TenantShiftDataSource router = TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .capture(lanes)
                .build()) {
            lanes.openLanes(OpenTransition.transition());
            lanes.start();
            try (Connection connection = router.getConnection();
                    var scope = TenantContext.enter("acme");
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("set constraints all deferred");
                statement.executeUpdate("insert into part values ('acme', 1, 1), ('acme', 2, 2)");
                statement.executeUpdate("insert into head values ('acme', 1, 1), ('acme', 2, 2)");
                connection.commit();
                statement.execute("set constraints all deferred");
                statement.executeUpdate("update head set place = 2 where tenant_id = 'acme' and id = 1");
                statement.executeUpdate("update head set place = 1 where tenant_id = 'acme' and id = 2");
                connection.commit();
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> lanes.backlog("legacy", "s0").entries() == 0
                            || lanes.status().stream().anyMatch(lane -> lane.state() == LaneStatus.State.STOPPED)
                            || !lanes.quarantined("legacy", "s0").isEmpty());
            assertThat(lanes.status()).noneMatch(lane -> lane.state() == LaneStatus.State.STOPPED);
            assertThat(lanes.quarantined("legacy", "s0")).isEmpty();
        } finally {
            lanes.close();
        }
        for (String rows : List.of("select * from head order by id", "select * from part order by id")) {
            assertThat(cluster.query("s0", rows)).isEqualTo(cluster.query("legacy", rows));
        }
        assertThat(cluster.query("s0", "select id, place from head order by id").toString())
                .isEqualTo("[[1, 2], [2, 1]]");
    }
}
