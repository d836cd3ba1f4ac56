package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.dualwrite.internal.lane.LaneId;
import io.tenantshift.dualwrite.internal.lane.StepListener;
import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.Boundaries.Work;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Work at a boundary: chunks never lose to entries nor entries to chunks, and no work passes a change of authority. */
abstract class WorkContract extends LaneContract {
    WorkContract(Cluster cluster, String source, String target) {
        super(cluster, source, target);
    }

    private static <R> R await(CompletableFuture<R> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    private <R> CompletableFuture<R> submit(DualWrite applier, Work<R> work) {
        return applier.submit(fixture.source, fixture.target, work);
    }

    private void seedSource(int rows) throws SQLException {
        fixture.seed(
                fixture.source,
                "insert into parent select 'a', g, g, nextval('gv'), 'old' from generate_series(1, " + rows + ") g",
                "insert into child select 'a', g, g, nextval('gv') from generate_series(1, " + rows + ") g");
    }

    @Test
    @Guarantee("G3")
    @Pitfall({9, 10})
    void rowsThatChangeBetweenAChunksReadAndItsWriteEndAsTheSourceHasThem() throws Exception {
        fixture.tenant("a");
        seedSource(4);
        CopyWork.begin(fixture, "a");
        DualWrite applier = fixture.start();
        await(submit(applier, new CopyWork(fixture, "a", LaneFixture.PARENT, 100) {
            @Override
            void afterRead() throws SQLException {
                try (Connection connection = fixture.enter("a")) {
                    LaneFixture.write(connection, LaneFixture.CHILD, "delete from child where id in (1, 4)");
                    LaneFixture.write(connection, LaneFixture.PARENT, "delete from parent where id = 1");
                    LaneFixture.write(connection, LaneFixture.PARENT, "update parent set note = 'new' where id = 2");
                    LaneFixture.write(connection, LaneFixture.PARENT, "delete from parent where id = 4");
                    LaneFixture.write(
                            connection,
                            LaneFixture.PARENT,
                            "insert into parent values ('a', 4, 4, nextval('gv'), 'again')");
                    connection.commit();
                }
            }
        }));
        await(submit(applier, CopyWork.all(fixture, "a", LaneFixture.CHILD)));
        fixture.awaitApplied();
        assertSidesEqual();
        assertThat(fixture.cluster.query(fixture.target, "select id, note from parent order by id"))
                .isEqualTo(List.of(List.of("2", "new"), List.of("3", "old"), List.of("4", "again")));
    }

    @Test
    @Guarantee("G3")
    @Pitfall({11, 62})
    void entriesOfRowsThatAreNotCopiedYetWaitForTheirChunk() throws Exception {
        fixture.tenant("a");
        seedSource(6);
        CopyWork.begin(fixture, "a");
        DualWrite applier = fixture.start();
        fixture.commit(
                "a",
                LaneFixture.CHILD,
                "update child set v = nextval('gv') where id = 5",
                "delete from child where id = 6");
        fixture.awaitApplied();
        assertThat(fixture.rows(fixture.target, "child")).as("before any chunk").isEmpty();

        await(submit(applier, new CopyWork(fixture, "a", LaneFixture.PARENT, 3)));
        fixture.commit(
                "a",
                LaneFixture.PARENT,
                "update parent set note = 'beyond' where id = 5",
                "update parent set note = 'copied' where id = 2",
                "delete from parent where id = 6",
                "insert into parent values ('a', 7, 7, nextval('gv'), 'beyond')");
        fixture.commit("a", LaneFixture.CHILD, "insert into child values ('a', 9, 7, nextval('gv'))");
        fixture.awaitApplied();
        assertThat(fixture.cluster.query(fixture.target, "select id, note from parent order by id"))
                .as("the copied part follows, the rest waits")
                .isEqualTo(List.of(List.of("1", "old"), List.of("2", "copied"), List.of("3", "old")));

        await(submit(applier, CopyWork.all(fixture, "a", LaneFixture.PARENT)));
        await(submit(applier, CopyWork.all(fixture, "a", LaneFixture.CHILD)));
        fixture.commit("a", LaneFixture.CHILD, "update child set v = nextval('gv')");
        fixture.awaitApplied();
        assertSidesEqual();
        assertThat(applier.status()).allMatch(lane -> lane.stoppedReason() == null);
    }

    @Test
    void entriesFromBeforeTheCopysCaptureAreDropped() throws Exception {
        fixture.tenant("a");
        fixture.applier(LaneFixture.builder());
        fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 1, 1, nextval('gv'), 'void')");
        fixture.cluster.execute(
                fixture.target,
                "insert into tenantshift.copy (tenant_id, lane, epoch, status) values ('a', '%s', %d, 'complete')"
                        .formatted(fixture.lane(), LaneFixture.EPOCH + 1));
        fixture.start();
        fixture.awaitApplied();
        assertThat(fixture.rows(fixture.target, "parent")).isEmpty();
    }

