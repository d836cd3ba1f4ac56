package io.tenantshift.migration;

import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * A connection on which no answer is awaited for longer than a limit: a server's time-outs cannot wake a coordinator whose network is
 * gone. A connection that ran into the limit is broken, and what was being done on it is unknown.
 */
record BoundedConnection(Connection connection, int before) implements AutoCloseable {
    static BoundedConnection open(RouterServices services, String shard, Duration limit) throws SQLException {
        Connection connection = services.connect(shard);
        try {
            int before = connection.getNetworkTimeout();
            connection.setNetworkTimeout(Runnable::run, Math.toIntExact(limit.toMillis()));
            return new BoundedConnection(connection, before);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public void close() throws SQLException {
        try (connection) {
            if (!connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, before);
            }
        }
    }
}
