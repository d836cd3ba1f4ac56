package io.tenantshift.router.internal.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * What a statement is told: handed to the driver's statement, if there is one already, and recorded for those that are made later, on
 * other connections. Not safe for concurrent use.
 */
abstract class ToldStatement implements Statement, PGStatement {
    private StatementSettings settings;

    ToldStatement(StatementSettings settings) {
        this.settings = settings;
    }

    final StatementSettings settings() {
        return settings;
    }

    /** The driver's statement for the caller's own text; null if there is none. */
    abstract @Nullable Statement live() throws SQLException;

    /** The driver's statement, to be asked something; made on whatever connection there is. */
    abstract Statement asked() throws SQLException;

    /** What the statement is told, as its own. */
    private StatementSettings change() {
        if (settings == StatementSettings.PLAIN) {
            settings = settings.with(settings.keys);
        }
        settings.changes++;
        return settings;
    }

    private static int told(@Nullable Integer value) {
        return value == null ? 0 : value;
    }

    private static int notNegative(String what, int value) throws SQLException {
        if (value < 0) {
            throw DriverErrors.invalid("%s must be a value greater than or equal to 0.".formatted(what));
        }
        return value;
    }

    @Override
    public int getMaxFieldSize() throws SQLException {
        Statement live = live();
        return live != null ? live.getMaxFieldSize() : settings.maxFieldSize;
    }

    @Override
    public void setMaxFieldSize(int max) throws SQLException {
        Statement live = live();
        if (live != null) {
            live.setMaxFieldSize(max);
        }
        int told = notNegative("The maximum field size", max);
        if (settings.maxFieldSize != told) {
            change().maxFieldSize = told;
        }
    }

    @Override
    public int getMaxRows() throws SQLException {
        Statement live = live();
        return live != null ? live.getMaxRows() : settings.maxRows;
    }

    @Override
    public void setMaxRows(int max) throws SQLException {
        Statement live = live();
        if (live != null) {
            live.setMaxRows(max);
        }
        int told = notNegative("Maximum number of rows", max);
        if (settings.maxRows != told) {
            change().maxRows = told;
        }
    }

    /** As the driver, which does not implement it. */
    @Override
    public void setLargeMaxRows(long max) throws SQLException {
        asked().setLargeMaxRows(max);
    }

    /** As the driver, which does not implement it. */
    @Override
    public long getLargeMaxRows() throws SQLException {
        return asked().getLargeMaxRows();
    }

    @Override
    public void setEscapeProcessing(boolean enable) throws SQLException {
        Statement live = live();
        if (live != null) {
            live.setEscapeProcessing(enable);
        }
        change().escapeProcessing = enable;
    }

    @Override
    public int getQueryTimeout() throws SQLException {
        Statement live = live();
        return live != null ? live.getQueryTimeout() : told(settings.queryTimeoutSeconds);
    }

    @Override
    public void setQueryTimeout(int seconds) throws SQLException {
        Statement live = live();
        if (live != null) {
            live.setQueryTimeout(seconds);
        }
        int told = notNegative("Query timeout", seconds);
        if (!Integer.valueOf(told).equals(settings.queryTimeoutSeconds)) {
            change().queryTimeoutSeconds = told;
        }
    }

    @Override
    public void setCursorName(String name) throws SQLException {
        Statement live = live();
        if (live != null) {
            live.setCursorName(name);
        }
        change().cursorName = name;
    }

    @Override
    public void setFetchDirection(int direction) throws SQLException {
        Statement live = live();
        if (live != null) {
            live.setFetchDirection(direction);
        } else if (direction != ResultSet.FETCH_FORWARD
                && direction != ResultSet.FETCH_REVERSE
                && direction != ResultSet.FETCH_UNKNOWN) {
            throw DriverErrors.invalid("Invalid fetch direction constant: %d.".formatted(direction));
        }
        change().fetchDirection = direction;
    }

    @Override
    public int getFetchDirection() throws SQLException {
        Statement live = live();
        return live != null ? live.getFetchDirection() : settings.fetchDirection;
    }

    @Override
    public void setFetchSize(int rows) throws SQLException {
        Statement live = live();
        if (live != null) {
            live.setFetchSize(rows);
        }
        int told = notNegative("Fetch size", rows);
        if (!Integer.valueOf(told).equals(settings.fetchSize)) {
            change().fetchSize = told;
        }
    }

    @Override
    public int getFetchSize() throws SQLException {
        Statement live = live();
        return live != null ? live.getFetchSize() : told(settings.fetchSize);
    }

    @Override
    public int getResultSetConcurrency() {
        return settings.concurrency;
    }

    @Override
    public int getResultSetType() {
        return settings.type;
    }

    @Override
    public int getResultSetHoldability() {
        return settings.holdability;
    }

    @Override
    public void setPoolable(boolean poolable) throws SQLException {
        Statement live = live();
        if (live != null) {
            live.setPoolable(poolable);
        }
        change().poolable = poolable;
    }

    @Override
    public boolean isPoolable() throws SQLException {
        Statement live = live();
        return live != null ? live.isPoolable() : settings.poolable;
    }

    @Override
    public void closeOnCompletion() throws SQLException {
        Statement live = live();
        if (live != null) {
            live.closeOnCompletion();
        }
        change().closeOnCompletion = true;
    }

    @Override
    public boolean isCloseOnCompletion() {
        return settings.closeOnCompletion;
    }

    // ----------------------------------------------------------------------------------------------- PostgreSQL's own

    private PGStatement driverStatement() throws SQLException {
        return asked().unwrap(PGStatement.class);
    }

    private PGStatement driverStatementUnchecked() {
        try {
            return driverStatement();
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public long getLastOID() throws SQLException {
        return driverStatement().getLastOID();
    }

    @Override
    @Deprecated // as in the interface
    @SuppressWarnings("InlineMeSuggester") // it is the interface that deprecates it
    public void setUseServerPrepare(boolean flag) throws SQLException {
        setPrepareThreshold(flag ? 1 : 0);
    }

    @Override
    public boolean isUseServerPrepare() {
        return driverStatementUnchecked().isUseServerPrepare();
    }

    @Override
    public void setPrepareThreshold(int threshold) throws SQLException {
        driverStatement().setPrepareThreshold(threshold);
        change().prepareThreshold = threshold;
    }

    @Override
    public int getPrepareThreshold() {
        return driverStatementUnchecked().getPrepareThreshold();
    }

    @Override
    public void setAdaptiveFetch(boolean adaptiveFetch) {
        driverStatementUnchecked().setAdaptiveFetch(adaptiveFetch);
        change().adaptiveFetch = adaptiveFetch;
    }

    @Override
    public boolean getAdaptiveFetch() {
        return driverStatementUnchecked().getAdaptiveFetch();
    }
}
