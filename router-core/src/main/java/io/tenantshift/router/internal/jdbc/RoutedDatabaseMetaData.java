package io.tenantshift.router.internal.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The metadata of whichever shard the connection is bound to when it is asked, which names the logical connection as its own. Asking
 * binds the connection if nothing has: to the tenant's shard, or without a tenant to the legacy or control shard, for shards have one
 * schema.
 */
final class RoutedDatabaseMetaData extends ForwardingDatabaseMetaData {
    private final RoutedConnection connection;

    RoutedDatabaseMetaData(RoutedConnection connection) {
        this.connection = connection;
    }

    @Override
    DatabaseMetaData delegate() throws SQLException {
        return connection.onPhysical().getMetaData();
    }

    @Override
    DatabaseMetaData driver() {
        try {
            return delegate();
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    ResultSet shown(ResultSet result) throws SQLException {
        return connection.around(result);
    }

    @Override
    public Connection getConnection() {
        return connection;
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : delegate().unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || delegate().isWrapperFor(type);
    }
}
