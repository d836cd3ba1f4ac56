package io.tenantshift.benchmarks.stub;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLWarning;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** One row of {@code id}, {@code name}, {@code amount}. {@link Generated} refuses every other method. Not safe for concurrent use. */
public abstract class StubResultSet implements ResultSet {
    private final StubPreparedStatement statement;
    private final long value;
    private boolean read;
    private boolean closed;

    protected StubResultSet(StubPreparedStatement statement, long value) {
        this.statement = statement;
        this.value = value;
    }

    @Override
    public boolean next() {
        boolean first = !read;
        read = true;
        return first;
    }

    @Override
    public long getLong(int column) {
        return value + column;
    }

    @Override
    public int getInt(int column) {
        return (int) value + column;
    }

    @Override
    public String getString(int column) {
        return "name";
    }

    @Override
    public boolean wasNull() {
        return false;
    }

    @Override
    public ResultSetMetaData getMetaData() throws SQLException {
        return Generated.resultSetMetaData();
    }

    @Override
    public Statement getStatement() {
        return statement;
    }

    @Override
    public @Nullable SQLWarning getWarnings() {
        return null;
    }

    @Override
    public void clearWarnings() {}

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLFeatureNotSupportedException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new SQLFeatureNotSupportedException("stub: a result is no " + type.getName(), "0A000");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }
}
