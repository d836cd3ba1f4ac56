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
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hands every call of {@link ResultSet} to another one. No logic; {@code ForwardingTest} fails when the platform adds a method. */
@SuppressWarnings("deprecation") // the interface's own deprecated methods are handed on too
abstract class ForwardingResultSet implements ResultSet {
    private final ResultSet delegate;

    ForwardingResultSet(ResultSet delegate) {
        this.delegate = delegate;
    }

    final ResultSet delegate() {
        return delegate;
    }

    @Override
    public boolean absolute(int number) throws SQLException {
        return delegate.absolute(number);
    }

    @Override
    public void afterLast() throws SQLException {
        delegate.afterLast();
    }

    @Override
    public void beforeFirst() throws SQLException {
        delegate.beforeFirst();
    }

    @Override
    public void cancelRowUpdates() throws SQLException {
        delegate.cancelRowUpdates();
    }

    @Override
    public void clearWarnings() throws SQLException {
        delegate.clearWarnings();
    }

    @Override
    public void close() throws SQLException {
        delegate.close();
    }

    @Override
    public void deleteRow() throws SQLException {
        delegate.deleteRow();
    }

    @Override
    public int findColumn(String text) throws SQLException {
        return delegate.findColumn(text);
    }

    @Override
    public boolean first() throws SQLException {
        return delegate.first();
    }

    @Override
    public Array getArray(String text) throws SQLException {
        return delegate.getArray(text);
    }

    @Override
    public Array getArray(int number) throws SQLException {
        return delegate.getArray(number);
    }

    @Override
    public InputStream getAsciiStream(String text) throws SQLException {
        return delegate.getAsciiStream(text);
    }

    @Override
    public InputStream getAsciiStream(int number) throws SQLException {
        return delegate.getAsciiStream(number);
    }

    @Override
    public BigDecimal getBigDecimal(String text, int number) throws SQLException {
        return delegate.getBigDecimal(text, number);
    }

    @Override
    public BigDecimal getBigDecimal(String text) throws SQLException {
        return delegate.getBigDecimal(text);
    }

    @Override
    public BigDecimal getBigDecimal(int number, int number2) throws SQLException {
        return delegate.getBigDecimal(number, number2);
    }

    @Override
    public BigDecimal getBigDecimal(int number) throws SQLException {
        return delegate.getBigDecimal(number);
    }

    @Override
    public InputStream getBinaryStream(String text) throws SQLException {
        return delegate.getBinaryStream(text);
    }

    @Override
    public InputStream getBinaryStream(int number) throws SQLException {
        return delegate.getBinaryStream(number);
    }

    @Override
    public Blob getBlob(String text) throws SQLException {
        return delegate.getBlob(text);
    }

    @Override
    public Blob getBlob(int number) throws SQLException {
        return delegate.getBlob(number);
    }

    @Override
    public boolean getBoolean(String text) throws SQLException {
        return delegate.getBoolean(text);
    }

    @Override
    public boolean getBoolean(int number) throws SQLException {
        return delegate.getBoolean(number);
    }

    @Override
    public byte getByte(String text) throws SQLException {
        return delegate.getByte(text);
    }

    @Override
    public byte getByte(int number) throws SQLException {
        return delegate.getByte(number);
    }

    @Override
    public byte[] getBytes(String text) throws SQLException {
        return delegate.getBytes(text);
    }

    @Override
    public byte[] getBytes(int number) throws SQLException {
        return delegate.getBytes(number);
    }

    @Override
    public Reader getCharacterStream(String text) throws SQLException {
        return delegate.getCharacterStream(text);
    }

    @Override
    public Reader getCharacterStream(int number) throws SQLException {
        return delegate.getCharacterStream(number);
    }

    @Override
    public Clob getClob(String text) throws SQLException {
        return delegate.getClob(text);
    }

    @Override
    public Clob getClob(int number) throws SQLException {
        return delegate.getClob(number);
    }

