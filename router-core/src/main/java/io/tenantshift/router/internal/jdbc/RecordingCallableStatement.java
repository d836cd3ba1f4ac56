package io.tenantshift.router.internal.jdbc;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The methods that {@link CallableStatement} adds: out parameters are registered on the physical call, if there is one, and recorded;
 * answers are read from the call that was executed. No logic.
 */
@SuppressWarnings("deprecation") // the interface's own deprecated methods are handed on too
abstract class RecordingCallableStatement extends RoutedPreparedStatement implements CallableStatement {
    RecordingCallableStatement(RoutedConnection connection, Analysis analysis, StatementSettings settings) {
        super(connection, analysis, settings);
    }

    /** Registers an out parameter, and records it. */
    abstract void register(Registration registration) throws SQLException;

    /** The call that takes parameters by name, which the driver refuses. */
    abstract CallableStatement byName() throws SQLException;

    /** The call that was executed last. */
    abstract CallableStatement executed() throws SQLException;

    /** One recorded registration. */
    @FunctionalInterface
    interface Registration {
        void on(CallableStatement call) throws SQLException;
    }

    @Override
    public Array getArray(int number) throws SQLException {
        return executed().getArray(number);
    }

    @Override
    public Array getArray(String text) throws SQLException {
        return executed().getArray(text);
    }

    @Override
    public BigDecimal getBigDecimal(int number, int number2) throws SQLException {
        return executed().getBigDecimal(number, number2);
    }

    @Override
    public BigDecimal getBigDecimal(int number) throws SQLException {
        return executed().getBigDecimal(number);
    }

    @Override
    public BigDecimal getBigDecimal(String text) throws SQLException {
        return executed().getBigDecimal(text);
    }

    @Override
    public Blob getBlob(int number) throws SQLException {
        return executed().getBlob(number);
    }

    @Override
    public Blob getBlob(String text) throws SQLException {
        return executed().getBlob(text);
    }

    @Override
    public boolean getBoolean(int number) throws SQLException {
        return executed().getBoolean(number);
    }

    @Override
    public boolean getBoolean(String text) throws SQLException {
        return executed().getBoolean(text);
    }

    @Override
    public byte getByte(int number) throws SQLException {
        return executed().getByte(number);
    }

    @Override
    public byte getByte(String text) throws SQLException {
        return executed().getByte(text);
    }

    @Override
    public byte[] getBytes(int number) throws SQLException {
        return executed().getBytes(number);
    }

    @Override
    public byte[] getBytes(String text) throws SQLException {
        return executed().getBytes(text);
    }

    @Override
    public Reader getCharacterStream(int number) throws SQLException {
        return executed().getCharacterStream(number);
    }

    @Override
    public Reader getCharacterStream(String text) throws SQLException {
        return executed().getCharacterStream(text);
    }

    @Override
    public Clob getClob(int number) throws SQLException {
        return executed().getClob(number);
    }

    @Override
    public Clob getClob(String text) throws SQLException {
        return executed().getClob(text);
    }

    @Override
    public Date getDate(int number) throws SQLException {
        return executed().getDate(number);
    }

    @Override
    public Date getDate(int number, Calendar calendar) throws SQLException {
        return executed().getDate(number, calendar);
    }

    @Override
    public Date getDate(String text) throws SQLException {
        return executed().getDate(text);
    }

    @Override
    public Date getDate(String text, Calendar calendar) throws SQLException {
        return executed().getDate(text, calendar);
    }

    @Override
    public double getDouble(int number) throws SQLException {
        return executed().getDouble(number);
    }

    @Override
    public double getDouble(String text) throws SQLException {
        return executed().getDouble(text);
    }

    @Override
    public float getFloat(int number) throws SQLException {
        return executed().getFloat(number);
    }

    @Override
    public float getFloat(String text) throws SQLException {
        return executed().getFloat(text);
    }

    @Override
    public int getInt(int number) throws SQLException {
        return executed().getInt(number);
    }

