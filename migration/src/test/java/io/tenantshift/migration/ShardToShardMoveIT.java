package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.history.Finding;
import io.tenantshift.testkit.history.History;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Two shards exchange their tenants in one transition: each lane between them is the way there for one tenant and the way back for the other.
 * "legacy" has the control tables and a tenant who stays.
 */
@TenantShiftCluster(shards = 2, ddl = FaultedMove.DDL)
final class ShardToShardMoveIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A tenant who moves, and what his clients have done. */
    private record Mover(String tenant, String from, String to, History history) {
        Mover(String tenant, String from, String to) {
            this(tenant, from, to, FaultedMove.historyOfTenant());
        }

        List<Finding> findings(Cluster cluster) throws SQLException {
            return history.check(FaultedMove.view(cluster, from, tenant), FaultedMove.view(cluster, to, tenant));
        }
    }

    private static ShardMap map(long version, String eastsHome, String westsHome) {
        return ShardMap.version(version)
                .slots(0, ShardMap.SLOTS - 1, "legacy")
                .pin("east", eastsHome)
                .pin("west", westsHome)
                .build();
    }

    @Test
    @Guarantee({"G1", "G2", "G3", "G7"})
    void tenantsThatWriteAreExchangedThereAndBackAndThereForGood(Cluster cluster) throws Exception {
        FaultedMove.seed(cluster, "legacy", "rest");
        Mover east = new Mover("east", "s0", "s1");
        Mover west = new Mover("west", "s1", "s0");
        for (Mover each : List.of(east, west)) {
            FaultedMove.seed(cluster, each.from, each.tenant);
        }
        InMemoryPhaseFlags flags = new InMemoryPhaseFlags();
        try (DualWrite dualWrite = DualWrite.builder().build();
                TenantShiftDataSource dataSource = dataSource(cluster, dualWrite)) {
            Migration migration = Migration.builder(dataSource.services(), dualWrite)
                    .tables(FaultedMove.GROUP)
                    .flags(flags)
                    .chunkRows(2)
                    .pauseBudget(Duration.ofSeconds(1))
                    .build();
            migration.publish(map(2, "s1", "s0"), "test");
            migration.open(2);
            FaultedMove.audit(cluster);
            try (Rollout rollout = migration.rollout();
                    RecordedWriters rest = new RecordedWriters(dataSource, "rest", FaultedMove.historyOfTenant(), 1);
                    RecordedWriters easts = new RecordedWriters(dataSource, "east", east.history, 2);
                    RecordedWriters wests = new RecordedWriters(dataSource, "west", west.history, 2)) {
                for (Phase wish : List.of(Phase.TARGET_PRIMARY, Phase.SHADOW_READ, Phase.TARGET_PRIMARY)) {
                    flags.otherwise(wish);
                    assertThat(rollout.awaitSettled(PATIENCE))
                            .as("%s", rollout.progress())
                            .isTrue();
                    for (RecordedWriters writers : List.of(rest, easts, wests)) {
                        writers.awaitAcknowledged(20);
                    }
                }
                easts.close();
                wests.close();
                for (Mover each : List.of(east, west)) {
                    await().atMost(PATIENCE)
                            .until(() -> dualWrite.backlog(each.to, each.from).entries() == 0);
                    assertThat(each.findings(cluster)).isEmpty();
                }
                flags.otherwise(Phase.TARGET_ONLY);
                assertThat(rollout.awaitSettled(PATIENCE))
                        .as("%s", rollout.progress())
                        .isTrue();
                assertThat(rollout.progress().cutovers()).isEqualTo(6);
                assertThat(rollout.progress().rolledBack()).isEqualTo(2);
                rest.awaitAcknowledged(5);
            }
            migration.finish();
            for (Mover each : List.of(east, west)) {
                assertThat(dataSource.services().locate(each.tenant).shard()).isEqualTo(each.to);
            }
            assertThat(cluster.queryLong("legacy", "select count(*) from item where tenant_id <> 'rest'"))
                    .isZero();
            assertThat(cluster.queryLong("legacy", "select count(*) from tenantshift.journal"))
                    .isZero();
        }
    }

    private static TenantShiftDataSource dataSource(Cluster cluster, DualWrite dualWrite) throws SQLException {
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("shop");
        cluster.names().forEach(shard -> builder.shard(shard, cluster.url(shard)));
        return builder.control("legacy")
                .shardMap(map(1, "s0", "s1"))
                .capture(dualWrite)
                .build();
    }
}