    @Override
    public int getConcurrency() throws SQLException {
        return delegate.getConcurrency();
    }

    @Override
    public String getCursorName() throws SQLException {
        return delegate.getCursorName();
    }

    @Override
    public Date getDate(String text, Calendar value) throws SQLException {
        return delegate.getDate(text, value);
    }

    @Override
    public Date getDate(String text) throws SQLException {
        return delegate.getDate(text);
    }

    @Override
    public Date getDate(int number, Calendar value) throws SQLException {
        return delegate.getDate(number, value);
    }

    @Override
    public Date getDate(int number) throws SQLException {
        return delegate.getDate(number);
    }

    @Override
    public double getDouble(String text) throws SQLException {
        return delegate.getDouble(text);
    }

    @Override
    public double getDouble(int number) throws SQLException {
        return delegate.getDouble(number);
    }

    @Override
    public int getFetchDirection() throws SQLException {
        return delegate.getFetchDirection();
    }

    @Override
    public int getFetchSize() throws SQLException {
        return delegate.getFetchSize();
    }

    @Override
    public float getFloat(String text) throws SQLException {
        return delegate.getFloat(text);
    }

    @Override
    public float getFloat(int number) throws SQLException {
        return delegate.getFloat(number);
    }

    @Override
    public int getHoldability() throws SQLException {
        return delegate.getHoldability();
    }

    @Override
    public int getInt(String text) throws SQLException {
        return delegate.getInt(text);
    }

    @Override
    public int getInt(int number) throws SQLException {
        return delegate.getInt(number);
    }

    @Override
    public long getLong(String text) throws SQLException {
        return delegate.getLong(text);
    }

    @Override
    public long getLong(int number) throws SQLException {
        return delegate.getLong(number);
    }

    @Override
    public ResultSetMetaData getMetaData() throws SQLException {
        return delegate.getMetaData();
    }

    @Override
    public Reader getNCharacterStream(String text) throws SQLException {
        return delegate.getNCharacterStream(text);
    }

    @Override
    public Reader getNCharacterStream(int number) throws SQLException {
        return delegate.getNCharacterStream(number);
    }

    @Override
    public NClob getNClob(String text) throws SQLException {
        return delegate.getNClob(text);
    }

    @Override
    public NClob getNClob(int number) throws SQLException {
        return delegate.getNClob(number);
    }

    @Override
    public String getNString(String text) throws SQLException {
        return delegate.getNString(text);
    }

    @Override
    public String getNString(int number) throws SQLException {
        return delegate.getNString(number);
    }

    @Override
    public <T> T getObject(String text, Class<T> value) throws SQLException {
        return delegate.getObject(text, value);
    }

    @Override
    public @Nullable Object getObject(String text, Map<String, Class<?>> value) throws SQLException {
        return delegate.getObject(text, value);
    }

    @Override
    public @Nullable Object getObject(String text) throws SQLException {
        return delegate.getObject(text);
    }

    @Override
    public <T> T getObject(int number, Class<T> value) throws SQLException {
        return delegate.getObject(number, value);
    }

    @Override
    public @Nullable Object getObject(int number, Map<String, Class<?>> value) throws SQLException {
        return delegate.getObject(number, value);
    }

    @Override
    public @Nullable Object getObject(int number) throws SQLException {
        return delegate.getObject(number);
    }

    @Override
    public Ref getRef(String text) throws SQLException {
        return delegate.getRef(text);
    }

    @Override
    public Ref getRef(int number) throws SQLException {
        return delegate.getRef(number);
    }

    @Override
    public RowId getRowId(String text) throws SQLException {
        return delegate.getRowId(text);
    }

    @Override
    public RowId getRowId(int number) throws SQLException {
        return delegate.getRowId(number);
    }

    @Override
    public int getRow() throws SQLException {
        return delegate.getRow();
    }

    @Override
    public SQLXML getSQLXML(String text) throws SQLException {
        return delegate.getSQLXML(text);
    }

