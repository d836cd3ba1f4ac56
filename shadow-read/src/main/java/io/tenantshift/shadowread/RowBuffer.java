package io.tenantshift.shadowread;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGResultSetMetaData;
import org.postgresql.core.Field;

/**
 * Collects rows as text up to a number of rows and of characters. For one thread. A value that is larger than the bound is read once
 * before it is let go: JDBC does not tell a value's size beforehand.
 */
final class RowBuffer {
    private final int maximumRows;
    private final long maximumCharacters;
    private List<String> labels = List.of();
    private List<List<@Nullable String>> values = new ArrayList<>();
    private long characters;
    private final BitSet binary = new BitSet();
    private boolean full;

    RowBuffer(int maximumRows, long maximumCharacters) {
        this.maximumRows = maximumRows;
        this.maximumCharacters = maximumCharacters;
    }

    /** Adds the row on which the result set stands; false, and nothing is kept from then on, if it passes a bound. */
    boolean add(ResultSet current) throws SQLException {
        if (full || values.size() == maximumRows) {
            full = true;
            return false;
        }
        if (labels.isEmpty()) {
            readLabels(current.getMetaData());
        }
        @Nullable String[] row = new @Nullable String[labels.size()];
        for (int column = 0; column < row.length; column++) {
            String value = text(current, column);
            row[column] = value;
            characters += value == null ? 0 : value.length();
            if (characters > maximumCharacters) {
                full = true;
                return false;
            }
        }
        values.add(Arrays.asList(row));
        return true;
    }

    /** Costs no round trip: types are asked for only where they came as binary, and those the driver knows. */
    void readLabels(ResultSetMetaData columns) throws SQLException {
        List<String> found = new ArrayList<>();
        for (int column = 1; column <= columns.getColumnCount(); column++) {
            found.add(columns.getColumnLabel(column));
            binary.set(
                    column - 1,
                    columns instanceof PGResultSetMetaData formats
                            && formats.getFormat(column) == Field.BINARY_FORMAT
                            && columns.getColumnType(column) == Types.BINARY);
        }
        labels = found;
    }

    /** As the server would write it, except for a {@code bytea} that came as binary: of that, the driver's text shows nothing. */
    private @Nullable String text(ResultSet current, int column) throws SQLException {
        if (!binary.get(column)) {
            return current.getString(column + 1);
        }
        byte[] value = current.getBytes(column + 1);
        return value == null ? null : "\\x" + HexFormat.of().formatHex(value);
    }

    /** Lets go what was collected. */
    void discard() {
        full = true;
        values = List.of();
    }

    /** What was collected; cut off if a row was refused. */
    Rows rows() {
        return new Rows(labels, values, full);
    }
}
