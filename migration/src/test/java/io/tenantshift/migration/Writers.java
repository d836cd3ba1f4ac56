package io.tenantshift.migration;

import io.tenantshift.router.Placement;
import io.tenantshift.testkit.Actor;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that add to one tenant's counters, in all isolation levels, each with an idea of its own of where the tenant is that it gives up
 * only when it is refused; and a ledger of what was acknowledged. They know nothing of lanes and attempts.
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
    final Map<String, LongAdder> refused = new ConcurrentHashMap<>();

    Writers(Moving moving, String tenant, int number) {
        this.moving = moving;
        this.tenant = tenant;
        for (int i = 0; i < number; i++) {
            Random random = new Random(i);
            actors.add(Actor.run("writer-" + i, () -> write(random)));
        }
    }

    private void write(Random random) throws Exception {
        Map<String, Connection> sides = new HashMap<>();
        try {
            Placement placement = moving.services.locate(tenant);
            while (!stopped.get()) {
                Connection side = sides.get(placement.shard());
                if (side == null) {
                    side = moving.cluster.connect(placement.shard());
                    side.setAutoCommit(false);
                    sides.put(placement.shard(), side);
                }
                TreeSet<Integer> ids = new TreeSet<>();
                ids.add(1 + random.nextInt(Moving.COUNTERS));
                ids.add(1 + random.nextInt(Moving.COUNTERS));
                try {
                    side.setTransactionIsolation(LEVELS[random.nextInt(LEVELS.length)]);
                    Moving.enter(side, tenant, placement.epoch());
                    for (int id : ids) {
                        Moving.add(side, placement, id);
                    }
                    if (random.nextInt(20) == 0) {
                        side.rollback();
                        continue;
                    }
                    side.commit();
                    ids.forEach(ledger::incrementAndGet);
                    LockSupport.parkNanos(THINK_NANOS);
                    commits.increment();
                } catch (SQLException e) {
                    side.rollback();
                    String state = String.valueOf(e.getSQLState());
                    refused.computeIfAbsent(state, s -> new LongAdder()).increment();
                    switch (state) {
                        case "TS001" -> placement = moving.services.locate(tenant);
                        case "40001" -> {}
                        default -> throw e;
                    }
                }
            }
        } finally {
            for (Connection side : sides.values()) {
                side.close();
            }
        }
    }

    /** Waits until so many more transactions have been acknowledged: the proof that nobody is stuck. */
    void awaitCommits(long more) throws SQLException {
        long goal = commits.sum() + more;
        if (!Await.until(
                Deadline.after(Duration.ofSeconds(20)),
                () -> commits.sum() >= goal || actors.stream().anyMatch(Actor::isDone))) {
            throw new AssertionError("%d commits, %d awaited; refused %s".formatted(commits.sum(), goal, refused));
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