    @Override
    public SQLXML getSQLXML(int number) throws SQLException {
        return delegate.getSQLXML(number);
    }

    @Override
    public short getShort(String text) throws SQLException {
        return delegate.getShort(text);
    }

    @Override
    public short getShort(int number) throws SQLException {
        return delegate.getShort(number);
    }

    @Override
    public Statement getStatement() throws SQLException {
        return delegate.getStatement();
    }

    @Override
    public String getString(String text) throws SQLException {
        return delegate.getString(text);
    }

    @Override
    public String getString(int number) throws SQLException {
        return delegate.getString(number);
    }

    @Override
    public Time getTime(String text, Calendar value) throws SQLException {
        return delegate.getTime(text, value);
    }

    @Override
    public Time getTime(String text) throws SQLException {
        return delegate.getTime(text);
    }

    @Override
    public Time getTime(int number, Calendar value) throws SQLException {
        return delegate.getTime(number, value);
    }

    @Override
    public Time getTime(int number) throws SQLException {
        return delegate.getTime(number);
    }

    @Override
    public Timestamp getTimestamp(String text, Calendar value) throws SQLException {
        return delegate.getTimestamp(text, value);
    }

    @Override
    public Timestamp getTimestamp(String text) throws SQLException {
        return delegate.getTimestamp(text);
    }

    @Override
    public Timestamp getTimestamp(int number, Calendar value) throws SQLException {
        return delegate.getTimestamp(number, value);
    }

    @Override
    public Timestamp getTimestamp(int number) throws SQLException {
        return delegate.getTimestamp(number);
    }

    @Override
    public int getType() throws SQLException {
        return delegate.getType();
    }

    @Override
    public URL getURL(String text) throws SQLException {
        return delegate.getURL(text);
    }

    @Override
    public URL getURL(int number) throws SQLException {
        return delegate.getURL(number);
    }

    @Override
    public InputStream getUnicodeStream(String text) throws SQLException {
        return delegate.getUnicodeStream(text);
    }

    @Override
    public InputStream getUnicodeStream(int number) throws SQLException {
        return delegate.getUnicodeStream(number);
    }

    @Override
    public SQLWarning getWarnings() throws SQLException {
        return delegate.getWarnings();
    }

    @Override
    public void insertRow() throws SQLException {
        delegate.insertRow();
    }

    @Override
    public boolean isAfterLast() throws SQLException {
        return delegate.isAfterLast();
    }

    @Override
    public boolean isBeforeFirst() throws SQLException {
        return delegate.isBeforeFirst();
    }

    @Override
    public boolean isClosed() throws SQLException {
        return delegate.isClosed();
    }

    @Override
    public boolean isFirst() throws SQLException {
        return delegate.isFirst();
    }

    @Override
    public boolean isLast() throws SQLException {
        return delegate.isLast();
    }

    @Override
    public boolean isWrapperFor(Class<?> value) throws SQLException {
        return delegate.isWrapperFor(value);
    }

    @Override
    public boolean last() throws SQLException {
        return delegate.last();
    }

    @Override
    public void moveToCurrentRow() throws SQLException {
        delegate.moveToCurrentRow();
    }

    @Override
    public void moveToInsertRow() throws SQLException {
        delegate.moveToInsertRow();
    }

    @Override
    public boolean next() throws SQLException {
        return delegate.next();
    }

    @Override
    public boolean previous() throws SQLException {
        return delegate.previous();
    }

    @Override
    public void refreshRow() throws SQLException {
        delegate.refreshRow();
    }

    @Override
    public boolean relative(int number) throws SQLException {
        return delegate.relative(number);
    }

    @Override
    public boolean rowDeleted() throws SQLException {
        return delegate.rowDeleted();
    }

    @Override
    public boolean rowInserted() throws SQLException {
        return delegate.rowInserted();
    }

    @Override
    public boolean rowUpdated() throws SQLException {
        return delegate.rowUpdated();
    }

