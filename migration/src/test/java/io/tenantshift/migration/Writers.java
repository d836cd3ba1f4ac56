package io.tenantshift.migration;

import io.tenantshift.router.TenantContext;
import io.tenantshift.testkit.Actor;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients of an ordinary service: through the DataSource they add to one tenant's counters, in all isolation levels, and keep a ledger of
 * what was acknowledged. The only error that they expect is 40001, which every service retries that uses these levels.
 */
final class Writers implements AutoCloseable {
    private static final int[] LEVELS = {
        Connection.TRANSACTION_READ_COMMITTED,
        Connection.TRANSACTION_READ_COMMITTED,
        Connection.TRANSACTION_REPEATABLE_READ,
        Connection.TRANSACTION_SERIALIZABLE
    };

    /** So that eight clients do not write faster than one lane applies on two processors. */
    private static final long THINK_NANOS = 3_000_000;

    private final Moving moving;
    private final String tenant;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLongArray ledger = new AtomicLongArray(Moving.COUNTERS + 1);
    private final List<Actor<Boolean>> actors = new ArrayList<>();
    final LongAdder commits = new LongAdder();
    final LongAdder retried = new LongAdder();

    Writers(Moving moving, String tenant, int number) {
        this.moving = moving;
        this.tenant = tenant;
        for (int i = 0; i < number; i++) {
            Random random = new Random(i);
            actors.add(Actor.run("writer-" + i, () -> write(random)));
        }
    }

    private void write(Random random) throws Exception {
        while (!stopped.get()) {
            TreeSet<Integer> ids = new TreeSet<>();
            ids.add(1 + random.nextInt(Moving.COUNTERS));
            ids.add(1 + random.nextInt(Moving.COUNTERS));
            try (var scope = TenantContext.enter(tenant);
                    Connection connection = moving.dataSource.getConnection()) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(LEVELS[random.nextInt(LEVELS.length)]);
                try (PreparedStatement update =
                        connection.prepareStatement("update acc set n = n + 1 where tenant_id = ? and id = ?")) {
                    for (int id : ids) {
                        update.setString(1, tenant);
                        update.setInt(2, id);
                        if (update.executeUpdate() != 1) {
                            throw new AssertionError("counter %d of tenant \"%s\" is not there".formatted(id, tenant));
                        }
                    }
                    if (random.nextInt(20) == 0) {
                        connection.rollback();
                        continue;
                    }
                    connection.commit();
                } catch (SQLException e) {
                    connection.rollback();
                    if (!"40001".equals(e.getSQLState())) {
                        throw e;
                    }
                    retried.increment();
                    continue;
                }
            }
            ids.forEach(ledger::incrementAndGet);
            commits.increment();
            LockSupport.parkNanos(THINK_NANOS);
        }
    }

    /** Waits until so many more transactions have been acknowledged: the proof that nobody is stuck. */
    void awaitCommits(long more) throws SQLException {
        long goal = commits.sum() + more;
        if (!Await.until(
                Deadline.after(Duration.ofSeconds(20)),
                () -> commits.sum() >= goal || actors.stream().anyMatch(Actor::isDone))) {
            throw new AssertionError(
                    "%d commits, %d awaited; retried %d".formatted(commits.sum(), goal, retried.sum()));
        }
    }

    /** Ends the clients; fails if one of them had an error that a client may not see. */
    @Override
    public void close() throws Exception {
        stopped.set(true);
        for (Actor<Boolean> actor : actors) {
            actor.await();
        }
    }

    /** What each counter must be. */
    long[] expected() {
        long[] all = new long[Moving.COUNTERS];
        for (int id = 1; id <= Moving.COUNTERS; id++) {
            all[id - 1] = ledger.get(id);
        }
        return all;
    }

    static long[] found(Moving moving, String side, String tenant) throws SQLException {
        long[] all = new long[Moving.COUNTERS];
        for (int id = 1; id <= Moving.COUNTERS; id++) {
            all[id - 1] = moving.counter(side, tenant, id);
        }
        return all;
    }
}
