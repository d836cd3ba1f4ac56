package io.tenantshift.benchmarks.stub;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLWarning;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes parameters, returns one row or counts one row per execution. {@link Generated} refuses every other method. Not safe for
 * concurrent use.
 */
public abstract class StubPreparedStatement implements PreparedStatement {
    private final StubConnection connection;
    private final boolean returnsRows;
    private long parameters;
    private int batched;
    private int fetchSize;
    private int maxRows;
    private int queryTimeout;
    private @Nullable ResultSet result;
    private boolean closed;

    protected StubPreparedStatement(StubConnection connection, boolean returnsRows) {
        this.connection = connection;
        this.returnsRows = returnsRows;
    }

    @Override
    public void setString(int index, @Nullable String value) {
        parameters += index;
    }

    @Override
    public void setLong(int index, long value) {
        parameters += value;
    }

    @Override
    public void setInt(int index, int value) {
        parameters += value;
    }

    @Override
    public void setObject(int index, @Nullable Object value) {
        parameters += index;
    }

    @Override
    public void setObject(int index, @Nullable Object value, int type) {
        parameters += index;
    }

    @Override
    public void clearParameters() {
        parameters = 0;
    }

    @Override
    public ResultSet executeQuery() {
        StubResultSet made = Generated.resultSet(this, parameters);
        result = made;
        return made;
    }

    @Override
    public int executeUpdate() {
        result = null;
        return 1;
    }

    @Override
    public long executeLargeUpdate() {
        return executeUpdate();
    }

    @Override
    public boolean execute() {
        result = returnsRows ? Generated.resultSet(this, parameters) : null;
        return returnsRows;
    }

    @Override
    public @Nullable ResultSet getResultSet() {
        return result;
    }

    @Override
    public int getUpdateCount() {
        return result == null ? 1 : -1;
    }

    @Override
    public long getLargeUpdateCount() {
        return getUpdateCount();
    }

    @Override
    public boolean getMoreResults() {
        result = null;
        return false;
    }

    @Override
    public void addBatch() {
        batched++;
    }

    @Override
    public void clearBatch() {
        batched = 0;
    }

    @Override
    public int[] executeBatch() {
        int[] counts = new int[batched];
        Arrays.fill(counts, 1);
        batched = 0;
        return counts;
    }

    @Override
    public Connection getConnection() {
        return connection;
    }

    @Override
    public @Nullable SQLWarning getWarnings() {
        return null;
    }

    @Override
    public void clearWarnings() {}

    @Override
    public void setFetchSize(int rows) {
        fetchSize = rows;
    }

    @Override
    public int getFetchSize() {
        return fetchSize;
    }

    @Override
    public void setMaxRows(int rows) {
        maxRows = rows;
    }

    @Override
    public int getMaxRows() {
        return maxRows;
    }

    @Override
    public void setQueryTimeout(int seconds) {
        queryTimeout = seconds;
    }

    @Override
    public int getQueryTimeout() {
        return queryTimeout;
    }

    @Override
    public void setPoolable(boolean poolable) {}

    @Override
    public void setEscapeProcessing(boolean on) {}

    @Override
    public int getResultSetType() {
        return ResultSet.TYPE_FORWARD_ONLY;
    }

    @Override
    public int getResultSetConcurrency() {
        return ResultSet.CONCUR_READ_ONLY;
    }

    @Override
    public int getResultSetHoldability() {
        return ResultSet.CLOSE_CURSORS_AT_COMMIT;
    }

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
        throw new SQLFeatureNotSupportedException("stub: a statement is no " + type.getName(), "0A000");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }
}
