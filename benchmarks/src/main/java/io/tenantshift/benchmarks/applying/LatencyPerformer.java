package io.tenantshift.benchmarks.applying;

import com.sun.management.OperatingSystemMXBean;
import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** A JVM that writes through the library and runs its lanes. Told "commits millis", it answers p50, p99, transactions and CPU. */
final class LatencyPerformer {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** Between two commits: the lane has nothing to do then. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private LatencyPerformer() {}

    /** Arguments: the URLs of the two databases. */
    public static void main(String[] arguments) throws Exception {
        Pair pair = new Pair(arguments[0], arguments[1]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        DualWrite dualWrite = new DualWrite();
        try (TenantShiftDataSource dataSource = LanePerformer.dataSource(pair, dualWrite);
                DualWrite lanes = dualWrite;
                Connection home = pair.connectHome();
                Connection other = pair.connectOther()) {
            lanes.openLanes(Lane.TRANSITION);
            lanes.start();
            System.out.println("open");
            long value = 0;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] asked = line.split(" ");
                Histogram latencies = new Histogram(3);
                for (int i = 0; i < Integer.parseInt(asked[0]); i++) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                    latencies.recordValue(latency(dataSource, other, ++value));
                }
                TimeUnit.SECONDS.sleep(2); // What counts transactions hears of them late.
                long before = transactions(home);
                long cpu = SYSTEM.getProcessCpuTime();
                long from = System.nanoTime();
                TimeUnit.MILLISECONDS.sleep(Integer.parseInt(asked[1]));
                double seconds = (System.nanoTime() - from) / 1e9;
                double millis = (SYSTEM.getProcessCpuTime() - cpu) / 1e6;
                System.out.println(String.format(
                        Locale.ROOT,
                        "%.1f %.1f %.1f %.2f",
                        latencies.getValueAtPercentile(50) / 1e3,
                        latencies.getValueAtPercentile(99) / 1e3,
                        (transactions(home) - before) / seconds,
                        millis / seconds));
            }
        }
    }

    /** From when the commit has returned. */
    private static long latency(TenantShiftDataSource dataSource, Connection other, long value) throws SQLException {
        try (var scope = TenantContext.enter("tenant-0");
                Connection connection = dataSource.getConnection();
                PreparedStatement update = connection.prepareStatement(
                        "update account set amount = ? where tenant_id = 'tenant-0' and id = 1")) {
            update.setLong(1, value);
            update.executeUpdate();
        }
        long from = System.nanoTime();
        try (PreparedStatement select =
                other.prepareStatement("select amount from account where tenant_id = 'tenant-0' and id = 1")) {
            while (true) {
                try (ResultSet row = select.executeQuery()) {
                    row.next();
                    if (row.getLong(1) == value) {
                        return System.nanoTime() - from;
                    }
                }
            }
        }
    }

    private static long transactions(Connection side) throws SQLException {
        try (PreparedStatement select = side.prepareStatement(
                        "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()");
                ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