    @Override
    public void setFetchDirection(int number) throws SQLException {
        delegate.setFetchDirection(number);
    }

    @Override
    public void setFetchSize(int number) throws SQLException {
        delegate.setFetchSize(number);
    }

    @Override
    public <T> T unwrap(Class<T> value) throws SQLException {
        return delegate.unwrap(value);
    }

    @Override
    public void updateArray(String text, Array value) throws SQLException {
        delegate.updateArray(text, value);
    }

    @Override
    public void updateArray(int number, Array value) throws SQLException {
        delegate.updateArray(number, value);
    }

    @Override
    public void updateAsciiStream(String text, InputStream value, int number) throws SQLException {
        delegate.updateAsciiStream(text, value, number);
    }

    @Override
    public void updateAsciiStream(String text, InputStream value, long amount) throws SQLException {
        delegate.updateAsciiStream(text, value, amount);
    }

    @Override
    public void updateAsciiStream(String text, InputStream value) throws SQLException {
        delegate.updateAsciiStream(text, value);
    }

    @Override
    public void updateAsciiStream(int number, InputStream value, int number2) throws SQLException {
        delegate.updateAsciiStream(number, value, number2);
    }

    @Override
    public void updateAsciiStream(int number, InputStream value, long amount) throws SQLException {
        delegate.updateAsciiStream(number, value, amount);
    }

    @Override
    public void updateAsciiStream(int number, InputStream value) throws SQLException {
        delegate.updateAsciiStream(number, value);
    }

    @Override
    public void updateBigDecimal(String text, BigDecimal value) throws SQLException {
        delegate.updateBigDecimal(text, value);
    }

    @Override
    public void updateBigDecimal(int number, BigDecimal value) throws SQLException {
        delegate.updateBigDecimal(number, value);
    }

    @Override
    public void updateBinaryStream(String text, InputStream value, int number) throws SQLException {
        delegate.updateBinaryStream(text, value, number);
    }

    @Override
    public void updateBinaryStream(String text, InputStream value, long amount) throws SQLException {
        delegate.updateBinaryStream(text, value, amount);
    }

    @Override
    public void updateBinaryStream(String text, InputStream value) throws SQLException {
        delegate.updateBinaryStream(text, value);
    }

    @Override
    public void updateBinaryStream(int number, InputStream value, int number2) throws SQLException {
        delegate.updateBinaryStream(number, value, number2);
    }

    @Override
    public void updateBinaryStream(int number, InputStream value, long amount) throws SQLException {
        delegate.updateBinaryStream(number, value, amount);
    }

    @Override
    public void updateBinaryStream(int number, InputStream value) throws SQLException {
        delegate.updateBinaryStream(number, value);
    }

    @Override
    public void updateBlob(String text, InputStream value, long amount) throws SQLException {
        delegate.updateBlob(text, value, amount);
    }

    @Override
    public void updateBlob(String text, InputStream value) throws SQLException {
        delegate.updateBlob(text, value);
    }

    @Override
    public void updateBlob(String text, Blob value) throws SQLException {
        delegate.updateBlob(text, value);
    }

    @Override
    public void updateBlob(int number, InputStream value, long amount) throws SQLException {
        delegate.updateBlob(number, value, amount);
    }

    @Override
    public void updateBlob(int number, InputStream value) throws SQLException {
        delegate.updateBlob(number, value);
    }

    @Override
    public void updateBlob(int number, Blob value) throws SQLException {
        delegate.updateBlob(number, value);
    }

    @Override
    public void updateBoolean(String text, boolean flag) throws SQLException {
        delegate.updateBoolean(text, flag);
    }

    @Override
    public void updateBoolean(int number, boolean flag) throws SQLException {
        delegate.updateBoolean(number, flag);
    }

    @Override
    public void updateByte(String text, byte value) throws SQLException {
        delegate.updateByte(text, value);
    }

    @Override
    public void updateByte(int number, byte value) throws SQLException {
        delegate.updateByte(number, value);
    }

