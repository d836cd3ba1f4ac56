package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.migration.CutoverOutcome.Aborted;
import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The servers let a tenant's writers go, whatever the coordinator does. */
@TenantShiftCluster(shards = 1, ddl = Moving.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PauseBudgetIT {
    /** What a machine that is busy with other things may add to a time-out. */
    private static final Duration SLACK = Duration.ofSeconds(6);

    /** More than the usual one: what a hook does counts too, and so does what else such a machine does. */
    private static final Duration BUDGET = Duration.ofSeconds(2);

    private Moving moving;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        moving = new Moving(cluster);
        moving.settings = MigrationSettings.DEFAULT.withPauseBudget(BUDGET);
        for (String tenant : new String[] {"held", "prepared", "frozen", "many"}) {
            moving.withTenant(tenant);
        }
        moving.open();
    }

    @AfterAll
    void close() {
        moving.close();
    }

    @Test
    @Guarantee("G6")
    @Pitfall({6, 61})
    void aTransactionThatDoesNotEndMakesItAbortWithNothingChangedAndIsNamed() throws Exception {
        moving.toShadowRead("held");
        FenceRow source = moving.row(Moving.LEGACY, "held");
        FenceRow target = moving.row(Moving.S0, "held");
        Placement placement = moving.services.locate("held");
        Aborted outcome;
        try (Connection connection = moving.cluster.connect(placement.shard())) {
            try (var statement = connection.createStatement()) {
                statement.execute("set application_name = 'nightly report'");
            }
            connection.setAutoCommit(false);
            outcome = CutoverRaceTest.aborted(moving.cutover(entering(connection, placement, "select 1"))
                    .attempt(moving.transition(), "held", Phase.TARGET_PRIMARY));
            connection.rollback();
        }
        assertThat(outcome.step()).isEqualTo(3);
        assertThat(outcome.held()).isBetween(BUDGET.dividedBy(2), BUDGET.plus(SLACK));
        assertThat(outcome.holders()).singleElement().satisfies(who -> {
            assertThat(who.pid()).isPositive();
            assertThat(who.application()).isEqualTo("nightly report");
        });
        assertThat(outcome.toString())
                .contains("aborted in step 3")
                .contains("did not end within the pause budget of 2000 ms")
                .contains("of \"nightly report\", open for ")
                .endsWith("authority is where it was");
        assertThat(moving.row(Moving.LEGACY, "held")).isEqualTo(source);
        assertThat(moving.row(Moving.S0, "held")).isEqualTo(target);
        moving.forward("held");
    }

    /** Enters when the step has begun and its time runs, on a connection that is there already. */
    private static StepListener entering(Connection connection, Placement placement, String then) {
        return point -> {
            if (point.equals("before 3")) {
                try (var statement = connection.createStatement()) {
                    Moving.enter(connection, placement.tenant(), placement.epoch());
                    statement.execute(then);
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
            }
        };
    }

    @Test
    @Guarantee("G6")
    void aPreparedTransactionIsNamedToo() throws Exception {
        moving.toShadowRead("prepared");
        Placement placement = moving.services.locate("prepared");
        Aborted outcome;
        try (Connection connection = moving.cluster.connect(placement.shard())) {
            connection.setAutoCommit(false);
            outcome = CutoverRaceTest.aborted(
                    moving.cutover(entering(connection, placement, "prepare transaction 'ledger 7'"))
                            .attempt(moving.transition(), "prepared", Phase.TARGET_PRIMARY));
        }
        moving.cluster.execute(Moving.LEGACY, "rollback prepared 'ledger 7'");
        assertThat(outcome.holders()).singleElement().satisfies(who -> {
            assertThat(who.prepared()).isEqualTo("ledger 7");
            assertThat(who.toString()).startsWith("prepared transaction \"ledger 7\", open for ");
        });
        moving.forward("prepared");
    }

    @Test
    @Guarantee("G6")
    @Pitfall(61)
    void aCoordinatorThatFreezesUnderTheLockHoldsNobodyBeyondTheBudget() throws Exception {
        moving.toShadowRead("frozen");
        Checkpoints points = new Checkpoints(Duration.ofSeconds(30));
        Actor<CutoverOutcome> coordinator = Actor.call(
                "coordinator",
                () -> moving.cutover(point -> {
                            if (point.equals("after 4")) {
                                points.reach(point);
                            }
                        })
                        .attempt(moving.transition(), "frozen", Phase.TARGET_PRIMARY));
        points.awaitReached("after 4");
        long begin = System.nanoTime();
        moving.write("frozen", 1);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(BUDGET.plus(SLACK));
        assertThat(coordinator.isDone()).isFalse();
        points.release("after 4");
        CutoverRaceTest.aborted(coordinator.await());
        assertThat(moving.counter(Moving.LEGACY, "frozen", 1)).isEqualTo(1);
    }

    /**
     * Sessions behind the library's back share-lock the fence row one after the other, each for less than the budget: every wait is a
     * wait of its own to {@code lock_timeout}.
     */
    @Test
    @Guarantee("G6")
    @Pitfall(71)
    void waitsThatAreEachShorterThanTheBudgetDoNotAddUp() throws Exception {
        moving.toShadowRead("many");
        int number = 40;
        Checkpoints points = new Checkpoints(Duration.ofSeconds(30));
        List<Connection> lockers = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            Connection connection = moving.cluster.connect(Moving.LEGACY);
            connection.setAutoCommit(false);
            lockers.add(connection);
        }
        StepListener hook = point -> {
            if (point.equals("before 6")) {
                try {
                    for (Connection locker : lockers) {
                        try (var statement = locker.createStatement()) {
                            statement.execute("select from tenantshift.fence where tenant_id = 'many' for share");
                        }
                    }
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
                points.pass("locked");
            }
        };
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger released = new AtomicInteger();
        Actor<Boolean> releasing = Actor.run("releasing", () -> {
            points.awaitReached("locked");
            for (Connection locker : lockers) {
                if (!over.get()) {
                    LockSupport.parkNanos(BUDGET.dividedBy(4).toNanos());
                }
                locker.rollback();
                locker.close();
                released.incrementAndGet();
            }
        });
        long begin = System.nanoTime();
        Aborted outcome = CutoverRaceTest.aborted(
                moving.cutover(hook).attempt(moving.transition(), "many", Phase.TARGET_PRIMARY));
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .as("the server has ended the step, not only the client its wait: nobody had to wait for the lock")
                .isLessThan(BUDGET.plus(SLACK));
        assertThat(outcome.step()).isEqualTo(6);
        assertThat(outcome.held()).isLessThan(BUDGET.plus(SLACK));
        assertThat(released).as("all of them take longer than that").hasValueLessThan(number);
        over.set(true);
        releasing.await();
        moving.write("many", 1);
        assertThat(moving.counter(Moving.LEGACY, "many", 1)).isEqualTo(1);
    }
}
