package io.tenantshift.router;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** A service's threads, each of which works for all tenants in turn: one of them lives on the shard that is in trouble. */
final class MixedLoad implements AutoCloseable {
    private final DataSource source;
    private final String[] tenants;
    private final Runnable beforeTheEnd;
    private final ExecutorService executor;
    final AtomicLong others = new AtomicLong();
    final AtomicLong served = new AtomicLong();
    final AtomicLong refused = new AtomicLong();
    /** Threads that work for the troubled tenant now. */
    final AtomicInteger inside = new AtomicInteger();

    private final AtomicLongArray steps;
    final Queue<SQLException> refusals = new ConcurrentLinkedQueue<>();
    final Queue<SQLException> othersFailures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    /**
     * @param beforeTheEnd makes sure that threads that hang can end
     * @param tenants the first is the troubled one
     */
    MixedLoad(DataSource source, int threads, Runnable beforeTheEnd, String... tenants) {
        this.source = source;
        this.tenants = tenants;
        this.beforeTheEnd = beforeTheEnd;
        this.steps = new AtomicLongArray(threads);
        this.executor = Executors.newFixedThreadPool(threads);
        for (int i = 0; i < threads; i++) {
            int first = i;
            executor.execute(() -> work(first));
        }
    }

    private void work(int first) {
        for (int i = first; !stopped; i++) {
            String tenant = tenants[i % tenants.length];
            if (tenant.equals(tenants[0])) {
                workForTheTroubled();
                steps.incrementAndGet(first);
            } else {
                try {
                    read(tenant);
                    others.incrementAndGet();
                    steps.incrementAndGet(first);
                } catch (SQLException e) {
                    othersFailures.add(e);
                }
            }
        }
    }

    private void workForTheTroubled() {
        inside.incrementAndGet();
        try {
            read(tenants[0]);
            served.incrementAndGet();
        } catch (SQLException e) {
            refused.incrementAndGet();
            if (refusals.size() < 1000) {
                refusals.add(e);
            }
        } finally {
            inside.decrementAndGet();
        }
    }

    private void read(String tenant) throws SQLException {
        try (var scope = TenantContext.enter(tenant);
                Connection connection = source.getConnection();
                PreparedStatement select =
                        connection.prepareStatement("select count(*) from item where tenant_id = ?")) {
            select.setString(1, tenant);
            try (ResultSet row = select.executeQuery()) {
                row.next();
            }
        }
    }

    /** How much each thread has done. */
    long[] steps() {
        return IntStream.range(0, steps.length()).mapToLong(steps::get).toArray();
    }

    /** How many threads have done nothing since. */
    long stuckSince(long[] before) {
        return IntStream.range(0, before.length)
                .filter(thread -> steps.get(thread) == before[thread])
                .count();
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        beforeTheEnd.run();
        executor.shutdown();
        if (!executor.awaitTermination(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("threads still hang");
        }
    }
}
