package io.tenantshift.benchmarks.applying;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.ReleaseOutcome;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;

/** A JVM in which a lane does what standard input says, line by line, and says what it took. */
final class LanePerformer {
    /** And the last mark: applies what has been written; answers the nanoseconds. */
    static final String APPLY = "apply";

    /** And a tenant: releases him from quarantine; answers what became of that. */
    static final String RELEASE = "release";

    private LanePerformer() {}

    /** Arguments: the URLs of the two databases. */
    public static void main(String[] arguments) throws Exception {
        Pair pair = new Pair(arguments[0], arguments[1]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        open(pair).close();
        System.out.println("open");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] asked = line.split(" ");
            System.out.println(
                    asked[0].equals(RELEASE) ? release(pair, asked[1]) : apply(pair, Long.parseLong(asked[1])));
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

    private static ReleaseOutcome release(Pair pair, String tenant) throws SQLException {
        DualWrite dualWrite = new DualWrite();
        try (TenantShiftDataSource dataSource = dataSource(pair, dualWrite);
                DualWrite lanes = dualWrite) {
            return lanes.release(Pair.HOME, Pair.OTHER, tenant);
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
