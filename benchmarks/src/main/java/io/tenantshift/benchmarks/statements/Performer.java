package io.tenantshift.benchmarks.statements;

import com.sun.management.OperatingSystemMXBean;
import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.contender.Service;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.benchmarks.statements.Slice.Measured;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** A JVM in which one contender works, slice after slice, as it is told on standard input. */
final class Performer {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final Service service;
    private final List<String> tenants;

    private Performer(Service service, List<String> tenants) {
        this.service = service;
        this.tenants = tenants;
    }

    public static void main(String[] arguments) throws Exception {
        Site site = Site.parse(arguments[1]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Service service = Contender.valueOf(arguments[0]).open(site)) {
            Performer performer = new Performer(service, site.tenants());
            System.out.println("open");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(performer.perform(Slice.parse(line)).text());
            }
        }
    }

    private record Worked(Histogram latencies, long cpuNanos) {}

    private Measured perform(Slice slice) throws ExecutionException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(slice.threads());
        try {
            long cpu = SYSTEM.getProcessCpuTime();
            long start = System.nanoTime();
            long end = start + TimeUnit.MILLISECONDS.toNanos(slice.millis());
            List<Future<Worked>> working = new ArrayList<>();
            for (int i = 0; i < slice.threads(); i++) {
                String tenant = tenants.get(i);
                working.add(threads.submit(() -> work(slice, tenant, end)));
            }
            Histogram all = new Histogram(3);
            long workerCpu = 0;
            for (Future<Worked> each : working) {
                Worked worked = each.get();
                all.add(worked.latencies);
                workerCpu += worked.cpuNanos;
            }
            return new Measured(
                    all.getTotalCount(),
                    System.nanoTime() - start,
                    all.getValueAtPercentile(50),
                    all.getValueAtPercentile(99),
                    SYSTEM.getProcessCpuTime() - cpu,
                    workerCpu);
        } finally {
            threads.shutdown();
        }
    }

    /** As a service does: a scope and a connection for each piece of work. */
    private Worked work(Slice slice, String tenant, long end) throws Exception {
        var threads = ManagementFactory.getThreadMXBean();
        Histogram latencies = new Histogram(3);
        long cpu = threads.getCurrentThreadCpuTime();
        long from = System.nanoTime();
        for (long n = 0; from < end; n++) {
            try (AutoCloseable scope = service.enter(tenant)) {
                slice.workload().run(service.dataSource(), tenant, 1 + n % Site.ACCOUNTS);
            }
            long to = System.nanoTime();
            latencies.recordValue(to - from);
            from = to;
        }
        return new Worked(latencies, threads.getCurrentThreadCpuTime() - cpu);
    }
}
