package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.migration.CutoverOutcome.CutOver;
import io.tenantshift.migration.CutoverOutcome.NotReady;
import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(shards = 1, ddl = Moving.DDL, perMethod = true)
final class CutoverIT {
    @Test
    void aTenantGoesForwardAndBackAndForwardAgain(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.open();
            moving.write("acme", 1);
            moving.toShadowRead("acme");
            moving.write("acme", 1);

            CutOver forward = moving.forward("acme");
            assertThat(forward.phase()).isEqualTo(Phase.TARGET_PRIMARY);
            assertThat(forward.pause()).isBetween(Duration.ofNanos(1), Duration.ofSeconds(2));
            assertThat(moving.row(Moving.LEGACY, "acme").state()).isEqualTo(FenceState.FOLLOWING);
            assertThat(moving.row(Moving.S0, "acme").state()).isEqualTo(FenceState.OPEN);
            assertThat(moving.row(Moving.S0, "acme").epoch()).isEqualTo(forward.epoch());
            moving.write("acme", 1);

            CutOver back = moving.back("acme");
            assertThat(back.phase()).isEqualTo(Phase.SHADOW_READ);
            assertThat(back.epoch()).isGreaterThan(forward.epoch());
            assertThat(moving.counter(Moving.LEGACY, "acme", 1)).isEqualTo(3);
            moving.write("acme", 1);

            moving.forward("acme");
            assertThat(moving.counter(Moving.S0, "acme", 1)).isEqualTo(4);
        }
    }

    @Test
    @Guarantee("G7")
    @Pitfall(4)
    void whatIsCommittedOnTheTargetInTheFirstInstantSurvivesTheRollback(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.open();
            moving.toShadowRead("acme");
            StepListener writer = point -> {
                if (point.equals("after 7")) {
                    try {
                        moving.write("acme", 2);
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                }
            };
            moving.cutOver("acme", Phase.TARGET_PRIMARY, writer);
            moving.back("acme");
            assertThat(moving.counter(Moving.LEGACY, "acme", 2)).isEqualTo(1);
        }
    }

    @Test
    void everythingThatStandsInTheWayIsReportedAtOnce(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.open();
            moving.toShadowRead("acme");
            cluster.execute(
                    Moving.S0, "update tenantshift.copy set status = 'copying', rows_copied = 3, mismatches = 2");
            cluster.execute(
                    Moving.LEGACY,
                    "insert into tenantshift.instance values (gen_random_uuid(), 'sleepy', '1', clock_timestamp(), 0)");
            moving.settings = MigrationSettings.DEFAULT.withPauseBudget(Duration.ofMillis(1));
            try (Connection holder = moving.enter(moving.services.locate("acme"))) {
                Thread.onSpinWait();
                CutoverOutcome outcome = awaitFindings(moving, 3);
                assertThat(outcome.toString())
                        .startsWith("cutover of tenant \"acme\" refused: ")
                        .contains("instances [sleepy] do not follow topology version")
                        .contains("a transaction older than the pause budget of 1 ms writes as this tenant: pid ")
                        .contains("the copy is not complete (3 rows so far)")
                        .endsWith("nothing was changed");
                holder.rollback();
            }
            assertThat(moving.row(Moving.LEGACY, "acme").state()).isEqualTo(FenceState.OPEN);
        }
    }

    private static CutoverOutcome awaitFindings(Moving moving, int number) throws Exception {
        while (true) {
            CutoverOutcome outcome = moving.cutover().attempt(moving.transition(), "acme", Phase.TARGET_PRIMARY);
            if (outcome instanceof NotReady not && not.findings().size() >= number) {
                return outcome;
            }
        }
    }

    @Test
    void aTenantInAnotherPhaseIsNotReady(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.open();
            assertThat(moving.cutover().attempt(moving.transition(), "acme", Phase.TARGET_PRIMARY))
                    .hasToString(
                            "cutover of tenant \"acme\" refused: it is in phase SOURCE_ONLY, from which no cutover leads to TARGET_PRIMARY; nothing was changed");
        }
    }
}
