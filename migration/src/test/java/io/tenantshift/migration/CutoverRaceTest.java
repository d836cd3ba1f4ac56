package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.migration.CutoverOutcome.Aborted;
import io.tenantshift.migration.CutoverOutcome.CutOver;
import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Orders of events around a cutover that have broken simpler designs. */
@TenantShiftCluster(shards = 1, ddl = Moving.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CutoverRaceTest {
    /** For orders of events in which the time does not matter. */
    private static final MigrationSettings PATIENT =
            MigrationSettings.DEFAULT.withPauseBudget(MigrationSettings.LONGEST_BUDGET);

    private Moving moving;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        moving = new Moving(cluster);
        for (String tenant : new String[] {
            "two",
            "frozen",
            "repeatable read",
            "serializable",
            "lag",
            "crossing",
            "before 5",
            "before 6",
            "before 7",
            "unknown",
            "refused",
            "prepared",
            "gate",
            "taken over",
            "other row",
            "forgotten"
        }) {
            moving.withTenant(tenant);
        }
        moving.open();
    }

    @AfterAll
    void close() {
        moving.close();
    }

    /** Stops at points until the test lets it go on. */
    private static StepListener at(Checkpoints points, String... stops) {
        Set<String> all = Set.of(stops);
        return point -> {
            if (all.contains(point)) {
                points.reach(point);
            }
        };
    }

    @Test
    @Guarantee("G2")
    void checkedThenCutOverByAnotherThenLocked(Cluster cluster) throws Exception {
        moving.toShadowRead("two");
        Checkpoints points = new Checkpoints();
        Actor<CutoverOutcome> late = Actor.call(
                "late",
                () -> moving.cutover(at(points, "after 1"), PATIENT)
                        .attempt(moving.transition(), "two", Phase.TARGET_PRIMARY));
        points.awaitReached("after 1");
        CutOver first = moving.forward("two");
        points.release("after 1");
        Aborted outcome = aborted(late.await());
        assertThat(outcome.step()).isEqualTo(3);
        assertThat(outcome.reason()).contains("was open").contains("is following " + first.epoch() + " now");
        assertThat(moving.row(Moving.S0, "two").epoch()).isEqualTo(first.epoch());
    }

    @Test
    @Guarantee("G2")
    @Pitfall(5)
    void aProcessThatWasFrozenThroughACutoverIsRefusedOnBothSidesWithItsOldEpoch(Cluster cluster) throws Exception {
        moving.toShadowRead("frozen");
        Placement old = moving.services.locate("frozen");
        moving.forward("frozen");
        for (String side : new String[] {Moving.LEGACY, Moving.S0}) {
            assertThatThrownBy(() -> moving.enter(side, "frozen", old.epoch()).close())
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo(Fence.FENCED);
        }
        // Nor without entering, as a process that has not heard of the transition would write.
        assertThatThrownBy(() -> cluster.execute(Moving.LEGACY, "update acc set n = 99 where tenant_id = 'frozen'"))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo(Fence.NOT_ENTERED);
        assertThat(moving.total(Moving.LEGACY, "frozen")).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
    @Guarantee("G2")
    @Pitfall(48)
    void snapshotTakenThenWaitedForTheFenceThenCutOver(int isolation) throws Exception {
        String tenant = isolation == Connection.TRANSACTION_SERIALIZABLE ? "serializable" : "repeatable read";
        moving.toShadowRead(tenant);
        Placement before = moving.services.locate(tenant);
        Checkpoints points = new Checkpoints();
        Actor<CutoverOutcome> coordinator = Actor.call(
                "coordinator",
                () -> moving.cutover(at(points, "after 3"), PATIENT)
                        .attempt(moving.transition(), tenant, Phase.TARGET_PRIMARY));
        try (Connection waiter = moving.cluster.connect(Moving.LEGACY)) {
            waiter.setAutoCommit(false);
            waiter.setTransactionIsolation(isolation);
            try (var statement = waiter.createStatement()) {
                statement.executeQuery("select pg_current_snapshot()").close();
            }
            points.awaitReached("after 3");
            Actor<Boolean> write = Actor.run("waiter", () -> {
                Moving.enter(waiter, tenant, before.epoch());
                Moving.add(waiter, before, 1);
                waiter.commit();
            });
            moving.cluster.awaitLockWaiters(Moving.LEGACY, 1);
            points.release("after 3");
            Moving.cutOver(coordinator.await());
            assertThatThrownBy(write::await)
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isIn(Fence.FENCED, "40001");
            waiter.rollback();
        }
        assertThat(moving.total(Moving.LEGACY, tenant)).isZero();
    }

    @Test
    @Pitfall(48)
    void aTenantWithoutAFenceRowIsRefusedInEveryIsolationLevel() throws Exception {
        for (int isolation : new int[] {2, 4, 8}) {
            try (Connection connection = moving.cluster.connect(Moving.S0)) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(isolation);
                assertThatThrownBy(() -> Moving.enter(connection, "nobody", 1))
                        .isInstanceOf(SQLException.class)
                        .extracting(e -> ((SQLException) e).getSQLState())
                        .isEqualTo(Fence.FENCED);
                connection.rollback();
            }
        }
    }

    @Test
    @Guarantee("G1")
    @Pitfall({3, 36})
    void oneEntryThatIsNotAppliedUnderTheFenceKeepsAuthorityWhereItIs() throws Exception {
        moving.toShadowRead("lag");
        moving.awaitDrained("lag");
        FenceRow before = moving.row(Moving.LEGACY, "lag");
        // The lane's lease is somebody else's who does nothing: entries stay in the journal.
        try (Connection lane = moving.cluster.connect(Moving.S0)) {
            lane.setAutoCommit(false);
            try (var statement = lane.createStatement()) {
                statement.execute("select from tenantshift.lane for update");
            }
            StepListener writer = point -> {
                if (point.equals("before 3")) {
                    try {
                        moving.write("lag", 1);
                    } catch (SQLException e) {
                        throw new AssertionError(e);
                    }
                }
            };
            MigrationSettings settings = MigrationSettings.DEFAULT.withPauseBudget(Duration.ofSeconds(2));
            Aborted outcome =
                    aborted(moving.cutover(writer, settings).attempt(moving.transition(), "lag", Phase.TARGET_PRIMARY));
            assertThat(outcome.step()).isEqualTo(4);
            // Where the writer took long, the server may be the first to give up.
            assertThat(outcome.reason())
                    .containsAnyOf("the journal was not drained within the pause budget of 2000 ms", "timeout");
            lane.rollback();
        }
        assertThat(moving.row(Moving.LEGACY, "lag")).isEqualTo(before);
        moving.write("lag", 1);
        moving.forward("lag");
        assertThat(moving.counter(Moving.S0, "lag", 1)).isEqualTo(2);
    }

    @Test
    @Pitfall(39)
    void enteredBothThenLockAskedThenCrossedOnOneRow() throws Exception {
        moving.toShadowRead("crossing");
        Placement placement = moving.services.locate("crossing");
        try (Connection first = moving.enter(placement);
                Connection second = moving.enter(placement)) {
            Moving.add(second, placement, 1);
            Actor<CutoverOutcome> coordinator = Actor.call(
                    "coordinator",
                    () -> moving.cutover(StepListener.NONE, PATIENT)
                            .attempt(moving.transition(), "crossing", Phase.TARGET_PRIMARY));
            moving.cluster.awaitLockWaiters(Moving.LEGACY, 1);
            Actor<Boolean> crossing = Actor.run("crossing", () -> {
                Moving.add(first, placement, 1);
                first.commit();
            });
            moving.cluster.awaitLockWaiters(Moving.LEGACY, 2);
            second.commit();
            crossing.await();
            Moving.cutOver(coordinator.await());
        }
        assertThat(moving.counter(Moving.S0, "crossing", 1)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"before 5", "before 6", "before 7"})
    @Guarantee({"G2", "G6"})
    @Pitfall({51, 61, 78, 79})
    void frozenThenForwardAndBackByAnotherThenAwake(String point) throws Exception {
        String tenant = point;
        moving.toShadowRead(tenant);
        moving.write(tenant, 1);
        Checkpoints points = new Checkpoints();
        Actor<CutoverOutcome> sleeper = Actor.call("sleeper", () -> {
            CutoverOutcome outcome =
                    moving.cutover(at(points, point)).attempt(moving.transition(), tenant, Phase.TARGET_PRIMARY);
            // A busy machine may use up the pause budget before.
            for (int i = 0; i < 20 && !points.isReached(point); i++) {
                outcome = moving.cutover(at(points, point)).attempt(moving.transition(), tenant, Phase.TARGET_PRIMARY);
            }
            return outcome;
        });
        points.awaitReached(point);
        // The server lets the writers go by itself; they bring the tenant to one open side.
        moving.write(tenant, 1);
        if (moving.services.locate(tenant).phase() == Phase.SHADOW_READ) {
            moving.forward(tenant);
        }
        moving.write(tenant, 1);
        moving.back(tenant);
        FenceRow source = moving.row(Moving.LEGACY, tenant);
        FenceRow target = moving.row(Moving.S0, tenant);
        points.release(point);
        CutoverOutcome outcome = sleeper.await();
        if (point.equals("before 7")) {
            assertThat(outcome).isInstanceOf(CutOver.class);
        } else {
            assertThat(outcome).isInstanceOf(Aborted.class);
        }
        assertThat(moving.row(Moving.LEGACY, tenant)).isEqualTo(source);
        assertThat(moving.row(Moving.S0, tenant)).isEqualTo(target);
        moving.write(tenant, 1);
        assertThat(moving.counter(Moving.LEGACY, tenant, 1)).isEqualTo(4);
    }

    @Test
    @Guarantee("G1")
    @Pitfall(66)
    void preparedThenARefusedWriterAsksThenTheCoordinatorDies() throws Exception {
        moving.toShadowRead("refused");
        Placement stale = moving.services.locate("refused");
        moving.forward("refused");
        Checkpoints points = new Checkpoints();
        Actor<CutoverOutcome> coordinator = Actor.call(
                "coordinator",
                () -> moving.cutover(
                                point -> {
                                    if (point.equals("after 5")) {
                                        points.reach(point);
                                        throw new Died(point);
                                    }
                                },
                                PATIENT)
                        .attempt(moving.transition(), "refused", Phase.SHADOW_READ));
        points.awaitReached("after 5");
        assertThat(moving.row(Moving.LEGACY, "refused").state()).isEqualTo(FenceState.READY);
        // A process that still believes in the source is refused there, and looks for an open side.
        assertThatThrownBy(() -> moving.enter(stale).close())
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo(Fence.FENCED);
        Actor<Boolean> writer = Actor.run("refused", () -> moving.write("refused", 3));
        points.release("after 5");
        assertThatThrownBy(coordinator::await).isInstanceOf(Died.class);
        writer.await();
        assertThat(moving.services.locate("refused").shard()).isEqualTo(Moving.S0);
        assertThat(moving.counter(Moving.S0, "refused", 3)).isEqualTo(1);
        moving.back("refused");
        assertThat(moving.counter(Moving.LEGACY, "refused", 3)).isEqualTo(1);
    }

    @Test
    @Guarantee("G2")
    @Pitfall({27, 54})
    void committedButTheAnswerIsLostAndTheCommitStillOnItsWay() throws Exception {
        moving.toShadowRead("unknown");
        Checkpoints points = new Checkpoints();
        LateCommit late = new LateCommit(moving, Moving.LEGACY, points);
        Actor<CutoverOutcome> coordinator = Actor.call(
                "coordinator",
                () -> moving.cutover(StepListener.NONE, PATIENT, late.services())
                        .attempt(moving.transition(), "unknown", Phase.TARGET_PRIMARY));
        points.awaitReached("commit on its way");
        // A plain read would say "open" now, and then the commit would arrive.
        moving.cluster.awaitLockWaiters(Moving.LEGACY, 1);
        assertThat(coordinator.isDone()).isFalse();
        assertThat(moving.row(Moving.S0, "unknown").state()).isEqualTo(FenceState.READY);
        points.release("commit on its way");
        Moving.cutOver(coordinator.await());
        late.await();
        assertThat(moving.services.locate("unknown").shard()).isEqualTo(Moving.S0);
    }

    @Test
    @Guarantee("G2")
    @Pitfall(54)
    void theCommitNeverArrived() throws Exception {
        moving.toShadowRead("prepared");
        Checkpoints points = new Checkpoints();
        LateCommit never = new LateCommit(moving, Moving.LEGACY, points).thatRollsBack();
        points.open("commit on its way");
        CutoverOutcome outcome = moving.cutover(StepListener.NONE, PATIENT, never.services())
                .attempt(moving.transition(), "prepared", Phase.TARGET_PRIMARY);
        assertThat(aborted(outcome).step()).isEqualTo(6);
        never.await();
        assertThat(moving.row(Moving.S0, "prepared").state()).isEqualTo(FenceState.FOLLOWING);
        moving.write("prepared", 1);
        moving.forward("prepared");
    }

    @Test
    void lockedThenAnotherCoordinatorClosesTheGateThenStepSix() throws Exception {
        moving.toShadowRead("gate");
        Checkpoints points = new Checkpoints();
        Actor<CutoverOutcome> coordinator = Actor.call(
                "coordinator",
                () -> moving.cutover(at(points, "before 5"), PATIENT)
                        .attempt(moving.transition(), "gate", Phase.TARGET_PRIMARY));
        points.awaitReached("before 5");
        Moving.stepped(moving.steps().dualWriteAgain(moving.transition(), "gate"));
        points.release("before 5");
        assertThat(aborted(coordinator.await()).step()).isEqualTo(6);
        assertThat(moving.row(Moving.LEGACY, "gate").phase()).isEqualTo(Phase.DUAL_WRITE);
        assertThat(moving.row(Moving.S0, "gate").state()).isEqualTo(FenceState.FOLLOWING);
        moving.write("gate", 1);
    }

    @Test
    @Guarantee({"G1", "G2"})
    void heldThenItsSessionEndedThenCopiedByAnotherThenCheckedThenAwake() throws Exception {
        String tenant = "taken over";
        Checkpoints points = new Checkpoints();
        PhaseSteps sleepy = moving.steps(at(points, "source held"), PATIENT);
        Actor<StepOutcome> sleeper = Actor.call("sleeper", () -> sleepy.dualWrite(moving.transition(), tenant));
        points.awaitReached("source held");
        moving.cluster.endBackend(
                Moving.LEGACY,
                Math.toIntExact(moving.cluster.queryLong(
                        Moving.LEGACY,
                        "select pid from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and granted and (classid::bigint << 32 | objid::bigint) = tenantshift.lock_key('%s')"
                                .formatted(tenant))));
        moving.toShadowRead(tenant);
        moving.write(tenant, 1);
        FenceRow follows = moving.row(Moving.S0, tenant);
        Actor<CutoverOutcome> coordinator = Actor.call(
                "coordinator",
                () -> moving.cutover(at(points, "after 1"), PATIENT)
                        .attempt(moving.transition(), tenant, Phase.TARGET_PRIMARY));
        points.awaitReached("after 1");
        points.release("source held");
        assertThat(sleeper.await()).isInstanceOf(StepOutcome.NotStepped.class);
        assertThat(moving.row(Moving.S0, tenant)).isEqualTo(follows);
        points.release("after 1");
        Moving.cutOver(coordinator.await());
        assertThat(moving.counter(Moving.S0, tenant, 1)).isEqualTo(1);
    }

    @Test
    @Guarantee("G2")
    void checkedThenTheOtherRowWrittenByAnotherAttemptThenLocked() throws Exception {
        String tenant = "other row";
        moving.toShadowRead(tenant);
        FenceRow checked = moving.row(Moving.S0, tenant);
        StepListener another = point -> {
            if (point.equals("after 1")) {
                try (Connection connection = moving.cluster.connect(Moving.S0)) {
                    FenceRow next =
                            checked.to(FenceState.FOLLOWING, checked.epoch(), checked.phase(), UUID.randomUUID());
                    assertThat(Fence.compareAndSet(connection, checked, next)).isTrue();
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
            }
        };
        Aborted outcome =
                aborted(moving.cutover(another, PATIENT).attempt(moving.transition(), tenant, Phase.TARGET_PRIMARY));
        assertThat(outcome.step()).isEqualTo(3);
        assertThat(outcome.reason()).contains("by another attempt now");
        moving.write(tenant, 1);
        moving.forward(tenant);
    }

    /** Behind a pooler the coordinator's connection outlives the crash of a server that has forgotten what was not on its disk. */
    @Test
    @Guarantee("G1")
    @Pitfall(49)
    void drainedThenForgottenInACrashThenPrepared() throws Exception {
        String tenant = "forgotten";
        moving.toShadowRead(tenant);
        AtomicBoolean forgotten = new AtomicBoolean();
        StepListener crash = point -> forgotten.compareAndSet(false, point.equals("before 5"));
        Aborted outcome = aborted(moving.cutover(crash, PATIENT, lanesThat(forgotten))
                .attempt(moving.transition(), tenant, Phase.TARGET_PRIMARY));
        assertThat(outcome.step()).isEqualTo(5);
        assertThat(outcome.reason()).contains("has forgotten some of it");
        assertThat(moving.row(Moving.LEGACY, tenant).state()).isEqualTo(FenceState.OPEN);
        assertThat(moving.row(Moving.S0, tenant).state()).isEqualTo(FenceState.FOLLOWING);
        moving.write(tenant, 1);
        moving.forward(tenant);
        assertThat(moving.counter(Moving.S0, tenant, 1)).isEqualTo(1);
    }

    /** The lanes as they are; once their target has forgotten, nothing is drained. */
    private Lanes lanesThat(AtomicBoolean forgotten) {
        Lanes lanes = moving.lanes();
        return (Lanes) Proxy.newProxyInstance(
                Lanes.class.getClassLoader(),
                new Class<?>[] {Lanes.class},
                (proxy, method, arguments) -> method.getName().equals("isDrained") && forgotten.get()
                        ? (Object) false
                        : method.invoke(lanes, arguments));
    }

    static Aborted aborted(CutoverOutcome outcome) {
        assertThat(outcome).isInstanceOf(Aborted.class);
        Aborted aborted = (Aborted) outcome;
        assertThat(aborted.held()).isLessThan(Duration.ofSeconds(5));
        return aborted;
    }
}
