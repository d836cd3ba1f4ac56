package io.tenantshift.shadowread;

import io.tenantshift.router.spi.ReadObserver.Parameters;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGStatement;

/**
 * A read that is run once more.
 *
 * @param rows the answer
 * @param forms the columns' forms
 */
record Repeat(Rows rows, List<ColumnForm> forms) {
    /** Rows fetched at a time, so that an answer that is too large is not read to its end. */
    private static final int FETCH_SIZE = 200;

    /**
     * Runs a text with the caller's parameters on a connection in a transaction. The values come as text from the server, never as binary
     * that the driver then writes in its own way.
     *
     * @param maximumRows the answer is cut off behind so many rows
     */
    static Repeat run(Connection connection, String sql, Parameters parameters, int maximumRows, long maximumCharacters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (statement.isWrapperFor(PGStatement.class)) {
                statement.unwrap(PGStatement.class).setPrepareThreshold(0);
            }
            statement.setFetchSize(FETCH_SIZE);
            parameters.bind(statement);
            RowBuffer buffer = new RowBuffer(maximumRows, maximumCharacters);
            try (ResultSet answer = statement.executeQuery()) {
                ResultSetMetaData columns = answer.getMetaData();
                buffer.readLabels(columns);
                boolean room = true;
                while (room && answer.next()) {
                    room = buffer.add(answer);
                }
                return new Repeat(buffer.rows(), forms(columns));
            }
        }
    }

    private static List<ColumnForm> forms(ResultSetMetaData columns) throws SQLException {
        List<ColumnForm> forms = new ArrayList<>();
        for (int column = 1; column <= columns.getColumnCount(); column++) {
            forms.add(ColumnForm.of(columns, column));
        }
        return forms;
    }
}
