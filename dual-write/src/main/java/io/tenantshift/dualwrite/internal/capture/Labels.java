package io.tenantshift.dualwrite.internal.capture;

import io.tenantshift.dualwrite.Layout;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.PreferQueryMode;

/** Says which names the server gives to the columns that a statement returns, where the text alone does not tell. Safe for any thread. */
@FunctionalInterface
interface Labels {
    /**
     * The labels of all columns in their order. The name of an expression depends on the text and on the server's version, not on the
     * tables: they may be kept with the text.
     *
     * @param layout of the table that the statement writes
     * @throws SQLException as the server refuses to prepare the statement, or if it cannot be asked
     */
    List<String> of(Layout layout, String sql) throws SQLException;

    /**
     * Asks over a connection that is closed afterwards. The statement is prepared and never executed. Its tables are looked for beside the
     * layout's: the connection's search path need not be that of the caller's session.
     */
    static List<String> ask(Connection connection, Layout layout, String sql) throws SQLException {
        if (connection.unwrap(PGConnection.class).getPreferQueryMode() == PreferQueryMode.SIMPLE) {
            throw new SQLException("preferQueryMode=simple has no way to ask for names", "0A000");
        }
        connection.setAutoCommit(false);
        try (PreparedStatement path = connection.prepareStatement(
                        "select set_config('search_path', concat_ws(', ', quote_ident(?),"
                                + " nullif(current_setting('search_path'), '')), true), set_config('transaction_read_only', 'on', true)");
                PreparedStatement asked = connection.prepareStatement(sql)) {
            path.setString(1, layout.schema());
            path.execute();
            ResultSetMetaData result = asked.getMetaData();
            List<String> labels = new ArrayList<>();
            for (int i = 1; result != null && i <= result.getColumnCount(); i++) {
                labels.add(result.getColumnLabel(i));
            }
            return labels;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }
}
