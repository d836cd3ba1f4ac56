package io.tenantshift.shadowread;

import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A read-only transaction on a shard that ends in time: the server is told how long a statement may run and wait for locks, and the
 * driver's socket gives up a little later, should the server be gone. For one thread.
 */
final class ReadSession implements AutoCloseable {
    private final Connection connection;
    private final int networkTimeout;

    private ReadSession(Connection connection, int networkTimeout) {
        this.connection = connection;
        this.networkTimeout = networkTimeout;
    }

    static ReadSession open(RouterServices services, String shard, Settings settings) throws SQLException {
        Connection connection = services.connect(shard);
        try {
            ReadSession session = new ReadSession(connection, connection.getNetworkTimeout());
            connection.setNetworkTimeout(Runnable::run, settings.networkTimeoutMillis());
            connection.setAutoCommit(false);
            long millis = settings.candidateTimeout().toMillis();
            try (Statement statement = connection.createStatement()) {
                statement.execute("set transaction read only; " + FreshSession.SETTINGS
                        + "; set local statement_timeout = " + millis + "; set local lock_timeout = " + millis);
            }
            return session;
        } catch (SQLException | RuntimeException e) {
            try {
                connection.close();
            } catch (SQLException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    Connection connection() {
        return connection;
    }

    /** Rolls back and gives the connection back as it was. A connection that has broken is only closed. */
    @Override
    public void close() throws SQLException {
        try (connection) {
            if (!connection.isClosed()) {
                connection.rollback();
                connection.setAutoCommit(true);
                connection.setNetworkTimeout(Runnable::run, networkTimeout);
            }
        }
    }
}