    @Override
    public int getInt(String text) throws SQLException {
        return executed().getInt(text);
    }

    @Override
    public long getLong(int number) throws SQLException {
        return executed().getLong(number);
    }

    @Override
    public long getLong(String text) throws SQLException {
        return executed().getLong(text);
    }

    @Override
    public Reader getNCharacterStream(int number) throws SQLException {
        return executed().getNCharacterStream(number);
    }

    @Override
    public Reader getNCharacterStream(String text) throws SQLException {
        return executed().getNCharacterStream(text);
    }

    @Override
    public NClob getNClob(int number) throws SQLException {
        return executed().getNClob(number);
    }

    @Override
    public NClob getNClob(String text) throws SQLException {
        return executed().getNClob(text);
    }

    @Override
    public String getNString(int number) throws SQLException {
        return executed().getNString(number);
    }

    @Override
    public String getNString(String text) throws SQLException {
        return executed().getNString(text);
    }

    @Override
    public @Nullable Object getObject(int number) throws SQLException {
        return shownObject(executed().getObject(number));
    }

    @Override
    public @Nullable Object getObject(int number, Map<String, Class<?>> map) throws SQLException {
        return shownObject(executed().getObject(number, map));
    }

    @Override
    public Object getObject(String text) throws SQLException {
        return executed().getObject(text);
    }

    @Override
    public Object getObject(String text, Map<String, Class<?>> map) throws SQLException {
        return executed().getObject(text, map);
    }

    @Override
    public <T> @Nullable T getObject(int number, Class<T> type) throws SQLException {
        T value = executed().getObject(number, type);
        return type == ResultSet.class ? type.cast(shownObject(value)) : value;
    }

    @Override
    public <T> T getObject(String text, Class<T> type) throws SQLException {
        return executed().getObject(text, type);
    }

    @Override
    public Ref getRef(int number) throws SQLException {
        return executed().getRef(number);
    }

    @Override
    public Ref getRef(String text) throws SQLException {
        return executed().getRef(text);
    }

    @Override
    public RowId getRowId(int number) throws SQLException {
        return executed().getRowId(number);
    }

    @Override
    public RowId getRowId(String text) throws SQLException {
        return executed().getRowId(text);
    }

    @Override
    public SQLXML getSQLXML(int number) throws SQLException {
        return executed().getSQLXML(number);
    }

    @Override
    public SQLXML getSQLXML(String text) throws SQLException {
        return executed().getSQLXML(text);
    }

    @Override
    public short getShort(int number) throws SQLException {
        return executed().getShort(number);
    }

    @Override
    public short getShort(String text) throws SQLException {
        return executed().getShort(text);
    }

    @Override
    public String getString(int number) throws SQLException {
        return executed().getString(number);
    }

    @Override
    public String getString(String text) throws SQLException {
        return executed().getString(text);
    }

    @Override
    public Time getTime(int number) throws SQLException {
        return executed().getTime(number);
    }

    @Override
    public Time getTime(int number, Calendar calendar) throws SQLException {
        return executed().getTime(number, calendar);
    }

    @Override
    public Time getTime(String text) throws SQLException {
        return executed().getTime(text);
    }

    @Override
    public Time getTime(String text, Calendar calendar) throws SQLException {
        return executed().getTime(text, calendar);
    }

    @Override
    public Timestamp getTimestamp(int number) throws SQLException {
        return executed().getTimestamp(number);
    }

    @Override
    public Timestamp getTimestamp(int number, Calendar calendar) throws SQLException {
        return executed().getTimestamp(number, calendar);
    }

    @Override
    public Timestamp getTimestamp(String text) throws SQLException {
        return executed().getTimestamp(text);
    }

    @Override
    public Timestamp getTimestamp(String text, Calendar calendar) throws SQLException {
        return executed().getTimestamp(text, calendar);
    }

    @Override
    public URL getURL(int number) throws SQLException {
        return executed().getURL(number);
    }

