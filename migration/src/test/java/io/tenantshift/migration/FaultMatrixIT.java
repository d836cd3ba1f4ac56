package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.LaneStatus;
import io.tenantshift.migration.CutoverOutcome.Aborted;
import io.tenantshift.migration.CutoverOutcome.CutOver;
import io.tenantshift.migration.FaultCase.Direction;
import io.tenantshift.migration.FaultCase.Ending;
import io.tenantshift.migration.FaultCase.Leg;
import io.tenantshift.router.Phase;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.history.History;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every fault at every moment on both ways, with clients at work, each side on a server of its own: afterwards every acknowledged write is there
 * once and in order, on both sides, and the tenant can be written, applied and cut over. {@code -Dtenantshift.faults=all} runs the whole matrix
 * instead of a half, {@code -Dtenantshift.faults=BEFORE_COMMIT} the cases with this in their names;
 * {@code -Dtenantshift.faults.lanes=3} divides the tenants among so many lanes.
 */
@TenantShiftCluster(shards = 1, ddl = FaultedMove.DDL, serverEach = true)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FaultMatrixIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int CHUNK_ROWS = 2;

    private final Map<String, Integer> counts = new TreeMap<>();
    private FaultedMove move;

    static Stream<FaultCase> cases() {
        String wish = System.getProperty("tenantshift.faults", "");
        return switch (wish) {
            case "" -> FaultCase.some();
            case "all" -> FaultCase.all();
            default -> FaultCase.all().filter(each -> each.toString().contains(wish));
        };
    }

    FaultMatrixIT(Cluster cluster) throws SQLException {
        move = new FaultedMove(cluster);
    }

    @BeforeAll
    void open() throws SQLException {
        for (FaultCase each : cases().toList()) {
            move.withTenant(each.toString());
        }
        move.open();
    }

    @AfterAll
    void close() {
        move.close();
        System.out.println("fault matrix: " + counts);
    }

    @ParameterizedTest
    @MethodSource("cases")
    @Guarantee({"G1", "G2", "G3", "G7", "G12"})
    @Pitfall({1, 7, 9, 10, 27, 28, 61})
    void nothingIsLostDoubledReorderedOrResurrectedAndWorkGoesOn(FaultCase fault) throws Exception {
        String tenant = fault.toString();
        History history = FaultedMove.historyOfTenant();
        prepare(fault, tenant);
        String ending;
        try (RecordedWriters writers = new RecordedWriters(move.moving, tenant, history, 3)) {
            writers.awaitAcknowledged(5);
            if (fault.moment().isOfLane()) {
                ending = strikeLane(fault, tenant, writers);
            } else if (fault.moment().isOfChunk()) {
                ending = strikeCopy(fault, tenant, writers);
            } else {
                ending = strikeCutover(fault, tenant, writers);
            }
            writers.awaitAcknowledged(15);
            writers.close();
            count("transactions acknowledged", writers.acknowledged.intValue());
            count("transactions of unknown outcome", writers.unknown.intValue());
            if (fault.sparesClients()) {
                count("faults of which clients noticed nothing", 1);
            }
        } finally {
            move.hookLanes(null);
            move.heal();
        }
        move.awaitDrained(tenant);
        assertThat(history.check(move.view(Moving.LEGACY, tenant), move.view(Moving.S0, tenant)))
                .isEmpty();
        count(
                fault.fault()
                        + (fault.fault().isOfServer() ? " of " + fault.leg() : "")
                        + (fault.moment().isOfLane()
                                ? " in a lane"
                                : fault.moment().isOfChunk() ? " in a copy" : " in a cutover: " + ending),
                1);
    }

    private void count(String what, int more) {
        counts.merge(what, more, Integer::sum);
    }

    private void prepare(FaultCase fault, String tenant) throws SQLException {
        if (fault.moment().isOfChunk()) {
            Moving.stepped(move.moving.steps().dualWrite(move.moving.transition(), tenant));
            return;
        }
        move.moving.toShadowRead(tenant);
        if (fault.direction() == Direction.BACK) {
            move.moving.forward(tenant);
        }
    }

    private String strikeLane(FaultCase fault, String tenant, RecordedWriters writers) throws Exception {
        String lane = move.moving
                .transition()
                .lane(
                        FaultedMove.shard(Leg.AUTHORITY, fault.direction()),
                        FaultedMove.shard(Leg.OTHER, fault.direction()),
                        tenant);
        Once once = new Once(fault, writers);
        move.hookLanes((moment, of) -> {
            if (moment == fault.moment() && of.name().equals(lane)) {
                once.strike();
            }
        });
        once.await();
        if (move.sitOut(fault, writers)) {
            count("silences in which clients went on", 1);
        }
        return "";
    }

    private String strikeCopy(FaultCase fault, String tenant, RecordedWriters writers) throws Exception {
        Once once = new Once(fault, writers);
        HookedBoundaries.Hook hook = (source, target) -> once.strike();
        boolean begun = fault.moment() == FaultCase.Moment.CHUNK_BEGUN;
        HookedBoundaries hooked = new HookedBoundaries(
                move.moving.dualWrite,
                begun ? hook : HookedBoundaries.Hook.NONE,
                begun ? HookedBoundaries.Hook.NONE : hook);
        Backfill backfill =
                new Backfill(move.moving.services, hooked, move.moving.layouts(), new Backfill.Settings(CHUNK_ROWS, 0));
        Actor<Integer> copy = Actor.call("copy", () -> copyUntilItIsDone(backfill, tenant));
        once.await();
        if (move.sitOut(fault, writers)) {
            count("silences in which clients went on", 1);
        }
        int calls = copy.await(PATIENCE);
        count("calls of copies", calls);
        return "";
    }

    private int copyUntilItIsDone(Backfill backfill, String tenant) throws Exception {
        Deadline deadline = Deadline.after(PATIENCE);
        for (int calls = 1; ; calls++) {
            try {
                backfill.copy(move.moving.transition(), tenant, Backfill.Listener.NONE);
                return calls;
            } catch (BackfillStoppedException e) {
                // A network is not a reason to stop for: nobody need remove a cause.
                assertThat(move.moving.dualWrite.status()).noneMatch(lane -> lane.state() == LaneStatus.State.STOPPED);
                if (deadline.isOver()) {
                    throw e;
                }
            }
        }
    }

    private String strikeCutover(FaultCase fault, String tenant, RecordedWriters writers) throws Exception {
        Phase from = move.moving.services.locate(tenant).phase();
        Phase goal = fault.direction() == Direction.FORWARD ? Phase.TARGET_PRIMARY : Phase.SHADOW_READ;
        Once once = new Once(fault, writers);
        StepListener hook = point -> {
            if (point.equals(fault.moment().point())) {
                once.strikeUnchecked();
            }
        };
        Actor<CutoverOutcome> attempt = Actor.call("coordinator", () -> attemptUntilStruck(once, tenant, goal, hook));
        once.await();
        if (move.sitOut(fault, writers)) {
            count("silences in which clients went on", 1);
        }
        CutoverOutcome outcome = attempt.await(PATIENCE);
        writers.awaitAcknowledged(10);
        Ending ending;
        if (outcome instanceof CutOver) {
            ending = Ending.CUT_OVER;
        } else if (outcome instanceof Aborted) {
            ending = Ending.ABORTED;
        } else {
            throw new AssertionError(fault + ": " + outcome);
        }
        assertThat(fault.endings()).as("%s: %s", fault, outcome).contains(ending);
        assertThat(move.moving.services.locate(tenant).phase()).isEqualTo(ending == Ending.CUT_OVER ? goal : from);
        if (ending == Ending.ABORTED) {
            cutOver(tenant, goal);
        }
        return ending.toString();
    }

    private CutoverOutcome attemptUntilStruck(Once once, String tenant, Phase goal, StepListener hook)
            throws SQLException {
        Deadline deadline = Deadline.after(PATIENCE);
        CutoverOutcome outcome;
        do {
            outcome = move.moving.cutover(hook).attempt(move.moving.transition(), tenant, goal);
        } while (!once.isStruck() && !deadline.isOver());
        return outcome;
    }

    /** The next coordinator finds nothing in its way for good. */
    private void cutOver(String tenant, Phase goal) throws SQLException {
        Deadline deadline = Deadline.after(PATIENCE);
        while (true) {
            CutoverOutcome outcome = move.moving.cutover().attempt(move.moving.transition(), tenant, goal);
            if (outcome instanceof CutOver) {
                return;
            }
            if (deadline.isOver()) {
                throw new AssertionError(tenant + " cannot be cut over afterwards: " + outcome);
            }
        }
    }

    /** The fault, the first time that somebody comes to the moment. */
    private final class Once {
        private final FaultCase fault;
        private final RecordedWriters writers;
        private final AtomicBoolean begun = new AtomicBoolean();
        private final CountDownLatch struck = new CountDownLatch(1);
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Once(FaultCase fault, RecordedWriters writers) {
            this.fault = fault;
            this.writers = writers;
        }

        void strike() throws SQLException {
            if (begun.compareAndSet(false, true)) {
                try {
                    move.strike(fault, writers);
                } catch (SQLException | RuntimeException | Error e) {
                    failure.set(e); // whose thread this is may have its own way with it
                    throw e;
                } finally {
                    struck.countDown();
                }
            }
        }

        void strikeUnchecked() {
            try {
                strike();
            } catch (SQLException e) {
                throw new AssertionError("the fault itself failed", e);
            }
        }

        boolean isStruck() {
            return begun.get();
        }

        void await() throws InterruptedException {
            assertThat(struck.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("%s: the moment has come", fault)
                    .isTrue();
            assertThat(failure.get()).as("%s: striking", fault).isNull();
        }
    }
}
