package io.tenantshift.examples.shop;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;
import org.postgresql.copy.PGCopyOutputStream;

/** Fills an empty marketplace by {@code COPY}, as one does before there is a transition. */
final class Loader {
    private Loader() {}

    /** Loads all rows in one transaction, sets the sequences behind them, and returns how many rows there are. */
    static long load(Connection connection, Generator generator) throws SQLException, IOException {
        long rows = 0;
        connection.setAutoCommit(false);
        for (ShopTable table : ShopTable.values()) {
            String copy = "copy " + table.sqlName() + " (" + Generator.columns(table) + ") from stdin";
            try (Writer out = new BufferedWriter(
                    new OutputStreamWriter(
                            new PGCopyOutputStream(connection.unwrap(PGConnection.class), copy, 1 << 16),
                            StandardCharsets.UTF_8),
                    1 << 16)) {
                rows += generator.write(table, out);
            }
        }
        try (Statement statement = connection.createStatement()) {
            for (ShopTable table :
                    new ShopTable[] {ShopTable.CUSTOMERS, ShopTable.PRODUCTS, ShopTable.ORDERS, ShopTable.PAYMENTS}) {
                statement.execute("select setval(pg_get_serial_sequence('%1$s', 'id'), (select max(id) from %1$s))"
                        .formatted(table.sqlName()));
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement()) {
            statement.execute("vacuum analyze");
        }
        return rows;
    }
}
