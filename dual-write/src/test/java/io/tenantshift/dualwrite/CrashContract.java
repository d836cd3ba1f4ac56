package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.dualwrite.internal.lane.LaneId;
import io.tenantshift.dualwrite.internal.lane.StepListener;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Appliers that die, freeze, lose their server, and come back: every entry is applied exactly once. */
abstract class CrashContract extends LaneContract {
    CrashContract(Cluster cluster, String source, String target) {
        super(cluster, source, target);
    }

    private static final Duration SHORT = Duration.ofMillis(500);

    private static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Dies at the nth time that a point is passed, and stays dead. */
    private final class DiesAt implements StepListener {
        final CountDownLatch dead = new CountDownLatch(1);
        private final String point;
        private final AtomicInteger left;

        DiesAt(String point, int time) {
            this.point = point;
            this.left = new AtomicInteger(time);
        }

        @Override
        public void afterWindowRead(LaneId lane) {
            at("read", lane);
        }

        @Override
        public void beforeCommit(LaneId lane) {
            at("before commit", lane);
        }

        @Override
        public void afterCommit(LaneId lane) {
            at("after commit", lane);
        }

        private void at(String reached, LaneId lane) {
            if (!lane.name().equals(fixture.lane())) {
                return;
            }
            if (dead.getCount() == 0 || (reached.equals(point) && left.decrementAndGet() <= 0)) {
                dead.countDown();
                throw new Crash();
            }
        }
    }

    private void writeTransactions(int count) throws Exception {
        for (int i = 1; i <= count; i++) {
            fixture.commit(
                    "a",
                    LaneFixture.PARENT,
                    "insert into parent values ('a', %1$d, %1$d, nextval('gv'), 'x') on conflict (tenant_id, id) do update set v = excluded.v"
                            .formatted(1 + i % 5),
                    "update parent set v = nextval('gv') where id = " + (1 + i % 5));
        }
    }

    @ParameterizedTest
    @CsvSource({"read, 1", "before commit, 1", "after commit, 1", "before commit, 3", "after commit, 3"})
    @Guarantee({"G1", "G12"})
    void afterACrashAnotherApplierGoesOnWhereThePositionIs(String point, int time) throws Exception {
        fixture.tenant("a");
        DiesAt crash = new DiesAt(point, time);
        DualWrite first = fixture.applier(LaneFixture.builder().pieceEntries(4).listener(crash));
        writeTransactions(10);
        first.start();
        assertThat(crash.dead.await(60, TimeUnit.SECONDS)).isTrue();
        first.close();
        boolean midWindow = fixture.cluster.queryLong(
                        fixture.target,
                        "select count(*) from tenantshift.lane where next is not null and lane = '" + fixture.lane()
                                + "'")
                > 0;
        assertThat(midWindow)
                .as("the crash came between two pieces")
                .isEqualTo(time == 3 || point.equals("after commit"));
        long appliedByFirst = fixture.cluster.queryLong(fixture.target, "select count(*) from audit");

        writeTransactions(3);
        fixture.applier(LaneFixture.builder().pieceEntries(6)).start();
        fixture.awaitApplied();
        assertThat(appliedByFirst).isLessThan(20);
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    @Guarantee({"G2", "G12"})
    void anApplierThatFrozeAppliesNothingOnceAnotherHasTheLease() throws Exception {
        fixture.tenant("a");
        Checkpoints points = new Checkpoints();
        DualWrite frozen = fixture.start(LaneFixture.builder().lease(SHORT).listener(new StepListener() {
            @Override
            public void afterCommit(LaneId lane) {
                if (lane.name().equals(fixture.lane())) {
                    points.reach("frozen");
                }
            }
        }));
        DualWrite second = fixture.applier(LaneFixture.builder());
        try {
            writeTransactions(1);
            points.awaitReached("frozen");
            second.start();
            awaitState(second, State.RUNNING);
            writeTransactions(5);
            fixture.awaitApplied();
            // The second one steps aside without giving the lease back: what the first does now, it does alone.
            second.close();
            fixture.cluster.execute(
                    fixture.target,
                    "update tenantshift.lane set expires = now() + interval '1 hour', holder = 'second'");
            writeTransactions(1);
        } finally {
            points.openAll();
        }
        awaitState(frozen, State.WAITING_FOR_LEASE);
        assertThat(fixture.outside()).isEqualTo(2);

        fixture.cluster.execute(fixture.target, "update tenantshift.lane set expires = null");
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    void twoInstancesShareTheLanesAndOneTakesOverWhenTheOtherEnds() throws Exception {
        fixture.tenant("a");
        DualWrite first = fixture.start();
        awaitState(first, State.RUNNING);
        DualWrite second = fixture.start();
        writeTransactions(2);
        fixture.awaitApplied();
        awaitState(second, State.WAITING_FOR_LEASE);
        first.close();
        awaitState(second, State.RUNNING);
        writeTransactions(2);
        fixture.awaitApplied();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    @Guarantee({"G1", "G12"})
    void lostConnectionsOnEitherSideAreReplacedAndNothingIsAppliedTwice() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.start();
        for (int i = 0; i < 6; i++) {
            writeTransactions(5);
            fixture.cluster.execute(
                    i % 2 == 0 ? fixture.target : fixture.source,
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        }
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
        assertThat(awaitState(applier, State.RUNNING).stoppedReason()).isNull();
    }

    @Test
    void anIdleLaneKeepsItsLease() throws Exception {
        fixture.tenant("a");
        awaitState(
                fixture.start(LaneFixture.builder()
                        .lease(Duration.ofSeconds(4))
                        .poll(Duration.ofHours(1), Duration.ofHours(1))),
                State.RUNNING);
        String lease = lease();
        DualWrite other = fixture.start();
        for (int renewals = 0; renewals < 2; renewals++) {
            String before = lease();
            Awaitility.await().until(this::lease, now -> !now.equals(before));
        }
        assertThat(token(lease())).isEqualTo(token(lease));
        assertThat(awaitState(other, State.WAITING_FOR_LEASE).positionAge()).isNull();
    }

    @Test
    void aLaneThatLooksSeldomIsWokenByWhatItsOwnProcessCommits() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.start(
                LaneFixture.builder().lease(Duration.ofMinutes(10)).poll(Duration.ofHours(1), Duration.ofHours(1)));
        awaitState(applier, State.RUNNING);
        writeTransactions(1);
        applier.committed(fixture.placement("a"));
        fixture.awaitApplied();
        writeTransactions(1);
        applier.wake(fixture.lane());
        fixture.awaitApplied();
        assertEachEntryAppliedOnceInOrder();
    }

    private String lease() throws Exception {
        return String.valueOf(fixture.cluster
                .query(
                        fixture.target,
                        "select token || ' until ' || expires from tenantshift.lane where lane = '" + fixture.lane()
                                + "'")
                .get(0)
                .get(0));
    }

    private static String token(String lease) {
        return lease.substring(0, lease.indexOf(' '));
    }
}
