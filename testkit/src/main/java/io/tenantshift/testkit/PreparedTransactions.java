package io.tenantshift.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prepared transactions survive their connection and keep their database from being dropped. */
final class PreparedTransactions {

    private PreparedTransactions() {}

    static void rollBackAll(Cluster cluster) throws SQLException {
        for (String name : cluster.names()) {
            try (Connection connection = cluster.server(name).superuserConnection(cluster.database(name))) {
                for (List<@Nullable String> row : Sql.query(
                        connection, "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")) {
                    Sql.execute(connection, "ROLLBACK PREPARED " + Sql.literal(String.valueOf(row.get(0))));
                }
            }
        }
    }
}