    @Override
    public URL getURL(String text) throws SQLException {
        return executed().getURL(text);
    }

    @Override
    public void registerOutParameter(int index, int number) throws SQLException {
        register(call -> call.registerOutParameter(index, number));
    }

    @Override
    public void registerOutParameter(int index, int number, int number2) throws SQLException {
        register(call -> call.registerOutParameter(index, number, number2));
    }

    @Override
    public void registerOutParameter(int index, int number, String text) throws SQLException {
        register(call -> call.registerOutParameter(index, number, text));
    }

    @Override
    public void registerOutParameter(String text, int number) throws SQLException {
        byName().registerOutParameter(text, number);
    }

    @Override
    public void registerOutParameter(String text, int number, int number2) throws SQLException {
        byName().registerOutParameter(text, number, number2);
    }

    @Override
    public void registerOutParameter(String text, int number, String text2) throws SQLException {
        byName().registerOutParameter(text, number, text2);
    }

    @Override
    public void registerOutParameter(int index, SQLType type) throws SQLException {
        register(call -> call.registerOutParameter(index, type));
    }

    @Override
    public void registerOutParameter(int index, SQLType type, int number) throws SQLException {
        register(call -> call.registerOutParameter(index, type, number));
    }

    @Override
    public void registerOutParameter(int index, SQLType type, String text) throws SQLException {
        register(call -> call.registerOutParameter(index, type, text));
    }

    @Override
    public void registerOutParameter(String text, SQLType type) throws SQLException {
        byName().registerOutParameter(text, type);
    }

    @Override
    public void registerOutParameter(String text, SQLType type, int number) throws SQLException {
        byName().registerOutParameter(text, type, number);
    }

    @Override
    public void registerOutParameter(String text, SQLType type, String text2) throws SQLException {
        byName().registerOutParameter(text, type, text2);
    }

    @Override
    public void setAsciiStream(String text, InputStream value, int number) throws SQLException {
        byName().setAsciiStream(text, value, number);
    }

    @Override
    public void setAsciiStream(String text, InputStream value, long amount) throws SQLException {
        byName().setAsciiStream(text, value, amount);
    }

    @Override
    public void setAsciiStream(String text, InputStream value) throws SQLException {
        byName().setAsciiStream(text, value);
    }

    @Override
    public void setBigDecimal(String text, BigDecimal value) throws SQLException {
        byName().setBigDecimal(text, value);
    }

    @Override
    public void setBinaryStream(String text, InputStream value, int number) throws SQLException {
        byName().setBinaryStream(text, value, number);
    }

    @Override
    public void setBinaryStream(String text, InputStream value, long amount) throws SQLException {
        byName().setBinaryStream(text, value, amount);
    }

    @Override
    public void setBinaryStream(String text, InputStream value) throws SQLException {
        byName().setBinaryStream(text, value);
    }

    @Override
    public void setBlob(String text, InputStream value, long amount) throws SQLException {
        byName().setBlob(text, value, amount);
    }

    @Override
    public void setBlob(String text, Blob value) throws SQLException {
        byName().setBlob(text, value);
    }

    @Override
    public void setBlob(String text, InputStream value) throws SQLException {
        byName().setBlob(text, value);
    }

    @Override
    public void setBoolean(String text, boolean flag) throws SQLException {
        byName().setBoolean(text, flag);
    }

    @Override
    public void setByte(String text, byte number) throws SQLException {
        byName().setByte(text, number);
    }

    @Override
    public void setBytes(String text, byte[] bytes) throws SQLException {
        byName().setBytes(text, bytes);
    }

    @Override
    public void setCharacterStream(String text, Reader value, int number) throws SQLException {
        byName().setCharacterStream(text, value, number);
    }

    @Override
    public void setCharacterStream(String text, Reader value, long amount) throws SQLException {
        byName().setCharacterStream(text, value, amount);
    }

    @Override
    public void setCharacterStream(String text, Reader value) throws SQLException {
        byName().setCharacterStream(text, value);
    }

