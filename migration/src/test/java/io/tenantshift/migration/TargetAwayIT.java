package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.PostgresServer;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One of two targets is away for long: the other's tenants go on, and its own can be taken back without it. */
@TenantShiftCluster(shards = 2, serverEach = true, ddl = """
                create table item (tenant_id text, id int, n int not null, primary key (tenant_id, id));
                insert into item select 't' || g % 8, g, 1 from generate_series(1, 400) g""")
final class TargetAwayIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final TableGroup ITEMS = new TableGroup("items", "tenant_id", List.of("public.item"));
    private static final List<String> STAY = List.of("t0", "t1", "t2", "t3");
    private static final List<String> GO = List.of("t4", "t5", "t6", "t7");

    private static final int WORKERS = 2;

    private final InMemoryPhaseFlags flags = new InMemoryPhaseFlags();

    private static String phase(Cluster cluster, String shard, String tenant) throws Exception {
        return cluster.query(
                        shard, "select state || ' ' || phase from tenantshift.fence where tenant_id = '" + tenant + "'")
                .toString();
    }

    @Test
    @Guarantee({"G5", "G11"})
    void theOthersGoOnAndItsOwnAreTakenBack(Cluster cluster) throws Exception {
        cluster.execute("s0", "truncate item");
        cluster.execute("s1", "truncate item");
        ShardMap.Builder to = ShardMap.version(2).slots(0, 4095, "legacy");
        STAY.forEach(tenant -> to.pin(tenant, "s0"));
        GO.forEach(tenant -> to.pin(tenant, "s1"));
        try (DualWrite dualWrite =
                        DualWrite.builder().lease(Duration.ofSeconds(1)).build();
                TenantShiftDataSource router = TenantShiftDataSource.builder("away")
                        .shard("legacy", cluster.url("legacy"))
                        .shard("s0", cluster.url("s0"))
                        .shard("s1", cluster.url("s1"))
                        .control("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .connectionTimeout(Duration.ofSeconds(5))
                        .capture(dualWrite)
                        .build()) {
            Migration migration = Migration.builder(router.services(), dualWrite)
                    .tables(ITEMS)
                    .flags(flags)
                    .workers(WORKERS)
                    .build();
            migration.publish(to.build(), "test");
            migration.open(2);
            PostgresServer away = cluster.server("s0");
            try (Rollout rollout = migration.rollout()) {
                STAY.forEach(tenant -> flags.tenant(tenant, Phase.DUAL_WRITE));
                assertThat(rollout.awaitSettled(PATIENCE))
                        .as("%s", rollout.progress())
                        .isTrue();

                // All workers wait for its lane when the server stops.
                try (Connection holder = cluster.connect("s0")) {
                    holder.setAutoCommit(false);
                    try (Statement lock = holder.createStatement()) {
                        lock.execute("lock table item in access exclusive mode");
                    }
                    STAY.forEach(tenant -> flags.tenant(tenant, Phase.TARGET_PRIMARY));
                    await().atMost(PATIENCE)
                            .until(() -> rollout.progress().tenants().stream()
                                            .filter(RolloutProgress.Tenant::working)
                                            .count()
                                    == WORKERS);
                    await().atMost(PATIENCE)
                            .until(() ->
                                    cluster.queryLong("s0", "select count(*) from pg_locks where not granted") > 0);
                    away.stopImmediate();
                }
                assertThat(phase(cluster, "legacy", "t0")).isEqualTo("[[open DUAL_WRITE]]");
                GO.forEach(tenant -> flags.tenant(tenant, Phase.TARGET_PRIMARY));
                for (String tenant : GO) {
                    await().atMost(PATIENCE)
                            .until(() -> phase(cluster, "s1", tenant).equals("[[open TARGET_PRIMARY]]"));
                }
            } catch (Exception | AssertionError e) {
                away.restart();
                throw e;
            }
            // The coordinator's process is started anew meanwhile.
            try (Rollout rollout = migration.rollout()) {
                try {
                    STAY.forEach(tenant -> flags.tenant(tenant, Phase.SOURCE_ONLY));
                    for (String tenant : STAY) {
                        await().atMost(PATIENCE)
                                .until(() -> phase(cluster, "legacy", tenant).equals("[[open SOURCE_ONLY]]"));
                    }
                    assertThat(rollout.awaitSettled(Duration.ZERO))
                            .as("copies are left over")
                            .isFalse();
                } finally {
                    away.restart();
                }
                for (String tenant : STAY) {
                    await().atMost(PATIENCE)
                            .until(() -> phase(cluster, "s0", tenant).startsWith("[[absent "));
                }
                STAY.forEach(tenant -> flags.tenant(tenant, Phase.TARGET_PRIMARY));
                assertThat(rollout.awaitSettled(PATIENCE))
                        .as("%s", rollout.progress())
                        .isTrue();
            }
            assertThat(cluster.queryLong("s0", "select count(*) from item")).isEqualTo(200);
            assertThat(cluster.queryLong("s1", "select count(*) from item")).isEqualTo(200);
        }
    }
}