    @Test
    @Guarantee("G2")
    @Pitfall({50, 78})
    void workReadBeforeACutoverDoesNotPassAfterTheRollback() throws Exception {
        fixture.tenant("a");
        for (String side : new String[] {fixture.source, fixture.target}) {
            fixture.seed(side, "insert into parent values ('a', 1, 1, 1, 'before')");
        }
        Checkpoints points = new Checkpoints();
        DualWrite applier = fixture.start(new StepListener() {
            @Override
            public void afterWindowRead(LaneId lane) {
                if (lane.name().equals(fixture.lane())) {
                    points.reach("snapshot taken");
                }
            }
        });
        // A repair: whatever the source's snapshot shows is written to the target.
        CompletableFuture<Integer> repair = submit(applier, new Repair());
        try {
            points.awaitReached("snapshot taken");
            fixture.fence(fixture.target, "a", FenceState.OPEN, LaneFixture.EPOCH + 1);
            for (String side : new String[] {fixture.target, fixture.source}) {
                fixture.seed(side, "update parent set note = 'acknowledged after the cutover'");
            }
            fixture.fence(fixture.source, "a", FenceState.OPEN, LaneFixture.EPOCH + 2);
            fixture.fence(fixture.target, "a", FenceState.FOLLOWING, LaneFixture.EPOCH + 2);
        } finally {
            points.openAll();
        }
        await(repair);
        assertThat(fixture.cluster.query(fixture.target, "select note from parent"))
                .isEqualTo(List.of(List.of("acknowledged after the cutover")));
    }

    /** The look that shows another epoch of the work's tenant also shows that his neighbour must wait: the piece is tried again without him. */
    @Test
    @Guarantee("G2")
    @Pitfall({50, 78})
    void workReadBeforeACutoverDoesNotPassBesideATenantWhoIsHeldBack() throws Exception {
        for (String tenant : new String[] {"a", "b", "c"}) {
            fixture.tenant(tenant);
        }
        for (String side : new String[] {fixture.source, fixture.target}) {
            fixture.seed(side, "insert into parent values ('a', 1, 1, 1, 'before')");
        }
        Checkpoints points = new Checkpoints();
        AtomicInteger looks = new AtomicInteger();
        DualWrite applier = fixture.start(new StepListener() {
            @Override
            public void afterWindowRead(LaneId lane) {
                if (lane.name().equals(fixture.lane())) {
                    points.reach("look " + looks.incrementAndGet());
                }
            }
        });
        fixture.commit("c", LaneFixture.LINK, "insert into link values ('c', 1, 1)");
        CompletableFuture<Integer> repair;
        try {
            points.awaitReached("look 1");
            fixture.commit("b", LaneFixture.LINK, "insert into link values ('b', 1, 1)");
            fixture.fence(fixture.target, "b", FenceState.OPEN, LaneFixture.EPOCH + 1);
            repair = submit(applier, new Repair());
            points.release("look 1");
            points.awaitReached("look 2");
            fixture.fence(fixture.target, "a", FenceState.OPEN, LaneFixture.EPOCH + 1);
            for (String side : new String[] {fixture.target, fixture.source}) {
                fixture.seed(side, "update parent set note = 'acknowledged after the cutover'");
            }
            fixture.fence(fixture.source, "a", FenceState.OPEN, LaneFixture.EPOCH + 2);
            fixture.fence(fixture.target, "a", FenceState.FOLLOWING, LaneFixture.EPOCH + 2);
        } finally {
            points.openAll();
        }
        await(repair);
        assertThat(fixture.cluster.query(fixture.target, "select note from parent"))
                .isEqualTo(List.of(List.of("acknowledged after the cutover")));
        awaitQuarantine(applier, "b");
    }

    @Test
    @Guarantee("G2")
    @Pitfall(50)
    void workIsRefusedWhereTheTargetDoesNotFollow() throws Exception {
        DualWrite applier = fixture.start();
        for (FenceState state :
                new FenceState[] {FenceState.OPEN, FenceState.READY, FenceState.ABSENT, FenceState.MOVED}) {
            fixture.tenant(state.text());
            fixture.fence(fixture.target, state.text(), state, LaneFixture.EPOCH + 1);
            CopyWork work = CopyWork.all(fixture, state.text(), LaneFixture.PARENT);
            assertThatThrownBy(() -> await(submit(applier, work)))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(BoundaryRefusedException.class)
                    .hasMessageContaining("it is " + state.text() + " 3")
                    .hasMessageContaining("expected following");
        }
    }

