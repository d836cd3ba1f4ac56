package io.tenantshift.benchmarks.applying;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;

/** A JVM in which a lane applies what has been written, each time it is told which mark is the last on standard input. */
final class LanePerformer {
    private LanePerformer() {}

    /** Arguments: the URLs of the two databases. */
    public static void main(String[] arguments) throws Exception {
        Pair pair = new Pair(arguments[0], arguments[1]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        open(pair).close();
        System.out.println("open");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(apply(pair, Long.parseLong(line)));
        }
    }

    private static long apply(Pair pair, long mark) throws SQLException {
        DualWrite dualWrite = new DualWrite();
        // The lane ends before its connections do.
        try (Connection other = pair.connectOther();
                TenantShiftDataSource dataSource = dataSource(pair, dualWrite);
                DualWrite lanes = dualWrite) {
            long from = System.nanoTime();
            lanes.start();
            Pair.awaitMark(other, mark);
            return System.nanoTime() - from;
        }
    }

    /** A DataSource whose lanes are open, not started. */
    private static TenantShiftDataSource open(Pair pair) throws SQLException {
        DualWrite dualWrite = new DualWrite();
        TenantShiftDataSource dataSource = dataSource(pair, dualWrite);
        dualWrite.openLanes(Lane.TRANSITION);
        return dataSource;
    }

    static TenantShiftDataSource dataSource(Pair pair, DualWrite dualWrite) throws SQLException {
        return TenantShiftDataSource.builder("bench")
                .shard(Pair.HOME, pair.home())
                .shard(Pair.OTHER, pair.other())
                .control(Pair.HOME)
                .shardMap(ShardMap.everyoneOn(1, Pair.HOME))
                .maximumPoolSize(10)
                .capture(dualWrite)
                .build();
    }
}
