package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.internal.lane.LaneId;
import io.tenantshift.dualwrite.internal.lane.StepListener;
import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.Connection;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What others ask a lane: is it drained, does it cover a snapshot, how far behind is it. */
abstract class PositionContract extends LaneContract {
    PositionContract(Cluster cluster, String source, String target) {
        super(cluster, source, target);
    }

    private boolean isDrained(DualWrite applier, String tenant) throws Exception {
        try (Connection authority = fixture.cluster.connect(fixture.source);
                Connection other = fixture.cluster.connect(fixture.target)) {
            return applier.isDrained(authority, other, fixture.lane(), tenant);
        }
    }

    private String snapshot() throws Exception {
        return String.valueOf(fixture.cluster
                .query(fixture.source, "select pg_current_snapshot()")
                .get(0)
                .get(0));
    }

    @Test
    @Guarantee("G1")
    void isDrainedSeesWhatIsOutsideThePositionAlsoInTheMiddleOfAWindow() throws Exception {
        for (String tenant : new String[] {"a", "b", "c"}) {
            fixture.tenant(tenant);
        }
        Checkpoints points = new Checkpoints();
        DualWrite applier = fixture.applier(LaneFixture.builder()
                .pieceEntries(1)
                .lease(Duration.ofSeconds(5))
                .listener(new StepListener() {
                    @Override
                    public void afterCommit(LaneId lane) {
                        if (lane.name().equals(fixture.lane())) {
                            points.reach("piece");
                        }
                    }
                }));
        assertThat(isDrained(applier, "a")).isTrue();
        for (String tenant : new String[] {"a", "b"}) {
            fixture.commit(
                    tenant, LaneFixture.PARENT, "insert into parent values ('%s', 1, 1, 1, null)".formatted(tenant));
        }
        String both = snapshot();
        assertThat(isDrained(applier, "a")).isFalse();
        assertThat(isDrained(applier, "c")).isTrue();
        assertThat(applier.backlog(fixture.source, fixture.target).entries()).isEqualTo(2);
        Placement a = new Placement("a", fixture.source, fixture.target, Phase.DUAL_WRITE, 2, fixture.lane());
        Placement b = new Placement("b", fixture.source, fixture.target, Phase.DUAL_WRITE, 2, fixture.lane());
        assertThat(applier.covers(a, both)).isFalse();

        applier.start();
        try {
            points.awaitReached("piece");
            assertThat(isDrained(applier, "a")).as("applied in the first piece").isTrue();
            assertThat(isDrained(applier, "b")).as("in the next piece").isFalse();
            assertThat(applier.covers(a, both)).isTrue();
            assertThat(applier.covers(b, both)).isFalse();
            Backlog backlog = applier.backlog(fixture.source, fixture.target);
            assertThat(backlog.entries()).isEqualTo(1);
            assertThat(backlog.oldestAge()).isPositive();
        } finally {
            points.openAll();
        }
        fixture.awaitApplied();
        assertThat(isDrained(applier, "b")).isTrue();
        assertThat(applier.covers(b, both)).isTrue();
        assertThat(applier.backlog(fixture.source, fixture.target)).isEqualTo(Backlog.NONE);
    }

    @Test
    void coversLooksOnlyAtWhatTheSnapshotSaw() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.applier(LaneFixture.builder());
        Placement a = new Placement("a", fixture.source, fixture.target, Phase.DUAL_WRITE, 2, fixture.lane());
        try (Connection open = fixture.enter("a")) {
            LaneFixture.write(open, LaneFixture.PARENT, "insert into parent values ('a', 1, 1, 1, null)");
            String before = snapshot();
            open.commit();
            assertThat(applier.covers(a, before)).isTrue();
        }
        assertThat(applier.covers(a, snapshot())).isFalse();
        assertThat(applier.covers(Placement.unguarded("a", fixture.source), snapshot()))
                .as("a tenant that is not moving has no other side")
                .isFalse();
    }

    @Test
    void anIdleLaneCoversNewSnapshotsWithoutWriting() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.start();
        Placement a = new Placement("a", fixture.source, fixture.target, Phase.DUAL_WRITE, 2, fixture.lane());
        fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 1, 1, 1, null)");
        fixture.awaitApplied();
        try (Connection busy = fixture.cluster.connect(fixture.source)) {
            busy.createStatement().execute("select pg_current_xact_id()");
        }
        String later = snapshot();
        Awaitility.await().until(() -> applier.covers(a, later));
        LaneStatus status = awaitState(applier, LaneStatus.State.RUNNING);
        assertThat(status.positionAge()).isLessThan(Duration.ofSeconds(5));
        assertThat(status.backlog()).isZero();
        assertThat(fixture.services
                        .meters()
                        .get("tenantshift.applier.entries")
                        .tag("lane", fixture.lane())
                        .counter()
                        .count())
                .isEqualTo(1);
        applier.close();
        assertThat(fixture.services.meters().getMeters()).isEmpty();
    }

    @Test
    void openingLanesTwiceKeepsThePosition() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.applier(LaneFixture.builder());
        fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 1, 1, 1, null)");
        applier.openLanes(fixture.transition);
        assertThat(isDrained(applier, "a")).isFalse();
    }
}
