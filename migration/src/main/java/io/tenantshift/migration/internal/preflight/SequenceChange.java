package io.tenantshift.migration.internal.preflight;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Brings one sequence into a range. Stateless.
 *
 * <p>The sequence is locked before its value is read. Read first: <em>1. read 5, not in range, so restart; 2. another session draws 6
 * … 9 in range; 3. restart gives 6 again.</em> The lock queues in front of everybody who draws, so it is waited for in short pieces.
 */
public final class SequenceChange {
    private static final int ATTEMPTS = 25;
    private static final String LOCK_TIMEOUT = "200ms";
    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private SequenceChange() {}

    /** Whether the sequence is in the range and cannot leave it. */
    public static boolean isDone(Connection shard, FedColumn column, IdRange range) throws SQLException {
        FedColumn.Position position = FedColumn.Position.read(shard, column.sequence());
        return isBounded(column, range) && range.contains(position.lastValue());
    }

    private static boolean isBounded(FedColumn column, IdRange range) {
        return column.min() == range.min() && column.max() == range.max() && !column.cycles();
    }

    /** Does nothing if it {@link #isDone}; otherwise in a transaction of its own. */
    public static void apply(String shard, Connection connection, FedColumn column, IdRange range) throws SQLException {
        if (isDone(connection, column, range)) {
            return;
        }
        for (int attempt = 1; ; attempt++) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                change(statement, column, range);
                connection.commit();
                return;
            } catch (SQLException e) {
                connection.rollback();
                if (!LOCK_NOT_AVAILABLE.equals(e.getSQLState()) || attempt == ATTEMPTS) {
                    throw new SQLException(
                            "sequence %s on %s was not brought into the range %s, %d attempts of %s each; it is as it was: %s"
                                    .formatted(column.sequence(), shard, range, attempt, LOCK_TIMEOUT, e.getMessage()),
                            e.getSQLState(),
                            e);
                }
            } finally {
                connection.setAutoCommit(true);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static void change(Statement statement, FedColumn column, IdRange range) throws SQLException {
        statement.execute("set local lock_timeout = '" + LOCK_TIMEOUT + "'");
        statement.execute("alter sequence " + column.sequence() + " no cycle");
        FedColumn.Position position = FedColumn.Position.read(statement.getConnection(), column.sequence());
        boolean within =
                range.contains(position.lastValue()) && (position.isCalled() || position.lastValue() >= range.first());
        if (position.isCalled() && !within) {
            throw new SQLException("it has given %d, outside of the range".formatted(position.lastValue()), "TS030");
        }
        statement.execute("alter sequence %s minvalue %d maxvalue %d start with %d%s"
                .formatted(
                        column.sequence(),
                        range.min(),
                        range.max(),
                        range.first(),
                        within ? "" : " restart with " + range.first()));
    }
}
