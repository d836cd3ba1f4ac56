package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.migration.CutoverOutcome.Aborted;
import io.tenantshift.migration.CutoverOutcome.CutOver;
import io.tenantshift.migration.CutoverOutcome.NotReady;
import io.tenantshift.router.Phase;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(shards = 1, ddl = Moving.DDL)
final class SoakIT {
    private static final int CUTOVERS = 20;

    @Test
    @Guarantee({"G1", "G2", "G3", "G6", "G7"})
    @Pitfall(38)
    void eightWritersOnOneTenantThroughTwentyCutoversBackAndForth(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            // Far more than a cutover needs: this is about what is lost, not about the machine.
            moving.settings = MigrationSettings.DEFAULT.withPauseBudget(Duration.ofSeconds(1));
            moving.open();
            List<Duration> pauses = new ArrayList<>();
            int aborted = 0;
            int notReady = 0;
            long[] expected;
            try (Writers writers = new Writers(moving, "acme", 8)) {
                writers.awaitCommits(100);
                moving.toShadowRead("acme");
                while (pauses.size() < CUTOVERS) {
                    Phase goal = pauses.size() % 2 == 0 ? Phase.TARGET_PRIMARY : Phase.SHADOW_READ;
                    CutoverOutcome outcome = moving.cutover().attempt(moving.transition(), "acme", goal);
                    if (outcome instanceof CutOver done) {
                        pauses.add(done.pause());
                    } else if (outcome instanceof Aborted abort && ++aborted <= CUTOVERS) {
                        assertThat(abort.held()).isLessThan(Duration.ofSeconds(10));
                    } else if (outcome instanceof NotReady && ++notReady <= 10 * CUTOVERS) {
                        // On a busy machine a transaction may be older than the budget, or the lane behind. Not for
                        // long.
                        writers.awaitCommits(10);
                        continue;
                    } else {
                        throw new AssertionError(outcome.toString());
                    }
                    writers.awaitCommits(100);
                }
                writers.close();
                expected = writers.expected();
                Collections.sort(pauses);
                System.out.println("soak: " + writers.commits.sum() + " commits, " + writers.retried.sum() + " retried"
                        + ", "
                        + CUTOVERS + " cutovers, " + aborted + " aborted, " + notReady + " not ready, pause p50 "
                        + pauses.get(CUTOVERS / 2).toMillis() + " ms, max "
                        + pauses.get(CUTOVERS - 1).toMillis() + " ms");
            }
            moving.awaitDrained("acme");
            assertThat(Writers.found(moving, Moving.LEGACY, "acme")).isEqualTo(expected);
            assertThat(Writers.found(moving, Moving.S0, "acme")).isEqualTo(expected);
        }
    }
}