    @Override
    public void updateBytes(String text, byte[] value) throws SQLException {
        delegate.updateBytes(text, value);
    }

    @Override
    public void updateBytes(int number, byte[] value) throws SQLException {
        delegate.updateBytes(number, value);
    }

    @Override
    public void updateCharacterStream(String text, Reader value, int number) throws SQLException {
        delegate.updateCharacterStream(text, value, number);
    }

    @Override
    public void updateCharacterStream(String text, Reader value, long amount) throws SQLException {
        delegate.updateCharacterStream(text, value, amount);
    }

    @Override
    public void updateCharacterStream(String text, Reader value) throws SQLException {
        delegate.updateCharacterStream(text, value);
    }

    @Override
    public void updateCharacterStream(int number, Reader value, int number2) throws SQLException {
        delegate.updateCharacterStream(number, value, number2);
    }

    @Override
    public void updateCharacterStream(int number, Reader value, long amount) throws SQLException {
        delegate.updateCharacterStream(number, value, amount);
    }

    @Override
    public void updateCharacterStream(int number, Reader value) throws SQLException {
        delegate.updateCharacterStream(number, value);
    }

    @Override
    public void updateClob(String text, Reader value, long amount) throws SQLException {
        delegate.updateClob(text, value, amount);
    }

    @Override
    public void updateClob(String text, Reader value) throws SQLException {
        delegate.updateClob(text, value);
    }

    @Override
    public void updateClob(String text, Clob value) throws SQLException {
        delegate.updateClob(text, value);
    }

    @Override
    public void updateClob(int number, Reader value, long amount) throws SQLException {
        delegate.updateClob(number, value, amount);
    }

    @Override
    public void updateClob(int number, Reader value) throws SQLException {
        delegate.updateClob(number, value);
    }

    @Override
    public void updateClob(int number, Clob value) throws SQLException {
        delegate.updateClob(number, value);
    }

    @Override
    public void updateDate(String text, Date value) throws SQLException {
        delegate.updateDate(text, value);
    }

    @Override
    public void updateDate(int number, Date value) throws SQLException {
        delegate.updateDate(number, value);
    }

    @Override
    public void updateDouble(String text, double value) throws SQLException {
        delegate.updateDouble(text, value);
    }

    @Override
    public void updateDouble(int number, double value) throws SQLException {
        delegate.updateDouble(number, value);
    }

    @Override
    public void updateFloat(String text, float value) throws SQLException {
        delegate.updateFloat(text, value);
    }

    @Override
    public void updateFloat(int number, float value) throws SQLException {
        delegate.updateFloat(number, value);
    }

    @Override
    public void updateInt(String text, int number) throws SQLException {
        delegate.updateInt(text, number);
    }

    @Override
    public void updateInt(int number, int number2) throws SQLException {
        delegate.updateInt(number, number2);
    }

    @Override
    public void updateLong(String text, long amount) throws SQLException {
        delegate.updateLong(text, amount);
    }

    @Override
    public void updateLong(int number, long amount) throws SQLException {
        delegate.updateLong(number, amount);
    }

    @Override
    public void updateNCharacterStream(String text, Reader value, long amount) throws SQLException {
        delegate.updateNCharacterStream(text, value, amount);
    }

    @Override
    public void updateNCharacterStream(String text, Reader value) throws SQLException {
        delegate.updateNCharacterStream(text, value);
    }

    @Override
    public void updateNCharacterStream(int number, Reader value, long amount) throws SQLException {
        delegate.updateNCharacterStream(number, value, amount);
    }

    @Override
    public void updateNCharacterStream(int number, Reader value) throws SQLException {
        delegate.updateNCharacterStream(number, value);
    }

    @Override
    public void updateNClob(String text, Reader value, long amount) throws SQLException {
        delegate.updateNClob(text, value, amount);
    }

    @Override
    public void updateNClob(String text, Reader value) throws SQLException {
        delegate.updateNClob(text, value);
    }

