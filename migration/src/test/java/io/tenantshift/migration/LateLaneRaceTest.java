package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.migration.CutoverOutcome.Aborted;
import io.tenantshift.migration.FaultCase.Direction;
import io.tenantshift.migration.FaultCase.Leg;
import io.tenantshift.migration.FaultCase.Moment;
import io.tenantshift.router.Phase;
import io.tenantshift.router.control.Transition;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.history.History;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A cutover beside a lane that stands still, with clients at work: the lane is otherwise so quick that a cutover which does not wait for it
 * would hardly ever leave anything behind.
 */
@TenantShiftCluster(shards = 1, ddl = FaultedMove.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LateLaneRaceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final FaultedMove move;

    LateLaneRaceTest(Cluster cluster) throws SQLException {
        this.move = new FaultedMove(cluster);
    }

    @BeforeAll
    void open() throws SQLException {
        for (Direction each : Direction.values()) {
            move.withTenant(each.toString());
        }
        move.open();
    }

    @AfterAll
    void close() {
        move.close();
    }

    /** The lane's thread, from the moment at which it is wanted on. */
    private static final class Standing implements FaultedMove.LaneHook, AutoCloseable {
        private final String lane;
        private final AtomicBoolean wanted = new AtomicBoolean();
        private final CountDownLatch stands = new CountDownLatch(1);
        private final CountDownLatch goesOn = new CountDownLatch(1);

        Standing(String lane) {
            this.lane = lane;
        }

        @Override
        public void reached(Moment moment, io.tenantshift.dualwrite.internal.lane.LaneId of) {
            if (wanted.get() && moment == Moment.WINDOW_READ && of.name().equals(lane)) {
                stands.countDown();
                await(goesOn);
            }
        }

        void stand() {
            wanted.set(true);
            await(stands);
        }

        private static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            goesOn.countDown();
        }
    }

    private static void awaitMore(RecordedWriters writers) {
        try {
            writers.awaitAcknowledged(10 * RecordedWriters.ITEMS);
        } catch (SQLException e) {
            throw new AssertionError("nothing was acknowledged beside a lane that stands", e);
        }
    }

    /** 1. The lane has read its window and stands. 2. More is acknowledged. 3. The cutover takes the lock, and waits in vain. */
    @ParameterizedTest
    @EnumSource
    @Guarantee({"G1", "G2"})
    @Pitfall({3, 36})
    void whatTheLaneHasNotAppliedKeepsAuthorityWhereItIs(Direction direction) throws Exception {
        String tenant = direction.toString();
        Phase goal = direction == Direction.FORWARD ? Phase.TARGET_PRIMARY : Phase.SHADOW_READ;
        move.moving.toShadowRead(tenant);
        if (direction == Direction.BACK) {
            move.moving.forward(tenant);
        }
        String lane =
                Transition.lane(FaultedMove.shard(Leg.AUTHORITY, direction), FaultedMove.shard(Leg.OTHER, direction));
        History history = FaultedMove.historyOfTenant();
        CutoverOutcome outcome;
        try (Standing standing = new Standing(lane);
                RecordedWriters writers = new RecordedWriters(move.moving, tenant, history, 2)) {
            move.hookLanes(standing);
            writers.awaitAcknowledged(5);
            outcome = move.moving
                    .cutover(
                            point -> {
                                if (point.equals("after 1")) {
                                    standing.stand();
                                    awaitMore(writers);
                                }
                            },
                            MigrationSettings.DEFAULT.withPauseBudget(Duration.ofSeconds(2)))
                    .attempt(move.moving.transition(), tenant, goal);
            writers.close(); // what came later would hide what was left behind
        } finally {
            move.hookLanes(null);
        }
        move.awaitDrained(tenant);
        assertThat(history.check(move.view(Moving.LEGACY, tenant), move.view(Moving.S0, tenant)))
                .as("after %s", outcome)
                .isEmpty();
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Aborted.class, aborted -> assertThat(aborted.step()).isEqualTo(4));
        assertThat(move.moving.cutOver(tenant, goal, StepListener.NONE).phase()).isEqualTo(goal);
    }
}