    @Test
    @Guarantee("G1")
    @Pitfall(68)
    void aChunkCountsOnlyIfItsSnapshotSeesTheCapture() throws Exception {
        fixture.tenant("a");
        seedSource(2);
        CopyWork.begin(fixture, "a");
        FenceRow captured = fixture.fence(fixture.source, "a");
        fixture.fence(
                fixture.source,
                new FenceRow("a", 1, FenceState.OPEN, Phase.SOURCE_ONLY, captured.lane(), UUID.randomUUID()));
        Checkpoints points = new Checkpoints();
        DualWrite applier = fixture.start(new StepListener() {
            @Override
            public void afterWindowRead(LaneId lane) {
                if (lane.name().equals(fixture.lane())) {
                    points.reach("snapshot taken");
                }
            }
        });
        CompletableFuture<Integer> early = submit(applier, CopyWork.all(fixture, "a", LaneFixture.PARENT));
        try {
            points.awaitReached("snapshot taken");
            // Entered before the capture began, so not in the journal; committed after the snapshot, so not in the
            // chunk.
            fixture.seed(fixture.source, "insert into parent values ('a', 3, 3, 0, 'between')");
            fixture.fence(fixture.source, captured);
        } finally {
            points.openAll();
        }
        assertThatThrownBy(() -> await(early))
                .cause()
                .isInstanceOf(BoundaryRefusedException.class)
                .hasMessageContaining("open 1 in phase SOURCE_ONLY");
        await(submit(applier, CopyWork.all(fixture, "a", LaneFixture.PARENT)));
        await(submit(applier, CopyWork.all(fixture, "a", LaneFixture.CHILD)));
        assertSidesEqual();
    }

    @Test
    @Guarantee("G5")
    void workThatFailsLeavesNothingAndHoldsUpNobody() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.applier(LaneFixture.builder());
        fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 1, 1, nextval('gv'), 'x')");
        applier.start();
        CompletableFuture<Integer> failing = submit(applier, new CopyWork(fixture, "a", LaneFixture.PARENT, 10) {
            @Override
            public Integer run(Connection source, Connection target) throws SQLException {
                target.createStatement().execute("insert into public.parent values ('a', 99, 99, 1, 'half done')");
                target.createStatement().execute("select 1 / 0");
                return 1;
            }
        });
        assertThatThrownBy(() -> await(failing)).cause().hasFieldOrPropertyWithValue("SQLState", "22012");
        CompletableFuture<Integer> dying = submit(applier, new CopyWork(fixture, "a", LaneFixture.PARENT, 10) {
            @Override
            public Integer run(Connection source, Connection target) throws SQLException {
                target.createStatement().execute("insert into public.parent values ('a', 98, 98, 1, 'half done')");
                throw new IllegalStateException("the work's own fault");
            }
        });
        assertThatThrownBy(() -> await(dying)).cause().hasMessage("the work's own fault");
        fixture.awaitApplied();
        assertSidesEqual();
    }

    @Test
    void workForALaneThatDoesNotRunHereIsRefused() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.start();
        CompletableFuture<Integer> nowhere =
                applier.submit("nowhere", fixture.target, CopyWork.all(fixture, "a", LaneFixture.PARENT));
        assertThatThrownBy(() -> await(nowhere))
                .cause()
                .isInstanceOf(BoundaryRefusedException.class)
                .hasMessageContaining("nowhere->" + fixture.target);
        applier.close();
        CompletableFuture<Integer> late = submit(applier, CopyWork.all(fixture, "a", LaneFixture.PARENT));
        assertThatThrownBy(() -> await(late)).cause().isInstanceOf(BoundaryRefusedException.class);
    }

    /** Writes the source's note over the target's. */
    private static final class Repair implements Work<Integer> {
        @Override
        public String tenant() {
            return "a";
        }

        @Override
        public long captureEpoch() {
            return LaneFixture.EPOCH;
        }

        @Override
        public Integer run(Connection source, Connection target) throws SQLException {
            String note;
            try (var row = source.createStatement().executeQuery("select note from public.parent")) {
                row.next();
                note = row.getString(1);
            }
            try (var update = target.prepareStatement("update public.parent set note = ?")) {
                update.setString(1, note);
                return update.executeUpdate();
            }
        }
    }
}