    @Override
    public void updateNClob(String text, NClob value) throws SQLException {
        delegate.updateNClob(text, value);
    }

    @Override
    public void updateNClob(int number, Reader value, long amount) throws SQLException {
        delegate.updateNClob(number, value, amount);
    }

    @Override
    public void updateNClob(int number, Reader value) throws SQLException {
        delegate.updateNClob(number, value);
    }

    @Override
    public void updateNClob(int number, NClob value) throws SQLException {
        delegate.updateNClob(number, value);
    }

    @Override
    public void updateNString(String text, String text2) throws SQLException {
        delegate.updateNString(text, text2);
    }

    @Override
    public void updateNString(int number, String text) throws SQLException {
        delegate.updateNString(number, text);
    }

    @Override
    public void updateNull(String text) throws SQLException {
        delegate.updateNull(text);
    }

    @Override
    public void updateNull(int number) throws SQLException {
        delegate.updateNull(number);
    }

    @Override
    public void updateObject(String text, Object value, int number) throws SQLException {
        delegate.updateObject(text, value, number);
    }

    @Override
    public void updateObject(String text, Object value, SQLType value2, int number) throws SQLException {
        delegate.updateObject(text, value, value2, number);
    }

    @Override
    public void updateObject(String text, Object value, SQLType value2) throws SQLException {
        delegate.updateObject(text, value, value2);
    }

    @Override
    public void updateObject(String text, Object value) throws SQLException {
        delegate.updateObject(text, value);
    }

    @Override
    public void updateObject(int number, Object value, int number2) throws SQLException {
        delegate.updateObject(number, value, number2);
    }

    @Override
    public void updateObject(int number, Object value, SQLType value2, int number3) throws SQLException {
        delegate.updateObject(number, value, value2, number3);
    }

    @Override
    public void updateObject(int number, Object value, SQLType value2) throws SQLException {
        delegate.updateObject(number, value, value2);
    }

    @Override
    public void updateObject(int number, Object value) throws SQLException {
        delegate.updateObject(number, value);
    }

    @Override
    public void updateRef(String text, Ref value) throws SQLException {
        delegate.updateRef(text, value);
    }

    @Override
    public void updateRef(int number, Ref value) throws SQLException {
        delegate.updateRef(number, value);
    }

    @Override
    public void updateRowId(String text, RowId value) throws SQLException {
        delegate.updateRowId(text, value);
    }

    @Override
    public void updateRowId(int number, RowId value) throws SQLException {
        delegate.updateRowId(number, value);
    }

    @Override
    public void updateRow() throws SQLException {
        delegate.updateRow();
    }

    @Override
    public void updateSQLXML(String text, SQLXML value) throws SQLException {
        delegate.updateSQLXML(text, value);
    }

    @Override
    public void updateSQLXML(int number, SQLXML value) throws SQLException {
        delegate.updateSQLXML(number, value);
    }

    @Override
    public void updateShort(String text, short value) throws SQLException {
        delegate.updateShort(text, value);
    }

    @Override
    public void updateShort(int number, short value) throws SQLException {
        delegate.updateShort(number, value);
    }

    @Override
    public void updateString(String text, String text2) throws SQLException {
        delegate.updateString(text, text2);
    }

    @Override
    public void updateString(int number, String text) throws SQLException {
        delegate.updateString(number, text);
    }

    @Override
    public void updateTime(String text, Time value) throws SQLException {
        delegate.updateTime(text, value);
    }

    @Override
    public void updateTime(int number, Time value) throws SQLException {
        delegate.updateTime(number, value);
    }

    @Override
    public void updateTimestamp(String text, Timestamp value) throws SQLException {
        delegate.updateTimestamp(text, value);
    }

    @Override
    public void updateTimestamp(int number, Timestamp value) throws SQLException {
        delegate.updateTimestamp(number, value);
    }

    @Override
    public boolean wasNull() throws SQLException {
        return delegate.wasNull();
    }
}
