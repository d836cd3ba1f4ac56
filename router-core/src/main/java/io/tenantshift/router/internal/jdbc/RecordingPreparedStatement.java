package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.spi.ParameterValues;
import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgSQLXML;

/**
 * The parameter setters of {@link PreparedStatement}: each is set on the physical statement, if there is one already, and recorded to be
 * replayed on another: which shard it belongs to is known for sure only when the statement is executed. No logic.
 */
@SuppressWarnings("deprecation") // the interface's own deprecated setters are recorded too
abstract class RecordingPreparedStatement extends RoutedStatement implements PreparedStatement {
    RecordingPreparedStatement(RoutedConnection connection, StatementSettings settings) {
        super(connection, settings);
    }

    /** Sets and records; the setter is handed the value or the number, whichever it has. */
    abstract void record(int index, Parameters.Setter setter, @Nullable Object value, long number) throws SQLException;

    /** As {@link #record}, for a value that can be sent only once. */
    abstract void recordOnce(int index, Parameters.Setter setter) throws SQLException;

    @Override
    public void setArray(int index, Array value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setArray(at, (Array) v), value, 0);
    }

    @Override
    public void setAsciiStream(int index, InputStream value, int number) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setAsciiStream(at, value, number));
    }

    @Override
    public void setAsciiStream(int index, InputStream value, long amount) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setAsciiStream(at, value, amount));
    }

    @Override
    public void setAsciiStream(int index, InputStream value) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setAsciiStream(at, value));
    }

    @Override
    public void setBigDecimal(int index, BigDecimal value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setBigDecimal(at, (BigDecimal) v), value, 0);
    }

    @Override
    public void setBinaryStream(int index, InputStream value, int number) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setBinaryStream(at, value, number));
    }

    @Override
    public void setBinaryStream(int index, InputStream value, long amount) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setBinaryStream(at, value, amount));
    }

    @Override
    public void setBinaryStream(int index, InputStream value) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setBinaryStream(at, value));
    }

    @Override
    public void setBlob(int index, Blob value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setBlob(at, (Blob) v), value, 0);
    }

    @Override
    public void setBlob(int index, InputStream value, long amount) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setBlob(at, value, amount));
    }

    @Override
    public void setBlob(int index, InputStream value) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setBlob(at, value));
    }

    @Override
    public void setBoolean(int index, boolean flag) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setBoolean(at, n != 0), flag, flag ? 1 : 0);
    }

    @Override
    public void setByte(int index, byte number) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setByte(at, (byte) n), Parameters.NUMBER, number);
    }

    @Override
    public void setBytes(int index, byte[] bytes) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setBytes(at, (byte[]) v), ParameterValues.copy(bytes), 0);
    }

    @Override
    public void setCharacterStream(int index, Reader value, int number) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setCharacterStream(at, value, number));
    }

    @Override
    public void setCharacterStream(int index, Reader value, long amount) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setCharacterStream(at, value, amount));
    }

    @Override
    public void setCharacterStream(int index, Reader value) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setCharacterStream(at, value));
    }

    @Override
    public void setClob(int index, Clob value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setClob(at, (Clob) v), value, 0);
    }

    @Override
    public void setClob(int index, Reader value, long amount) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setClob(at, value, amount));
    }

    @Override
    public void setClob(int index, Reader value) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setClob(at, value));
    }

    @Override
    public void setDate(int index, Date value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setDate(at, (Date) v), ParameterValues.copy(value), 0);
    }

    @Override
    public void setDate(int index, Date value, Calendar calendar) throws SQLException {
        Calendar zone = ParameterValues.copy(calendar);
        record(index, (statement, at, v, n) -> statement.setDate(at, (Date) v, zone), ParameterValues.copy(value), 0);
    }

    @Override
    public void setDouble(int index, double amount) throws SQLException {
        record(index, (statement, at, ignored, ignored2) -> statement.setDouble(at, amount), amount, 0);
    }

    @Override
    public void setFloat(int index, float amount) throws SQLException {
        record(index, (statement, at, ignored, ignored2) -> statement.setFloat(at, amount), amount, 0);
    }

    @Override
    public void setInt(int index, int number) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setInt(at, (int) n), Parameters.NUMBER, number);
    }

    @Override
    public void setLong(int index, long amount) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setLong(at, n), Parameters.NUMBER, amount);
    }

    @Override
    public void setNCharacterStream(int index, Reader value, long amount) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setNCharacterStream(at, value, amount));
    }

    @Override
    public void setNCharacterStream(int index, Reader value) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setNCharacterStream(at, value));
    }

    @Override
    public void setNClob(int index, NClob value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setNClob(at, (NClob) v), value, 0);
    }

    @Override
    public void setNClob(int index, Reader value, long amount) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setNClob(at, value, amount));
    }

    @Override
    public void setNClob(int index, Reader value) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setNClob(at, value));
    }

    @Override
    public void setNString(int index, String text) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setNString(at, (String) v), text, 0);
    }

    @Override
    public void setNull(int index, int number) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setNull(at, (int) n), null, number);
    }

    @Override
    public void setNull(int index, int number, String text) throws SQLException {
        record(index, (statement, at, ignored, ignored2) -> statement.setNull(at, number, text), null, 0);
    }

    /** Whether the driver reads a value up when it is set. Its own SQLXML can be read again. */
    private static boolean isReadOnce(@Nullable Object value) {
        return value instanceof InputStream
                || value instanceof Reader
                || (value instanceof SQLXML && !(value instanceof PgSQLXML));
    }

    @Override
    public void setObject(int index, Object value, int number) throws SQLException {
        if (isReadOnce(value)) {
            recordOnce(index, (statement, at, ignored, ignored2) -> statement.setObject(at, value, number));
            return;
        }
        record(
                index,
                (statement, at, v, n) -> statement.setObject(at, v, (int) n),
                ParameterValues.copy(value),
                number);
    }

    @Override
    public void setObject(int index, Object value) throws SQLException {
        if (isReadOnce(value)) {
            recordOnce(index, (statement, at, ignored, ignored2) -> statement.setObject(at, value));
            return;
        }
        record(index, (statement, at, v, n) -> statement.setObject(at, v), ParameterValues.copy(value), 0);
    }

    @Override
    public void setObject(int index, Object value, int number, int number2) throws SQLException {
        if (isReadOnce(value)) {
            recordOnce(index, (statement, at, ignored, ignored2) -> statement.setObject(at, value, number, number2));
            return;
        }
        record(
                index,
                (statement, at, v, ignored) -> statement.setObject(at, v, number, number2),
                ParameterValues.copy(value),
                0);
    }

    @Override
    public void setObject(int index, Object value, SQLType type, int number) throws SQLException {
        if (isReadOnce(value)) {
            recordOnce(index, (statement, at, ignored, ignored2) -> statement.setObject(at, value, type, number));
            return;
        }
        record(
                index,
                (statement, at, v, n) -> statement.setObject(at, v, type, number),
                ParameterValues.copy(value),
                0);
    }

    @Override
    public void setObject(int index, Object value, SQLType type) throws SQLException {
        if (isReadOnce(value)) {
            recordOnce(index, (statement, at, ignored, ignored2) -> statement.setObject(at, value, type));
            return;
        }
        record(index, (statement, at, v, n) -> statement.setObject(at, v, type), ParameterValues.copy(value), 0);
    }

    @Override
    public void setRef(int index, Ref value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setRef(at, (Ref) v), value, 0);
    }

    @Override
    public void setRowId(int index, RowId value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setRowId(at, (RowId) v), value, 0);
    }

    @Override
    public void setSQLXML(int index, SQLXML value) throws SQLException {
        if (isReadOnce(value)) {
            recordOnce(index, (statement, at, ignored, ignored2) -> statement.setSQLXML(at, value));
            return;
        }
        record(index, (statement, at, v, n) -> statement.setSQLXML(at, (SQLXML) v), value, 0);
    }

    @Override
    public void setShort(int index, short number) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setShort(at, (short) n), Parameters.NUMBER, number);
    }

    @Override
    public void setString(int index, String text) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setString(at, (String) v), text, 0);
    }

    @Override
    public void setTime(int index, Time value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setTime(at, (Time) v), ParameterValues.copy(value), 0);
    }

    @Override
    public void setTime(int index, Time value, Calendar calendar) throws SQLException {
        Calendar zone = ParameterValues.copy(calendar);
        record(index, (statement, at, v, n) -> statement.setTime(at, (Time) v, zone), ParameterValues.copy(value), 0);
    }

    @Override
    public void setTimestamp(int index, Timestamp value) throws SQLException {
        record(
                index,
                (statement, at, v, n) -> statement.setTimestamp(at, (Timestamp) v),
                ParameterValues.copy(value),
                0);
    }

    @Override
    public void setTimestamp(int index, Timestamp value, Calendar calendar) throws SQLException {
        Calendar zone = ParameterValues.copy(calendar);
        record(
                index,
                (statement, at, v, n) -> statement.setTimestamp(at, (Timestamp) v, zone),
                ParameterValues.copy(value),
                0);
    }

    @Override
    public void setURL(int index, URL value) throws SQLException {
        record(index, (statement, at, v, n) -> statement.setURL(at, (URL) v), value, 0);
    }

    @Override
    public void setUnicodeStream(int index, InputStream value, int number) throws SQLException {
        recordOnce(index, (statement, at, ignored, ignored2) -> statement.setUnicodeStream(at, value, number));
    }
}
