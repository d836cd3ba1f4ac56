package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whom a rollout gives up when a journal has reached its quota, and whom it does not touch. */
@TenantShiftCluster(shards = 1, ddl = Moving.DDL, perMethod = true)
final class JournalReliefIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final InMemoryPhaseFlags flags = new InMemoryPhaseFlags();
    private volatile double used;

    private final Journals journals = new Journals() {
        @Override
        public double quotaUsed(String shard) {
            return shard.equals(Moving.LEGACY) ? used : 0;
        }

        @Override
        public List<String> largest(String shard) {
            return List.of("gone", "unknown", "fat", "slim");
        }

        @Override
        public boolean isStuck(String source, String target) {
            return false;
        }
    };

    private Rollout rollout(Moving moving) throws Exception {
        Readiness readiness = new Readiness(
                moving.services,
                moving.lanes(),
                new LaidByOpening(moving.services, MovingTables.byStatement(Moving.GROUP), MigrationSettings.DEFAULT),
                MigrationSettings.DEFAULT);
        Rollout rollout = new Rollout(
                moving.services,
                moving.transition(),
                flags,
                CutoverGate.OPEN,
                moving.copies(),
                moving.steps(),
                new Cutover(moving.services, moving.lanes(), readiness, MigrationSettings.DEFAULT, StepListener.NONE),
                journals,
                MigrationSettings.DEFAULT);
        rollout.start();
        return rollout;
    }

    private static Phase phase(Moving moving, String tenant) throws Exception {
        return moving.services.locate(tenant).phase();
    }

    @Test
    @Pitfall(29)
    @Guarantee({"G5", "G11"})
    void theLargestTenantIsGivenUpThenTheNextAndNobodyWhoseAuthorityIsOnTheTarget(Cluster cluster) throws Exception {
        try (Moving moving =
                new Moving(cluster).withTenant("fat").withTenant("slim").withTenant("gone")) {
            moving.open();
            moving.toShadowRead("gone");
            moving.forward("gone");
            flags.otherwise(Phase.DUAL_WRITE);
            flags.tenant("gone", Phase.TARGET_PRIMARY);
            try (Rollout rollout = rollout(moving)) {
                assertThat(rollout.awaitSettled(PATIENCE)).isTrue();

                used = 1;
                await().atMost(PATIENCE).until(() -> phase(moving, "fat") == Phase.SOURCE_ONLY);
                await().atMost(PATIENCE)
                        .until(() -> moving.row(Moving.S0, "fat").state() == FenceState.ABSENT);
                assertThat(phase(moving, "slim")).isEqualTo(Phase.DUAL_WRITE);

                used = 1.1;
                await().atMost(PATIENCE).until(() -> phase(moving, "slim") == Phase.SOURCE_ONLY);
                assertThat(phase(moving, "gone")).isEqualTo(Phase.TARGET_PRIMARY);

                used = 0;
                await().atMost(PATIENCE)
                        .until(() ->
                                phase(moving, "fat") == Phase.DUAL_WRITE && phase(moving, "slim") == Phase.DUAL_WRITE);
                assertThat(phase(moving, "gone")).isEqualTo(Phase.TARGET_PRIMARY);
                assertThat(rollout.progress().rolledBack()).isZero();
            }
        }
    }

    @Test
    @Pitfall(29)
    void nobodyBeginsWhileHalfOfTheQuotaIsUsed(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("fat")) {
            moving.open();
            used = 0.5;
            flags.otherwise(Phase.DUAL_WRITE);
            try (Rollout rollout = rollout(moving)) {
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(rollout.progress().tenants())
                                .singleElement()
                                .satisfies(tenant -> assertThat(tenant.note()).contains("half of its quota")));
                assertThat(phase(moving, "fat")).isEqualTo(Phase.SOURCE_ONLY);
                used = 0.4;
                await().atMost(PATIENCE).until(() -> phase(moving, "fat") == Phase.DUAL_WRITE);
            }
        }
    }
}
