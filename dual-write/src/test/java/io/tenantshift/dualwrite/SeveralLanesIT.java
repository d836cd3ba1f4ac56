package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.dualwrite.ReleaseOutcome.Released;
import io.tenantshift.dualwrite.internal.lane.LaneId;
import io.tenantshift.dualwrite.internal.lane.StepListener;
import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tenants between the same two shards, in different lanes: what keeps the one lane up does not keep the other up. */
final class SeveralLanesIT extends LaneContract {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final String slow = fixture.tenantOfLane(1);
    private final String quick = fixture.tenantOfLane(0);

    SeveralLanesIT(Cluster cluster) {
        super(cluster, "legacy", "s0", 2);
    }

    @BeforeEach
    void tenants() throws SQLException {
        fixture.tenant(slow);
        fixture.tenant(quick);
    }

    private void insert(String tenant, int id) throws SQLException {
        fixture.commit(
                tenant,
                LaneFixture.PARENT,
                "insert into parent values ('%s', %2$d, %2$d, nextval('gv'), 'good')".formatted(tenant, id));
    }

    private boolean isDrained(DualWrite applier, String tenant) throws SQLException {
        try (Connection authority = fixture.cluster.connect(fixture.source);
                Connection other = fixture.cluster.connect(fixture.target)) {
            return applier.isDrained(authority, other, fixture.lane(tenant), tenant);
        }
    }

