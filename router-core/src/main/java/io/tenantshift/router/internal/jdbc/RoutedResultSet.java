package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.spi.ReadObserver.RowCollector;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/** A physical result that names the logical statement as its own, and shows its rows to a collector while the caller reads them. */
final class RoutedResultSet extends ForwardingResultSet {
    private final RoutedStatement statement;
    private @Nullable RowCollector collector;

    RoutedResultSet(ResultSet physical, RoutedStatement statement) {
        super(physical);
        this.statement = statement;
    }

    RoutedResultSet(ResultSet physical, RoutedStatement statement, @Nullable RowCollector collector) {
        this(physical, statement);
        this.collector = collector;
    }

    @Override
    public boolean next() throws SQLException {
        boolean more = delegate().next();
        if (collector != null) {
            if (more) {
                collect(collector);
            } else {
                finish(true);
            }
        }
        return more;
    }

    private void collect(RowCollector rows) {
        try {
            rows.row(delegate());
        } catch (SQLException | RuntimeException e) {
            // The caller's answer is worth more than the comparison.
            finish(false);
        }
    }

    private void finish(boolean complete) {
        RowCollector rows = collector;
        collector = null;
        if (rows != null) {
            rows.end(complete);
        }
    }

    /** The statement is closed: nothing more will be read. */
    void endCollecting() {
        finish(false);
    }

    /** A caller that jumps about does not read each row once: what it saw cannot be compared. */
    private void jumped() {
        finish(false);
    }

    @Override
    public boolean previous() throws SQLException {
        jumped();
        return super.previous();
    }

    @Override
    public boolean absolute(int row) throws SQLException {
        jumped();
        return super.absolute(row);
    }

    @Override
    public boolean relative(int rows) throws SQLException {
        jumped();
        return super.relative(rows);
    }

    @Override
    public boolean first() throws SQLException {
        jumped();
        return super.first();
    }

    @Override
    public boolean last() throws SQLException {
        jumped();
        return super.last();
    }

    @Override
    public void beforeFirst() throws SQLException {
        jumped();
        super.beforeFirst();
    }

    @Override
    public void afterLast() throws SQLException {
        jumped();
        super.afterLast();
    }

    @Override
    public @Nullable Object getObject(int column) throws SQLException {
        return statement.shownObject(super.getObject(column));
    }

    @Override
    public @Nullable Object getObject(String column) throws SQLException {
        return statement.shownObject(super.getObject(column));
    }

    @Override
    public @Nullable Object getObject(int column, Map<String, Class<?>> map) throws SQLException {
        return statement.shownObject(super.getObject(column, map));
    }

    @Override
    public @Nullable Object getObject(String column, Map<String, Class<?>> map) throws SQLException {
        return statement.shownObject(super.getObject(column, map));
    }

    @Override
    public Statement getStatement() throws SQLException {
        if (delegate().isClosed()) {
            throw new PSQLException("This ResultSet is closed.", PSQLState.OBJECT_NOT_IN_STATE);
        }
        return statement;
    }

    @Override
    public void close() throws SQLException {
        finish(false);
        try {
            super.close();
        } finally {
            statement.resultClosed(this);
        }
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : super.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || super.isWrapperFor(type);
    }
}
