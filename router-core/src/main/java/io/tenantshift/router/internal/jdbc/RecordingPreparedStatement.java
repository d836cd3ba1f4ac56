package io.tenantshift.router.internal.jdbc;

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

/**
 * The parameter setters of {@link PreparedStatement}, each recorded to be replayed on the physical statement: which shard that belongs to
 * is known only when the statement is executed. No logic.
 */
@SuppressWarnings("deprecation") // the interface's own deprecated setters are recorded too
abstract class RecordingPreparedStatement extends RoutedStatement implements PreparedStatement {
    RecordingPreparedStatement(RoutedConnection connection, StatementSettings settings) {
        super(connection, settings);
    }

    abstract void record(int index, Parameters.Setter setter) throws SQLException;

    /** As {@link #record}, for a value that can be sent only once. */
    abstract void recordOnce(int index, Parameters.Setter setter) throws SQLException;

    @Override
    public void setArray(int index, Array value) throws SQLException {
        record(index, (statement, at) -> statement.setArray(at, value));
    }

    @Override
    public void setAsciiStream(int index, InputStream value, int number2) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setAsciiStream(at, value, number2));
    }

    @Override
    public void setAsciiStream(int index, InputStream value, long amount) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setAsciiStream(at, value, amount));
    }

    @Override
    public void setAsciiStream(int index, InputStream value) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setAsciiStream(at, value));
    }

    @Override
    public void setBigDecimal(int index, BigDecimal value) throws SQLException {
        record(index, (statement, at) -> statement.setBigDecimal(at, value));
    }

    @Override
    public void setBinaryStream(int index, InputStream value, int number2) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setBinaryStream(at, value, number2));
    }

    @Override
    public void setBinaryStream(int index, InputStream value, long amount) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setBinaryStream(at, value, amount));
    }

    @Override
    public void setBinaryStream(int index, InputStream value) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setBinaryStream(at, value));
    }

    @Override
    public void setBlob(int index, InputStream value, long amount) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setBlob(at, value, amount));
    }

    @Override
    public void setBlob(int index, InputStream value) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setBlob(at, value));
    }

    @Override
    public void setBlob(int index, Blob value) throws SQLException {
        record(index, (statement, at) -> statement.setBlob(at, value));
    }

    @Override
    public void setBoolean(int index, boolean flag) throws SQLException {
        record(index, (statement, at) -> statement.setBoolean(at, flag));
    }

    @Override
    public void setByte(int index, byte value) throws SQLException {
        record(index, (statement, at) -> statement.setByte(at, value));
    }

    @Override
    public void setBytes(int index, byte[] value) throws SQLException {
        record(index, (statement, at) -> statement.setBytes(at, value));
    }

    @Override
    public void setCharacterStream(int index, Reader value, int number2) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setCharacterStream(at, value, number2));
    }

    @Override
    public void setCharacterStream(int index, Reader value, long amount) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setCharacterStream(at, value, amount));
    }

    @Override
    public void setCharacterStream(int index, Reader value) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setCharacterStream(at, value));
    }

    @Override
    public void setClob(int index, Reader value, long amount) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setClob(at, value, amount));
    }

    @Override
    public void setClob(int index, Reader value) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setClob(at, value));
    }

    @Override
    public void setClob(int index, Clob value) throws SQLException {
        record(index, (statement, at) -> statement.setClob(at, value));
    }

    @Override
    public void setDate(int index, Date value, Calendar value2) throws SQLException {
        record(index, (statement, at) -> statement.setDate(at, value, value2));
    }

    @Override
    public void setDate(int index, Date value) throws SQLException {
        record(index, (statement, at) -> statement.setDate(at, value));
    }

    @Override
    public void setDouble(int index, double value) throws SQLException {
        record(index, (statement, at) -> statement.setDouble(at, value));
    }

    @Override
    public void setFloat(int index, float value) throws SQLException {
        record(index, (statement, at) -> statement.setFloat(at, value));
    }

    @Override
    public void setInt(int index, int number2) throws SQLException {
        record(index, (statement, at) -> statement.setInt(at, number2));
    }

    @Override
    public void setLong(int index, long amount) throws SQLException {
        record(index, (statement, at) -> statement.setLong(at, amount));
    }

    @Override
    public void setNCharacterStream(int index, Reader value, long amount) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setNCharacterStream(at, value, amount));
    }

    @Override
    public void setNCharacterStream(int index, Reader value) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setNCharacterStream(at, value));
    }

    @Override
    public void setNClob(int index, Reader value, long amount) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setNClob(at, value, amount));
    }

    @Override
    public void setNClob(int index, Reader value) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setNClob(at, value));
    }

    @Override
    public void setNClob(int index, NClob value) throws SQLException {
        record(index, (statement, at) -> statement.setNClob(at, value));
    }

    @Override
    public void setNString(int index, String text) throws SQLException {
        record(index, (statement, at) -> statement.setNString(at, text));
    }

    @Override
    public void setNull(int index, int number2, String text) throws SQLException {
        record(index, (statement, at) -> statement.setNull(at, number2, text));
    }

    @Override
    public void setNull(int index, int number2) throws SQLException {
        record(index, (statement, at) -> statement.setNull(at, number2));
    }

    @Override
    public void setObject(int index, Object value, int number2, int number3) throws SQLException {
        record(index, (statement, at) -> statement.setObject(at, value, number2, number3));
    }

    @Override
    public void setObject(int index, Object value, int number2) throws SQLException {
        record(index, (statement, at) -> statement.setObject(at, value, number2));
    }

    @Override
    public void setObject(int index, Object value, SQLType value2, int number3) throws SQLException {
        record(index, (statement, at) -> statement.setObject(at, value, value2, number3));
    }

    @Override
    public void setObject(int index, Object value, SQLType value2) throws SQLException {
        record(index, (statement, at) -> statement.setObject(at, value, value2));
    }

    @Override
    public void setObject(int index, Object value) throws SQLException {
        record(index, (statement, at) -> statement.setObject(at, value));
    }

    @Override
    public void setRef(int index, Ref value) throws SQLException {
        record(index, (statement, at) -> statement.setRef(at, value));
    }

    @Override
    public void setRowId(int index, RowId value) throws SQLException {
        record(index, (statement, at) -> statement.setRowId(at, value));
    }

    @Override
    public void setSQLXML(int index, SQLXML value) throws SQLException {
        record(index, (statement, at) -> statement.setSQLXML(at, value));
    }

    @Override
    public void setShort(int index, short value) throws SQLException {
        record(index, (statement, at) -> statement.setShort(at, value));
    }

    @Override
    public void setString(int index, String text) throws SQLException {
        record(index, (statement, at) -> statement.setString(at, text));
    }

    @Override
    public void setTime(int index, Time value, Calendar value2) throws SQLException {
        record(index, (statement, at) -> statement.setTime(at, value, value2));
    }

    @Override
    public void setTime(int index, Time value) throws SQLException {
        record(index, (statement, at) -> statement.setTime(at, value));
    }

    @Override
    public void setTimestamp(int index, Timestamp value, Calendar value2) throws SQLException {
        record(index, (statement, at) -> statement.setTimestamp(at, value, value2));
    }

    @Override
    public void setTimestamp(int index, Timestamp value) throws SQLException {
        record(index, (statement, at) -> statement.setTimestamp(at, value));
    }

    @Override
    public void setURL(int index, URL value) throws SQLException {
        record(index, (statement, at) -> statement.setURL(at, value));
    }

    @Override
    public void setUnicodeStream(int index, InputStream value, int number2) throws SQLException {
        recordOnce(index, (statement, at) -> statement.setUnicodeStream(at, value, number2));
    }
}
