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
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * A JVM that runs lanes and writes, through the library and beside it, as another process would. Told how many commits of each kind, how many
 * after a rest, how many milliseconds of rest before idle lanes are watched and how many they are watched for, it answers p50 and p99 of each
 * kind, transactions and CPU.
 */
final class LatencyPerformer {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** Between two commits: the lane has nothing to do then. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Between two commits after a rest. */
    private static final int REST_MILLIS = 3_000;

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
                int[] asked =
                        Stream.of(line.split(" ")).mapToInt(Integer::parseInt).toArray();
                Histogram own = new Histogram(3);
                for (int i = 0; i < asked[0]; i++) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                    update(dataSource, ++value);
                    own.recordValue(untilThere(other, value));
                }
                Histogram others = new Histogram(3);
                for (int i = 0; i < asked[0]; i++) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                    updateElsewhere(home, ++value);
                    others.recordValue(untilThere(other, value));
                }
                Histogram afterRest = new Histogram(3);
                for (int i = 0; i < asked[1]; i++) {
                    TimeUnit.MILLISECONDS.sleep(REST_MILLIS + 37 * i);
                    updateElsewhere(home, ++value);
                    afterRest.recordValue(untilThere(other, value));
                }
                TimeUnit.MILLISECONDS.sleep(asked[2]);
                long before = transactions(home);
                long beforeOther = transactions(other);
                long cpu = SYSTEM.getProcessCpuTime();
                long from = System.nanoTime();
                TimeUnit.MILLISECONDS.sleep(asked[3]);
                double seconds = (System.nanoTime() - from) / 1e9;
                double millis = (SYSTEM.getProcessCpuTime() - cpu) / 1e6;
                System.out.println(String.format(
                        Locale.ROOT,
                        "%s %s %s %.1f %.1f %.2f",
                        percentiles(own),
                        percentiles(others),
                        percentiles(afterRest),
                        (transactions(home) - before) / seconds,
                        (transactions(other) - beforeOther) / seconds,
                        millis / seconds));
            }
        }
    }

    private static String percentiles(Histogram latencies) {
        return String.format(
                Locale.ROOT,
                "%.1f %.1f",
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3);
    }

    private static void update(TenantShiftDataSource dataSource, long value) throws SQLException {
        try (var scope = TenantContext.enter("tenant-0");
                Connection connection = dataSource.getConnection();
                PreparedStatement update = connection.prepareStatement(
                        "update account set amount = ? where tenant_id = 'tenant-0' and id = 1")) {
            update.setLong(1, value);
            update.executeUpdate();
        }
    }

    /** What the capture of another process would write; nobody wakes the lane. */
    private static void updateElsewhere(Connection home, long value) throws SQLException {
        Pair.execute(home, """
                begin;
                set local tenantshift.applier = 'on';
                with w as (update account set amount = %d where tenant_id = 'tenant-0' and id = 1
                           returning array[tenant_id, id::text, name, amount::text] as image)
                insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image)
                select 'tenant-0', 2, 'home->other', 1, 'U', image from w;
                commit""".formatted(value));
    }

    /** From when the commit has returned. */
    private static long untilThere(Connection other, long value) throws SQLException {
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
