package io.tenantshift.router.internal;

import io.tenantshift.router.control.ControlStore;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * One connection to the control database, kept open, on which publications are told. It is none of a pool's: it is held as long as the
 * router lives. For one thread; {@link #abort} for any.
 *
 * <p>That nothing is told proves nothing: behind a pooler that gives each transaction another server connection, on a standby, or with
 * another driver, nothing ever is. So who waits here also looks.
 */
final class TopologyLine implements AutoCloseable {
    /** A control database that is silent for longer is taken for gone, and the connection is closed. */
    static final int ANSWER_WITHIN_MILLIS = 5_000;

    private final Connection connection;
    private final @Nullable PGConnection ear;
    private final ControlStore store;
    private boolean installed;

    private TopologyLine(Connection connection, @Nullable PGConnection ear) {
        this.connection = connection;
        this.ear = ear;
        this.store = ControlStore.on(connection);
    }

    static TopologyLine open(ControlStore.Connector connector) throws SQLException {
        Connection connection = connector.connect();
        try {
            connection.setNetworkTimeout(Runnable::run, ANSWER_WITHIN_MILLIS);
            return new TopologyLine(connection, listening(connection));
        } catch (SQLException | RuntimeException e) {
            try {
                connection.close();
            } catch (SQLException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static @Nullable PGConnection listening(Connection connection) throws SQLException {
        if (!connection.isWrapperFor(PGConnection.class)) {
            return null;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("listen " + ControlStore.CHANNEL);
            return connection.unwrap(PGConnection.class);
        } catch (SQLException e) {
            if (String.valueOf(e.getSQLState()).startsWith("08")) {
                throw e;
            }
            // A standby does not let anybody listen.
            return null;
        }
    }

    /** Work on this connection. */
    ControlStore store() {
        return store;
    }

    /** Whether anything is told at all, as far as one can know. */
    boolean hears() {
        return ear != null;
    }

    /** The topology's version; 0 where the schema is not installed. One round trip. */
    long version() throws SQLException {
        // Waiting has a limit of its own, and the driver does not say that it puts this one back.
        connection.setNetworkTimeout(Runnable::run, ANSWER_WITHIN_MILLIS);
        try (Statement statement = connection.createStatement()) {
            if (!installed) {
                installed = queryLong(
                                statement,
                                "select case when to_regclass('tenantshift.topology') is null then 0 else 1 end")
                        == 1;
            }
            return installed ? queryLong(statement, "select version from tenantshift.topology") : 0;
        } catch (SQLException e) {
            installed = false;
            throw e;
        }
    }

    private static long queryLong(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /** Waits until something is told, at most so long; for {@link #hears} only. */
    void await(int millis) throws SQLException {
        PGConnection listening = ear;
        if (listening != null) {
            PGNotification[] told = listening.getNotifications(millis);
            if (told == null && connection.isClosed()) {
                throw new SQLException("the connection to the control database has been closed", "08006");
            }
        }
    }

    /** Ends whatever the connection is used for now. */
    void abort() throws SQLException {
        connection.abort(Runnable::run);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