    private void awaitDrained(DualWrite applier, String tenant) {
        Awaitility.await(tenant + " is drained")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> isDrained(applier, tenant));
    }

    private long rows(String tenant) throws SQLException {
        return fixture.cluster.queryLong(
                fixture.target, "select count(*) from parent where tenant_id = '" + tenant + "'");
    }

    private Placement placement(String tenant) {
        return new Placement(
                tenant, fixture.source, fixture.target, Phase.DUAL_WRITE, LaneFixture.EPOCH, fixture.lane(tenant));
    }

    private String snapshot() throws SQLException {
        return String.valueOf(fixture.cluster
                .query(fixture.source, "select pg_current_snapshot()")
                .get(0)
                .get(0));
    }

    /** Nobody runs a lane until it is given back. */
    private void freeze(String tenant) throws SQLException {
        fixture.cluster.execute(
                fixture.target,
                "update tenantshift.lane set holder = 'nobody', expires = now() + interval '1 day' where lane = '%s'"
                        .formatted(fixture.lane(tenant)));
    }

    private void thaw(String tenant) throws SQLException {
        fixture.cluster.execute(
                fixture.target,
                "update tenantshift.lane set expires = null where lane = '%s'".formatted(fixture.lane(tenant)));
    }

    @Test
    @Guarantee({"G1", "G5"})
    void oneLaneStandsInItsStepAndTheOtherGoesOn() throws Exception {
        Checkpoints points = new Checkpoints(LONG);
        DualWrite applier = fixture.start(LaneFixture.builder().lease(LONG).listener(new StepListener() {
            @Override
            public void beforeCommit(LaneId lane) {
                if (lane.name().equals(fixture.lane(slow))) {
                    points.reach("slow");
                }
            }
        }));
        try {
            insert(slow, 1);
            points.awaitReached("slow");
            for (int id = 1; id <= 5; id++) {
                insert(quick, id);
            }
            insert(slow, 2);
            awaitDrained(applier, quick);
            assertThat(rows(quick)).isEqualTo(5);
            assertThat(rows(slow)).isZero();
            assertThat(isDrained(applier, slow)).isFalse();
            String now = snapshot();
            assertThat(applier.covers(placement(quick), now)).isTrue();
            assertThat(applier.covers(placement(slow), now)).isFalse();
            assertThat(applier.backlog("legacy", "s0", slow).entries()).isEqualTo(2);
            assertThat(applier.laneBacklog("legacy", "s0", quick).entries()).isZero();
            assertThat(applier.backlog("legacy", "s0").entries()).as("of both").isEqualTo(2);
        } finally {
            points.openAll();
        }
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    @Guarantee("G5")
    @Pitfall({8, 52})
    void quarantineIsOfOneLaneAndIsFoundWithoutNamingIt() throws Exception {
        fixture.cluster.execute(
                fixture.target,
                "alter table parent add constraint poison check (id <> 13 or tenant_id <> '" + slow + "')");
        DualWrite applier = fixture.start();
        insert(slow, 13);
        insert(slow, 14);
        insert(quick, 13);
        QuarantinedTenant held = awaitHeld(applier);
        assertThat(held.lane()).isEqualTo(fixture.lane(slow)).isNotEqualTo(fixture.lane(quick));
        assertThat(applier.quarantined("legacy", "s0")).containsExactly(held);
        assertThat(applier.quarantined("legacy", "s0", quick)).isEmpty();
        awaitDrained(applier, quick);
        assertThat(isDrained(applier, slow)).isFalse();
        assertThat(awaitState(applier, fixture.lane(quick), State.RUNNING).quarantined())
                .isZero();

        fixture.cluster.execute(fixture.target, "alter table parent drop constraint poison");
        assertThat(applier.release("legacy", "s0", slow)).isEqualTo(new Released(slow, 2));
        awaitDrained(applier, slow);
        assertSidesEqual();
    }

    private QuarantinedTenant awaitHeld(DualWrite applier) {
        return Awaitility.await("in quarantine")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> applier.quarantined("legacy", "s0", slow), java.util.Optional::isPresent)
                .orElseThrow();
    }

    /** Entries go into the slot whose time has just passed. */
    private DualWrite.Builder keepingThePast() throws SQLException {
        fixture.cluster.execute(
                "legacy",
                "do $$ begin execute 'alter table tenantshift.journal alter column slot set default ' || ((date_part('epoch', clock_timestamp())::bigint / 1800 + 3) % 4); end $$");
        return LaneFixture.builder()
                .lease(Duration.ofMillis(600))
                .retention(Duration.ZERO)
                .keepEvery(Duration.ofMillis(5));
    }

    private void awaitEntries(long expected) {
        Awaitility.await(expected + " entries are left")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(() ->
                        fixture.cluster.queryLong("legacy", "select count(*) from tenantshift.journal") == expected);
    }

    @Test
    @Guarantee("G1")
    @Pitfall(29)
    void slotWaitsForTheSlowestLane() throws Exception {
        DualWrite applier = fixture.applier(keepingThePast());
        freeze(slow);
        applier.start();
        insert(quick, 1);
        insert(slow, 1);
        awaitDrained(applier, quick);
        Awaitility.await("the slow lane is named")
                .atMost(LONG)
                .until(() -> applier.journals().stream()
                        .anyMatch(journal -> String.valueOf(journal.blockedBy()).contains(fixture.lane(slow))));
        assertThat(fixture.cluster.queryLong("legacy", "select count(*) from tenantshift.journal"))
                .isEqualTo(2);
        thaw(slow);
        awaitEntries(0);
        assertSidesEqual();
    }

    /** A lane without an entry in a slot has nothing to lose there, and must not be told later that it has a gap. */
    @Test
    @Guarantee({"G1", "G3"})
    @Pitfall(29)
    void slotsThatAreEmptiedBehindABusyLaneAreNoGapToAnIdleOne() throws Exception {
        DualWrite applier = fixture.start(keepingThePast());
        for (int id = 1; id <= 3; id++) {
            insert(quick, id);
            awaitEntries(0);
        }
        insert(slow, 1);
        awaitEntries(0);
        awaitState(applier, fixture.lane(slow), State.RUNNING);
        assertSidesEqual();
    }

    /** The look of an idle lane begins where the last one ended: it does not read the busy lane's entries each time. */
    @Test
    @Guarantee("G3")
    void idleLaneGoesAlongAndMissesNothingThatWasInProgressWhenItPassed() throws Exception {
        DualWrite applier = fixture.start(LaneFixture.builder().lease(Duration.ofMillis(600)));
        try (Connection early = fixture.enter(slow)) {
            LaneFixture.write(
                    early, LaneFixture.PARENT, "insert into parent values ('%s', 1, 1, 1, null)".formatted(slow));
            for (int id = 1; id <= 3; id++) {
                insert(quick, id);
            }
            String passed = snapshot();
            long last = Long.parseLong(passed.split(":", -1)[1]);
            Awaitility.await("the idle lane's position has gone along")
                    .atMost(LONG)
                    .until(() -> fixture.cluster.queryLong(
                                    "s0",
                                    "select pg_snapshot_xmax(applied)::text::bigint from tenantshift.lane where lane = '%s'"
                                            .formatted(fixture.lane(slow)))
                            >= last);
            early.commit();
        }
        fixture.awaitApplied();
        awaitDrained(applier, slow);
        assertSidesEqual();
    }

    @Test
    @Guarantee("G1")
    void workOfATenantWhoseEntriesAreInAnotherLaneIsRefused() throws Exception {
        FenceRow row = fixture.fence("legacy", slow);
        fixture.fence(
                "legacy",
                new FenceRow(slow, row.epoch(), row.state(), row.phase(), fixture.lane(quick), UUID.randomUUID()));
        CopyWork.begin(fixture, slow);
        DualWrite applier = fixture.start();
        assertThatThrownBy(() -> applier.submit("legacy", "s0", CopyWork.all(fixture, slow, LaneFixture.PARENT))
                        .get(20, TimeUnit.SECONDS))
                .hasMessageContaining("in another lane");
        CopyWork.begin(fixture, quick);
        assertThat(applier.submit("legacy", "s0", CopyWork.all(fixture, quick, LaneFixture.PARENT))
                        .get(20, TimeUnit.SECONDS))
                .isZero();
    }
}
