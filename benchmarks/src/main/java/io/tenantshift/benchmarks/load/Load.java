package io.tenantshift.benchmarks.load;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Threads that do the same again and again, each for a tenant of its own. Stateless. */
public final class Load {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private Load() {}

    /** What is measured. */
    public interface Operation {
        /** Does it once, for the {@code n}th time. */
        void run(String tenant, long n) throws Exception;
    }

    private record Worked(Histogram latencies, Histogram flushes, long allFlushes, long cpuNanos) {}

    /** Works for so long. */
    public static Measured run(List<String> tenants, int threads, int millis, Operation operation)
            throws ExecutionException, InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            long cpu = SYSTEM.getProcessCpuTime();
            long start = System.nanoTime();
            long end = start + TimeUnit.MILLISECONDS.toNanos(millis);
            List<Future<Worked>> working = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                String tenant = tenants.get(i);
                working.add(pool.submit(() -> work(tenant, end, operation)));
            }
            Histogram all = new Histogram(3);
            long workerCpu = 0;
            long flushes = 0;
            Histogram perOperation = new Histogram(3);
            for (Future<Worked> each : working) {
                Worked worked = each.get();
                all.add(worked.latencies);
                workerCpu += worked.cpuNanos;
                flushes += worked.allFlushes;
                perOperation.add(worked.flushes);
            }
            return new Measured(
                    all.getTotalCount(),
                    System.nanoTime() - start,
                    all.getValueAtPercentile(50),
                    all.getValueAtPercentile(99),
                    SYSTEM.getProcessCpuTime() - cpu,
                    workerCpu,
                    flushes,
                    perOperation.getValueAtPercentile(50));
        } finally {
            pool.shutdown();
        }
    }

    private static Worked work(String tenant, long end, Operation operation) throws Exception {
        var threads = ManagementFactory.getThreadMXBean();
        Histogram latencies = new Histogram(3);
        long cpu = threads.getCurrentThreadCpuTime();
        Histogram perOperation = new Histogram(3);
        long flushesBefore = CountedSockets.flushes();
        long flushes = flushesBefore;
        long from = System.nanoTime();
        for (long n = 0; from < end; n++) {
            operation.run(tenant, n);
            long to = System.nanoTime();
            latencies.recordValue(to - from);
            long flushed = CountedSockets.flushes();
            perOperation.recordValue(flushed - flushes);
            flushes = flushed;
            from = to;
        }
        return new Worked(latencies, perOperation, flushes - flushesBefore, threads.getCurrentThreadCpuTime() - cpu);
    }
}
