package io.tenantshift.router.internal.jdbc;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Opens the physical connections of a pool, each with its {@link ShardConnection} around it. Safe for any thread. */
final class ShardConnections implements DataSource {
    /** Is told of each attempt, in the thread that makes it. */
    interface Watcher {
        void connected();

        void couldNotConnect(SQLException e);
    }

    /** Asks a connection to a replica, which was just opened, what it shows. */
    @FunctionalInterface
    interface Greeting {
        Replica.Birth greet(Connection opened) throws SQLException;
    }

    private final DataSource physical;
    private final Watcher watcher;
    private final @Nullable Greeting greeting;

    /** @param greeting null if they are connections to primaries */
    ShardConnections(DataSource physical, Watcher watcher, @Nullable Greeting greeting) {
        this.physical = physical;
        this.watcher = watcher;
        this.greeting = greeting;
    }

    @Override
    public Connection getConnection() throws SQLException {
        try {
            Connection opened = around(physical.getConnection());
            watcher.connected();
            return opened;
        } catch (SQLException e) {
            watcher.couldNotConnect(e);
            throw e;
        }
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        return around(physical.getConnection(username, password));
    }

    private Connection around(Connection opened) throws SQLException {
        try {
            return new ShardConnection(opened, greeting == null ? null : greeting.greet(opened));
        } catch (SQLException | RuntimeException e) {
            try {
                opened.close();
            } catch (SQLException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return physical.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        physical.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        physical.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return physical.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws java.sql.SQLFeatureNotSupportedException {
        return physical.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return physical.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return physical.isWrapperFor(type);
    }

    /** Without the URL, which may hold a password. */
    @Override
    public String toString() {
        return "ShardConnections";
    }
}
