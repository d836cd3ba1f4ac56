package io.tenantshift.migration;

import io.tenantshift.router.fence.FenceRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Changes a fence row on the side without authority by one string in one flush: begin, time-outs, lock, compare-and-set, commit. What
 * the row must be and what it becomes are parameters that were read before; nothing is read inside. A coordinator that dies or freezes
 * leaves the string done or not done, never an open transaction. Stateless.
 */
final class OtherSide {
    private static final String BEGIN = """
            begin;
            select set_config('lock_timeout', ?, true), set_config('statement_timeout', ?, true),
                   set_config('idle_in_transaction_session_timeout', ?, true), set_config('synchronous_commit', 'remote_apply', true);
            """;

    private static final String LOCK = "select pg_advisory_xact_lock(tenantshift.lock_key(?));\n";

    private static final String SET = """
            update tenantshift.fence set epoch = ?, state = ?, phase = ?, lane = ?, attempt = ?, since = now()
            where tenant_id = ? and epoch = ? and state = ? and attempt = ?;
            commit""";

    private OtherSide() {}

    /** Takes the tenant's exclusive lock, so that whoever holds it shared has ended, and then changes the row; false if it is not as expected. */
    static boolean lockAndSet(Connection side, FenceRow expected, FenceRow next, Deadline deadline)
            throws SQLException {
        return run(side, BEGIN + LOCK + SET, expected, next, deadline, true);
    }

    /** Changes the row without the lock: enough where nobody may write, out of {@code ready}. */
    static boolean set(Connection side, FenceRow expected, FenceRow next, Deadline deadline) throws SQLException {
        return run(side, BEGIN + SET, expected, next, deadline, false);
    }

    private static boolean run(
            Connection side, String sql, FenceRow expected, FenceRow next, Deadline deadline, boolean locked)
            throws SQLException {
        try (PreparedStatement string = side.prepareStatement(sql)) {
            int i = 1;
            String millis = Long.toString(deadline.remainingMillis());
            string.setString(i++, millis);
            string.setString(i++, millis);
            string.setString(i++, millis);
            if (locked) {
                string.setString(i++, expected.tenant());
            }
            string.setLong(i++, next.epoch());
            string.setString(i++, next.state().text());
            string.setString(i++, next.phase().name());
            string.setString(i++, next.lane());
            string.setObject(i++, next.attempt());
            string.setString(i++, expected.tenant());
            string.setLong(i++, expected.epoch());
            string.setString(i++, expected.state().text());
            string.setObject(i, expected.attempt());
            string.execute();
            // By position: begin, the time-outs, perhaps the lock, then the update.
            for (int skipped = locked ? 3 : 2; skipped > 0; skipped--) {
                string.getMoreResults();
            }
            return string.getUpdateCount() == 1;
        } catch (SQLException e) {
            rollback(side, e);
            throw e;
        }
    }

    private static void rollback(Connection side, SQLException failure) {
        try (Statement statement = side.createStatement()) {
            statement.execute("rollback");
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }
}
