package io.tenantshift.benchmarks.startup;

import com.sun.management.OperatingSystemMXBean;
import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.contender.Service;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.benchmarks.contender.Workload;
import java.lang.management.ManagementFactory;
import java.sql.DriverManager;
import org.slf4j.LoggerFactory;

/**
 * A JVM in which one contender starts, asks its first query, ends, and does so once more with its classes loaded. Logging and the drivers
 * are there before the clock runs, as in a service.
 */
final class Starter {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private Starter() {}

    public static void main(String[] arguments) throws Exception {
        Contender contender = Contender.valueOf(arguments[0]);
        Site site = Site.parse(arguments[1]);
        String tenant = site.tenants().get(0);
        LoggerFactory.getLogger(Starter.class)
                .debug("drivers: {}", DriverManager.drivers().count());
        long cpu = SYSTEM.getProcessCpuTime();
        long cold = start(contender, site, tenant);
        cpu = SYSTEM.getProcessCpuTime() - cpu;
        System.out.println(cold + " " + cpu + " " + start(contender, site, tenant));
    }

    private static long start(Contender contender, Site site, String tenant) throws Exception {
        long from = System.nanoTime();
        try (Service service = contender.open(site);
                AutoCloseable scope = service.enter(tenant)) {
            Workload.POINT_SELECT.run(service.dataSource(), tenant, 1);
            return System.nanoTime() - from;
        }
    }
}
