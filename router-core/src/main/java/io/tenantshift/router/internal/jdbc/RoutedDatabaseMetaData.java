package io.tenantshift.router.internal.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;

/** The metadata of the shard that answers, which names the logical connection as its own. */
final class RoutedDatabaseMetaData extends ForwardingDatabaseMetaData {
    private final Connection connection;

    RoutedDatabaseMetaData(DatabaseMetaData physical, Connection connection) {
        super(physical);
        this.connection = connection;
    }

    @Override
    public Connection getConnection() {
        return connection;
    }
}
