package io.tenantshift.examples.shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;

/** The databases as the checks see them: by plain JDBC, not through the library. */
@FunctionalInterface
interface Shards {
    /** A new connection; whoever asks closes it. */
    Connection open(String shard) throws SQLException;

    /** Sees the row on which the result set stands. */
    @FunctionalInterface
    interface RowReader {
        void row(ResultSet row) throws SQLException;
    }

    /** Reads the rows of tenants on a shard; the text's only parameter is the array of their ids. */
    default void read(String shard, Collection<String> tenants, String sql, RowReader reader) throws SQLException {
        try (Connection connection = open(shard)) {
            connection.setAutoCommit(false); // or the driver takes all rows at once
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setFetchSize(5_000);
                select.setArray(1, connection.createArrayOf("text", tenants.toArray()));
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        reader.row(rows);
                    }
                }
            }
            connection.rollback();
        }
    }
}