    @Override
    public void setClob(String text, Reader value, long amount) throws SQLException {
        byName().setClob(text, value, amount);
    }

    @Override
    public void setClob(String text, Clob value) throws SQLException {
        byName().setClob(text, value);
    }

    @Override
    public void setClob(String text, Reader value) throws SQLException {
        byName().setClob(text, value);
    }

    @Override
    public void setDate(String text, Date value) throws SQLException {
        byName().setDate(text, value);
    }

    @Override
    public void setDate(String text, Date value, Calendar calendar) throws SQLException {
        byName().setDate(text, value, calendar);
    }

    @Override
    public void setDouble(String text, double amount) throws SQLException {
        byName().setDouble(text, amount);
    }

    @Override
    public void setFloat(String text, float amount) throws SQLException {
        byName().setFloat(text, amount);
    }

    @Override
    public void setInt(String text, int number) throws SQLException {
        byName().setInt(text, number);
    }

    @Override
    public void setLong(String text, long amount) throws SQLException {
        byName().setLong(text, amount);
    }

    @Override
    public void setNCharacterStream(String text, Reader value, long amount) throws SQLException {
        byName().setNCharacterStream(text, value, amount);
    }

    @Override
    public void setNCharacterStream(String text, Reader value) throws SQLException {
        byName().setNCharacterStream(text, value);
    }

    @Override
    public void setNClob(String text, NClob value) throws SQLException {
        byName().setNClob(text, value);
    }

    @Override
    public void setNClob(String text, Reader value, long amount) throws SQLException {
        byName().setNClob(text, value, amount);
    }

    @Override
    public void setNClob(String text, Reader value) throws SQLException {
        byName().setNClob(text, value);
    }

    @Override
    public void setNString(String text, String text2) throws SQLException {
        byName().setNString(text, text2);
    }

    @Override
    public void setNull(String text, int number) throws SQLException {
        byName().setNull(text, number);
    }

    @Override
    public void setNull(String text, int number, String text2) throws SQLException {
        byName().setNull(text, number, text2);
    }

    @Override
    public void setObject(String text, Object value, int number, int number2) throws SQLException {
        byName().setObject(text, value, number, number2);
    }

    @Override
    public void setObject(String text, Object value, int number) throws SQLException {
        byName().setObject(text, value, number);
    }

    @Override
    public void setObject(String text, Object value) throws SQLException {
        byName().setObject(text, value);
    }

    @Override
    public void setObject(String text, Object value, SQLType type, int number) throws SQLException {
        byName().setObject(text, value, type, number);
    }

    @Override
    public void setObject(String text, Object value, SQLType type) throws SQLException {
        byName().setObject(text, value, type);
    }

    @Override
    public void setRowId(String text, RowId value) throws SQLException {
        byName().setRowId(text, value);
    }

    @Override
    public void setSQLXML(String text, SQLXML value) throws SQLException {
        byName().setSQLXML(text, value);
    }

    @Override
    public void setShort(String text, short number) throws SQLException {
        byName().setShort(text, number);
    }

    @Override
    public void setString(String text, String text2) throws SQLException {
        byName().setString(text, text2);
    }

    @Override
    public void setTime(String text, Time value) throws SQLException {
        byName().setTime(text, value);
    }

    @Override
    public void setTime(String text, Time value, Calendar calendar) throws SQLException {
        byName().setTime(text, value, calendar);
    }

    @Override
    public void setTimestamp(String text, Timestamp value) throws SQLException {
        byName().setTimestamp(text, value);
    }

    @Override
    public void setTimestamp(String text, Timestamp value, Calendar calendar) throws SQLException {
        byName().setTimestamp(text, value, calendar);
    }

    @Override
    public void setURL(String text, URL value) throws SQLException {
        byName().setURL(text, value);
    }

    @Override
    public boolean wasNull() throws SQLException {
        return executed().wasNull();
    }
}
