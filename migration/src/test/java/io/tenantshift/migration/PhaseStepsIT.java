package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.migration.StepOutcome.NotStepped;
import io.tenantshift.migration.StepOutcome.Stepped;
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
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TenantShiftCluster(shards = 1, ddl = Moving.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PhaseStepsIT {
    private Moving moving;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        moving = new Moving(cluster);
        for (String tenant : new String[] {
            "leftovers",
            "stale",
            "gate",
            "void",
            "void, died",
            "resurrected",
            "moved",
            "moved, died",
            "asleep",
            "half made",
            "target follows",
            "target purged",
            "wrong phase"
        }) {
            moving.withTenant(tenant);
        }
        moving.open();
    }

    @AfterAll
    void close() {
        moving.close();
    }

    @Test
    void toDualWriteAnEmptyTargetFollowsAtTheEpochAtWhichTheCaptureBegins() throws Exception {
        moving.cluster.execute(
                Moving.S0,
                "begin; set local tenantshift.applier = 'on'; insert into acc values ('leftovers', 77, 1); commit");
        Stepped stepped = Moving.stepped(moving.steps().dualWrite(moving.transition(), "leftovers"));
        FenceRow source = moving.row(Moving.LEGACY, "leftovers");
        FenceRow target = moving.row(Moving.S0, "leftovers");
        assertThat(source.phase()).isEqualTo(Phase.DUAL_WRITE);
        assertThat(source.state()).isEqualTo(FenceState.OPEN);
        assertThat(source.epoch()).isEqualTo(stepped.epoch()).isGreaterThan(1);
        assertThat(target.state()).isEqualTo(FenceState.FOLLOWING);
        assertThat(target.epoch()).isEqualTo(source.epoch());
        try (Connection connection = moving.cluster.connect(Moving.S0)) {
            assertThat(CopyRow.read(connection, "leftovers"))
                    .contains(new CopyRow("leftovers", source.epoch(), false, 0, null));
        }
        assertThat(moving.rows(Moving.S0, "leftovers")).isEmpty();
    }

    @Test
    @Guarantee("G1")
    @Pitfall(76)
    void aWriterWithAStaleIdeaOfTheCaptureIsRefused() throws Exception {
        Placement uncaptured = moving.services.locate("stale");
        Checkpoints points = new Checkpoints();
        Moving.stepped(moving.steps().dualWrite(moving.transition(), "stale"));
        assertThatThrownBy(() -> moving.enter(uncaptured).close())
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo(Fence.FENCED);
        // The right epoch with a stale idea of the capture: the guard sees that the journal is not written.
        Placement captured = moving.services.locate("stale");
        try (Connection connection = moving.enter(captured)) {
            assertThatThrownBy(() -> Moving.add(connection, uncaptured, 1))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("TS004");
            connection.rollback();
        }
        assertThat(points.history()).isEmpty();
        assertThat(moving.total(Moving.LEGACY, "stale")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"target follows", "target purged"})
    @Guarantee("G12")
    void aStepToDualWriteThatDiedIsTakenUpByTheNext(String point) throws Exception {
        moving.listener = Died.at(point);
        try {
            assertThatThrownBy(() -> moving.steps().dualWrite(moving.transition(), point))
                    .isInstanceOf(Died.class);
        } finally {
            moving.listener = StepListener.NONE;
        }
        moving.write(point, 1);
        moving.toShadowRead(point);
        moving.forward(point);
        assertThat(moving.counter(Moving.S0, point, 1)).isEqualTo(1);
    }

    @Test
    @Guarantee({"G2", "G12"})
    void preparedThenFrozenThenPreparedByAnotherThenAwake() throws Exception {
        Checkpoints points = new Checkpoints();
        PhaseSteps sleepy = moving.steps(point -> {
            if (point.equals("target purged")) {
                points.reach(point);
            }
        });
        Actor<StepOutcome> late = Actor.call("late", () -> sleepy.dualWrite(moving.transition(), "asleep"));
        points.awaitReached("target purged");
        PhaseSteps dying = moving.steps(Died.at("target follows"));
        assertThatThrownBy(() -> dying.dualWrite(moving.transition(), "asleep")).isInstanceOf(Died.class);
        points.release("target purged");
        // The source must not be captured at an epoch that is older than the copy.
        assertThat(late.await().toString()).contains("not made: another attempt has changed its row on \"s0\"");
        assertThat(moving.row(Moving.LEGACY, "asleep").phase()).isEqualTo(Phase.SOURCE_ONLY);
        moving.toShadowRead("asleep");
    }

    @Test
    @Guarantee("G2")
    void aHalfMadeStepThatIsVoidedDoesNotTakeTheEpochBack() throws Exception {
        String tenant = "half made";
        dieAt("target follows", () -> moving.steps().dualWrite(moving.transition(), tenant));
        long followed = moving.row(Moving.S0, tenant).epoch();
        assertThat(followed).isGreaterThan(moving.row(Moving.LEGACY, tenant).epoch());
        assertThat(moving.steps().voidCopy(moving.transition(), tenant)).isTrue();
        assertThat(moving.row(Moving.S0, tenant).epoch()).isEqualTo(followed);
        // An applier takes "following" at an epoch that it knows for "following all the time since".
        Moving.stepped(moving.steps().dualWrite(moving.transition(), tenant));
        assertThat(moving.row(Moving.S0, tenant).epoch()).isGreaterThan(followed);
    }

    @Test
    @Guarantee("G11")
    @Pitfall(35)
    void theGateOpensForACompleteCopyThatWasVerifiedClean() throws Exception {
        PhaseSteps steps = moving.steps();
        Copies copies = moving.copies();
        Moving.stepped(steps.dualWrite(moving.transition(), "gate"));
        assertThat(steps.shadowRead(moving.transition(), "gate").toString())
                .endsWith("not made: the copy is not complete (0 rows so far)");
        copies.copy(moving.transition(), "gate", (rows, estimate) -> {});
        assertThat(steps.shadowRead(moving.transition(), "gate").toString())
                .endsWith("not made: the copy has not been verified");
        moving.cluster.execute(
                Moving.S0,
                "begin; set local tenantshift.applier = 'on'; update acc set n = 50 where tenant_id = 'gate' and id = 1; commit");
        copies.verify(moving.transition(), "gate");
        assertThat(steps.shadowRead(moving.transition(), "gate").toString())
                .endsWith("not made: the last verification found 1 mismatches (limit 0)");
        moving.write("gate", 1);
        moving.awaitDrained("gate");
        copies.verify(moving.transition(), "gate");
        long epoch = moving.row(Moving.LEGACY, "gate").epoch();
        Moving.stepped(steps.shadowRead(moving.transition(), "gate"));
        assertThat(moving.row(Moving.LEGACY, "gate").epoch()).isEqualTo(epoch);
        Moving.stepped(steps.dualWriteAgain(moving.transition(), "gate"));
        assertThat(moving.row(Moving.LEGACY, "gate").phase()).isEqualTo(Phase.DUAL_WRITE);
    }

    @Test
    void backToSourceOnlyTheCopyIsVoid() throws Exception {
        moving.toShadowRead("void");
        Moving.stepped(moving.steps().dualWriteAgain(moving.transition(), "void"));
        Moving.stepped(moving.steps().sourceOnly(moving.transition(), "void"));
        assertThat(moving.row(Moving.LEGACY, "void").phase()).isEqualTo(Phase.SOURCE_ONLY);
        assertThat(moving.row(Moving.S0, "void").state()).isEqualTo(FenceState.ABSENT);
        try (Connection connection = moving.cluster.connect(Moving.S0)) {
            assertThat(CopyRow.read(connection, "void")).isEmpty();
        }
        moving.write("void", 1);
        moving.toShadowRead("void");
        moving.forward("void");
        assertThat(moving.counter(Moving.S0, "void", 1)).isEqualTo(1);
    }

    @Test
    @Guarantee("G12")
    void aStepBackThatDiedBetweenTheSidesIsTakenUpInEitherDirection() throws Exception {
        moving.toShadowRead("void, died");
        Moving.stepped(moving.steps().dualWriteAgain(moving.transition(), "void, died"));
        dieAt("source fenced", () -> moving.steps().sourceOnly(moving.transition(), "void, died"));
        assertThat(moving.row(Moving.S0, "void, died").state()).isEqualTo(FenceState.FOLLOWING);
        moving.write("void, died", 1);
        // Either the copy is voided later...
        assertThat(moving.steps().voidCopy(moving.transition(), "void, died")).isTrue();
        assertThat(moving.row(Moving.S0, "void, died").state()).isEqualTo(FenceState.ABSENT);
        // ...or the next copy takes its place.
        Moving.stepped(moving.steps().dualWrite(moving.transition(), "void, died"));
        dieAt("source fenced", () -> moving.steps().sourceOnly(moving.transition(), "void, died"));
        moving.write("void, died", 1);
        moving.toShadowRead("void, died");
        moving.forward("void, died");
        assertThat(moving.counter(Moving.S0, "void, died", 1)).isEqualTo(2);
    }

    private interface Step {
        StepOutcome run() throws SQLException;
    }

    private void dieAt(String point, Step step) {
        moving.listener = Died.at(point);
        try {
            assertThatThrownBy(step::run).isInstanceOf(Died.class);
        } finally {
            moving.listener = StepListener.NONE;
        }
    }

    @Test
    @Guarantee("G3")
    @Pitfall(10)
    void capturedThenVoidedThenDeletedUncapturedThenCopiedAgain() throws Exception {
        String tenant = "resurrected";
        Moving.stepped(moving.steps().dualWrite(moving.transition(), tenant));
        // The lane stands still: the image of the row stays in the journal.
        try (Connection lane = moving.cluster.connect(Moving.S0)) {
            lane.setAutoCommit(false);
            try (var statement = lane.createStatement()) {
                statement.execute("select from tenantshift.lane where lane = 'legacy->s0' for update");
            }
            moving.write(tenant, 2);
            Moving.stepped(moving.steps().sourceOnly(moving.transition(), tenant));
            Placement uncaptured = moving.services.locate(tenant);
            try (Connection connection = moving.enter(uncaptured);
                    var statement = connection.createStatement()) {
                statement.execute("delete from acc where tenant_id = 'resurrected' and id = 2");
                connection.commit();
            }
            Moving.stepped(moving.steps().dualWrite(moving.transition(), tenant));
            lane.rollback();
        }
        Copies copies = moving.copies();
        copies.copy(moving.transition(), tenant, (rows, estimate) -> {});
        moving.awaitDrained(tenant);
        assertThat(moving.rows(Moving.S0, tenant))
                .isEqualTo(moving.rows(Moving.LEGACY, tenant))
                .hasSize(3);
    }

    @Test
    void onToTargetOnlyTheSourceIsMoved() throws Exception {
        moving.toShadowRead("moved");
        moving.forward("moved");
        Placement before = moving.services.locate("moved");
        moving.write("moved", 1);
        Moving.stepped(moving.steps().targetOnly(moving.transition(), "moved"));
        assertThat(moving.row(Moving.LEGACY, "moved").state()).isEqualTo(FenceState.MOVED);
        assertThat(moving.row(Moving.S0, "moved").phase()).isEqualTo(Phase.TARGET_ONLY);
        assertThat(moving.counter(Moving.LEGACY, "moved", 1)).isEqualTo(1);
        moving.write("moved", 1);
        assertThat(moving.counter(Moving.LEGACY, "moved", 1)).isEqualTo(1);
        assertThatThrownBy(() -> moving.enter(before).close()).isInstanceOf(SQLException.class);
        assertThat(moving.cutover().attempt(moving.transition(), "moved", Phase.SHADOW_READ))
                .isInstanceOf(CutoverOutcome.NotReady.class);
    }

    @Test
    @Guarantee("G12")
    void aStepOnThatDiedBetweenTheSidesIsFinished() throws Exception {
        moving.toShadowRead("moved, died");
        moving.forward("moved, died");
        moving.write("moved, died", 1);
        dieAt("target fenced", () -> moving.steps().targetOnly(moving.transition(), "moved, died"));
        assertThat(moving.row(Moving.LEGACY, "moved, died").state()).isEqualTo(FenceState.FOLLOWING);
        assertThat(moving.steps().finishTargetOnly(moving.transition(), "moved, died"))
                .isTrue();
        assertThat(moving.row(Moving.LEGACY, "moved, died").state()).isEqualTo(FenceState.MOVED);
        assertThat(moving.counter(Moving.LEGACY, "moved, died", 1)).isEqualTo(1);
    }

    @Test
    void aStepThatDoesNotBeginInTheTenantsPhaseIsNotMade() throws Exception {
        assertThat(moving.steps().targetOnly(moving.transition(), "wrong phase"))
                .isInstanceOf(NotStepped.class)
                .hasToString(
                        "step of tenant \"wrong phase\" from SOURCE_ONLY to TARGET_ONLY not made: this step begins in TARGET_PRIMARY");
        assertThat(moving.steps().sourceOnly(moving.transition(), "wrong phase"))
                .isInstanceOf(NotStepped.class);
        assertThat(moving.row(Moving.LEGACY, "wrong phase").epoch()).isEqualTo(1);
    }
}
