package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits until a source cannot forget any more what a snapshot of it saw. For one thread.
 *
 * <p>Without it:
 * <ol>
 *   <li>Transaction 100 is rolled back, or committed asynchronously. Nobody waits for its record to reach the disk.
 *   <li>The lane stores a position that sees everything up to 100.
 *   <li>The server crashes. The highest number in its log is 99.
 *   <li>A write of the application is given number 100, commits, is acknowledged. By the position it has been applied.
 * </ol>
 * An asynchronous commit that has been applied and is then lost leaves the target ahead of the source, the same way.
 */
final class DurableSource {
    private static final int LOOKS = 4;
    private static final long FIRST_PAUSE_NANOS = 250_000L;

    private final RouterServices services;
    private final String shard;

    DurableSource(RouterServices services, String shard) {
        this.services = services;
        this.shard = shard;
    }

    /**
     * Returns when it is so. On a busy server the commits of others do it; on an idle one, or under asynchronous commit, a transaction
     * of an own session does, which changes nothing.
     */
    void await(Connection source, SourceState state) throws SQLException {
        if (state.durable() || isFlushed(source, state)) {
            return;
        }
        long pause = FIRST_PAUSE_NANOS;
        for (int look = 1; look < LOOKS; look++, pause *= 2) {
            LockSupport.parkNanos(pause);
            if (isFlushed(source, state)) {
                return;
            }
        }
        flush();
    }

    private static boolean isFlushed(Connection source, SourceState state) throws SQLException {
        try (PreparedStatement select = source.prepareStatement("select pg_current_wal_flush_lsn() >= ?::pg_lsn")) {
            select.setString(1, state.written());
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** A commit waits for the log up to its own record, if it has written one before and is not asynchronous. */
    private void flush() throws SQLException {
        try (Connection own = services.connect(shard);
                Statement statement = own.createStatement()) {
            statement.execute(
                    "select set_config('synchronous_commit', 'local', true), pg_logical_emit_message(true, 'tenantshift', '')");
        }
    }
}
