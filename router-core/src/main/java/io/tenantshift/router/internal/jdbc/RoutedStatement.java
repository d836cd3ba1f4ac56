package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.Placement;
import io.tenantshift.router.internal.Engine;
import io.tenantshift.router.internal.jdbc.Unit.Form;
import io.tenantshift.router.internal.jdbc.Unit.Need;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.ReadObserver.RowCollector;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.StatementKind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;

/**
 * A logical statement: makes the physical one when it is executed, on whatever connection the session has bound, and reads the caller's
 * result out of it by position. One thread at a time, but {@link #cancel()} from any.
 */
class RoutedStatement implements Statement {
    private final RoutedConnection connection;
    final StatementSettings settings;
    private final List<String> batch = new ArrayList<>();
    private volatile @Nullable Statement physical;
    private @Nullable Binding boundTo;
    private @Nullable RoutedResultSet result;
    private @Nullable RoutedResultSet keys;
    private long updateCount = -1;
    /** Whether the driver itself keeps the results: nothing was sent around the statement. */
    private boolean driverHoldsResults;

    private boolean closed;

    RoutedStatement(RoutedConnection connection, StatementSettings settings) {
        this.connection = connection;
        this.settings = settings;
    }

    /** Which of JDBC's three ways the caller used; they differ in what they refuse. */
    enum Call {
        ANY,
        QUERY,
        UPDATE
    }

    final Engine engine() {
        return connection.session().engine();
    }

    // ------------------------------------------------------------------------------------------------------ execution

    /** Executes one text, with parameters if it is a prepared one. */
    final boolean run(String sql, StatementSettings with, @Nullable Parameters parameters, Call call)
            throws SQLException {
        checkOpen();
        clearResults();
        SqlFacts facts = engine().facts(sql);
        return connection.session().run(new Unit<Boolean>() {
            @Override
            public Need need() {
                return Sending.need(facts);
            }

            @Override
            public boolean precedesEnter() {
                return Sending.precedesEnter(sql, facts);
            }

            @Override
            public boolean isRepeatable() {
                return parameters == null || parameters.isRepeatable();
            }

            @Override
            public Boolean execute(Binding bound, Form form) throws SQLException {
                return send(bound, form, sql, facts, with, parameters, call);
            }
        });
    }

    private boolean send(
            Binding bound,
            Form form,
            String sql,
            SqlFacts facts,
            StatementSettings with,
            @Nullable Parameters parameters,
            Call call)
            throws SQLException {
        Placement placement = bound.placement();
        Sending sending = Sending.of(engine(), placement, form, sql, facts, with);
        if (Sending.touchesSession(facts)) {
            bound.touch();
        }
        boolean first = parameters == null
                ? executeText(bound, placement, sending, with, call)
                : executePrepared(bound, placement, sending, with, parameters, call);
        Statement sent = sent();
        RowCollector collector = null;
        if (sending.isPlain()) {
            driverHoldsResults = true;
            if (first) {
                collector = observe(form, placement, sql, facts, parameters);
                result = new RoutedResultSet(sent.getResultSet(), this, bound, collector);
            } else if (with.keys != KeysRequest.NONE && sending.keys() != KeysRequest.NONE) {
                keys = new RoutedResultSet(sent.getGeneratedKeys(), this, bound, null);
            }
            return first;
        }
        driverHoldsResults = false;
        boolean rows = first;
        for (int i = 0; i < sending.position(); i++) {
            // By position: the result of CALL shows as -1, at which the usual loop would stop.
            rows = sent.getMoreResults();
        }
        if (!rows) {
            updateCount = sent.getLargeUpdateCount();
            if (call == Call.QUERY) {
                throw new SQLException("No results were returned by the query.", "02000");
            }
            return false;
        }
        RoutedResultSet taken = new RoutedResultSet(sent.getResultSet(), this, bound, null);
        if (sending.rowsAreKeys()) {
            taken.last();
            updateCount = taken.getRow();
            taken.beforeFirst();
            keys = taken;
            return false;
        }
        result = taken;
        if (call == Call.UPDATE) {
            throw new SQLException("A result was returned when none was expected.", "0100E");
        }
        return true;
    }

    private @Nullable RowCollector observe(
            Form form, Placement placement, String sql, SqlFacts facts, @Nullable Parameters parameters) {
        ReadObserver observer = engine().observer();
        if (observer == null
                || form != Form.PLAIN
                || facts.kind() != StatementKind.READ
                || !placement.phase().shadowReads()
                || connection.session().inTransaction()
                || (parameters != null && !parameters.isRepeatable())) {
            return null;
        }
        Parameters values = parameters == null ? new Parameters() : parameters.snapshot();
        return observer.begin(new ReadObserver.Read(placement, sql, values));
    }

    private boolean executeText(Binding bound, Placement placement, Sending sending, StatementSettings with, Call call)
            throws SQLException {
        Statement made = physicalStatement(bound, with, sending);
        String text = sending.text();
        if (sending.enters()) {
            String tenant = bound.connection().unwrap(PGConnection.class).escapeLiteral(placement.tenant());
            text = text.replace(Sending.CALL, "CALL tenantshift.enter('%s',%d); ".formatted(tenant, placement.epoch()));
        }
        if (!sending.isPlain()) {
            return made.execute(text);
        }
        if (sending.keys() instanceof KeysRequest.Columns columns) {
            return made.execute(text, columns.names().toArray(String[]::new));
        }
        if (sending.keys() == KeysRequest.ALL) {
            return made.execute(text, Statement.RETURN_GENERATED_KEYS);
        }
        return switch (call) {
            case ANY -> made.execute(text);
            case QUERY -> {
                made.executeQuery(text);
                yield true;
            }
            case UPDATE -> {
                made.executeUpdate(text);
                yield false;
            }
        };
    }

    private Statement physicalStatement(Binding bound, StatementSettings with, Sending sending) throws SQLException {
        Statement old = physical;
        if (old != null) {
            old.close();
        }
        int type = sending.rowsAreKeys() ? ResultSet.TYPE_SCROLL_INSENSITIVE : with.type;
        Statement made = bound.connection().createStatement(type, with.concurrency, with.holdability);
        with.applyTo(made);
        took(bound, made);
        return made;
    }

    /** Prepares and executes; only prepared statements have parameters. */
    boolean executePrepared(
            Binding bound,
            Placement placement,
            Sending sending,
            StatementSettings with,
            Parameters parameters,
            Call call)
            throws SQLException {
        throw new IllegalStateException("not a prepared statement");
    }

    final void took(Binding bound, Statement made) {
        boundTo = bound;
        physical = made;
    }

    final boolean isOn(Binding bound) {
        return boundTo == bound && !bound.isReleased();
    }

    private Statement sent() {
        Statement now = physical;
        if (now == null) {
            throw new IllegalStateException("nothing has been executed");
        }
        return now;
    }

    static PreparedStatement prepare(Binding bound, Sending sending, StatementSettings with) throws SQLException {
        Connection on = bound.connection();
        PreparedStatement made;
        if (sending.keys() instanceof KeysRequest.Columns columns) {
            made = on.prepareStatement(sending.text(), columns.names().toArray(String[]::new));
        } else if (sending.keys() == KeysRequest.ALL) {
            made = on.prepareStatement(sending.text(), Statement.RETURN_GENERATED_KEYS);
        } else {
            int type = sending.rowsAreKeys() ? ResultSet.TYPE_SCROLL_INSENSITIVE : with.type;
            made = on.prepareStatement(sending.text(), type, with.concurrency, with.holdability);
        }
        with.applyTo(made);
        if (sending.rowsAreKeys()) {
            // The keys are as many as the rows that were written, whatever limit a query would have.
            made.setMaxRows(0);
        }
        if (sending.capturedRows() && sending.enters()) {
            // Named statements with unbounded columns cost three flushes from the sixth execution on.
            made.unwrap(PGStatement.class).setPrepareThreshold(0);
        }
        return made;
    }

    @Override
    public ResultSet executeQuery(String sql) throws SQLException {
        run(sql, settings, null, Call.QUERY);
        return current();
    }

    final ResultSet current() throws SQLException {
        RoutedResultSet now = result;
        if (now == null) {
            throw new SQLException("No results were returned by the query.", "02000");
        }
        return now;
    }

    @Override
    public int executeUpdate(String sql) throws SQLException {
        run(sql, settings, null, Call.UPDATE);
        return getUpdateCountAfterUpdate();
    }

    final int getUpdateCountAfterUpdate() throws SQLException {
        return Math.toIntExact(Math.max(0, getLargeUpdateCount()));
    }

    @Override
    public boolean execute(String sql) throws SQLException {
        return run(sql, settings, null, Call.ANY);
    }

    @Override
    public long executeLargeUpdate(String sql) throws SQLException {
        run(sql, settings, null, Call.UPDATE);
        return Math.max(0, getLargeUpdateCount());
    }

    private long large(String sql, KeysRequest request) throws SQLException {
        run(sql, with(request), null, Call.UPDATE);
        return Math.max(0, getLargeUpdateCount());
    }

    @Override
    public long executeLargeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
        return large(sql, RoutedConnection.keys(autoGeneratedKeys));
    }

    @Override
    public long executeLargeUpdate(String sql, int[] columnIndexes) throws SQLException {
        return large(sql, RoutedConnection.keys(columnIndexes));
    }

    @Override
    public long executeLargeUpdate(String sql, String[] columnNames) throws SQLException {
        return large(sql, RoutedConnection.keys(columnNames));
    }

    @Override
    public long[] executeLargeBatch() throws SQLException {
        return Arrays.stream(executeBatch()).asLongStream().toArray();
    }

    private StatementSettings with(KeysRequest request) {
        StatementSettings other =
                new StatementSettings(settings.type, settings.concurrency, settings.holdability, request);
        other.maxRows = settings.maxRows;
        other.queryTimeoutSeconds = settings.queryTimeoutSeconds;
        other.escapeProcessing = settings.escapeProcessing;
        return other;
    }

    @Override
    public int executeUpdate(String sql, int autoGeneratedKeys) throws SQLException {
        run(sql, with(RoutedConnection.keys(autoGeneratedKeys)), null, Call.UPDATE);
        return getUpdateCountAfterUpdate();
    }

    @Override
    public int executeUpdate(String sql, int[] columnIndexes) throws SQLException {
        run(sql, with(RoutedConnection.keys(columnIndexes)), null, Call.UPDATE);
        return getUpdateCountAfterUpdate();
    }

    @Override
    public int executeUpdate(String sql, String[] columnNames) throws SQLException {
        run(sql, with(RoutedConnection.keys(columnNames)), null, Call.UPDATE);
        return getUpdateCountAfterUpdate();
    }

    @Override
    public boolean execute(String sql, int autoGeneratedKeys) throws SQLException {
        return run(sql, with(RoutedConnection.keys(autoGeneratedKeys)), null, Call.ANY);
    }

    @Override
    public boolean execute(String sql, int[] columnIndexes) throws SQLException {
        return run(sql, with(RoutedConnection.keys(columnIndexes)), null, Call.ANY);
    }

    @Override
    public boolean execute(String sql, String[] columnNames) throws SQLException {
        return run(sql, with(RoutedConnection.keys(columnNames)), null, Call.ANY);
    }

    // ----------------------------------------------------------------------------------------------------------- batch

    @Override
    public void addBatch(String sql) throws SQLException {
        checkOpen();
        batch.add(sql);
    }

    @Override
    public void clearBatch() throws SQLException {
        checkOpen();
        batch.clear();
    }

    @Override
    public int[] executeBatch() throws SQLException {
        checkOpen();
        clearResults();
        List<String> texts = List.copyOf(batch);
        batch.clear();
        if (texts.isEmpty()) {
            return new int[0];
        }
        return connection.session().run(new BatchUnit() {
            @Override
            public int[] execute(Binding bound, Form form) throws SQLException {
                Statement made = bound.connection().createStatement();
                settings.applyTo(made);
                took(bound, made);
                driverHoldsResults = true;
                for (String text : texts) {
                    SqlFacts facts = engine().facts(text);
                    if (Sending.touchesSession(facts)) {
                        bound.touch();
                    }
                    Sending sending = Sending.of(engine(), bound.placement(), Form.PLAIN, text, facts, settings);
                    made.addBatch(sending.text());
                }
                return made.executeBatch();
            }
        });
    }

    /** Several entries in one execution: always in a transaction of their own behind the fence. */
    abstract static class BatchUnit implements Unit<int[]> {
        @Override
        public Need need() {
            return Need.TRANSACTION;
        }

        @Override
        public boolean isRepeatable() {
            return true;
        }
    }

    // --------------------------------------------------------------------------------------------------------- results

    final void keepKeys(Statement made, Binding bound) throws SQLException {
        keys = new RoutedResultSet(made.getGeneratedKeys(), this, bound, null);
        driverHoldsResults = true;
    }

    final void clearResults() throws SQLException {
        RoutedResultSet oldResult = result;
        RoutedResultSet oldKeys = keys;
        result = null;
        keys = null;
        updateCount = -1;
        driverHoldsResults = false;
        if (oldResult != null) {
            oldResult.close();
        }
        if (oldKeys != null) {
            oldKeys.close();
        }
    }

    final void resultClosed(RoutedResultSet closedOne) throws SQLException {
        if (settings.closeOnCompletion && closedOne == result && !closed) {
            close();
        }
    }

    @Override
    public @Nullable ResultSet getResultSet() throws SQLException {
        checkOpen();
        return result;
    }

    @Override
    public int getUpdateCount() throws SQLException {
        return Math.toIntExact(getLargeUpdateCount());
    }

    @Override
    public long getLargeUpdateCount() throws SQLException {
        checkOpen();
        Statement now = physical;
        return driverHoldsResults && now != null ? now.getLargeUpdateCount() : updateCount;
    }

    @Override
    public boolean getMoreResults() throws SQLException {
        return getMoreResults(CLOSE_CURRENT_RESULT);
    }

    @Override
    public boolean getMoreResults(int current) throws SQLException {
        checkOpen();
        Statement now = physical;
        Binding bound = boundTo;
        if (driverHoldsResults && now != null && bound != null) {
            RoutedResultSet before = result;
            result = null;
            if (before != null && current != KEEP_CURRENT_RESULT) {
                before.close();
            }
            boolean more = now.getMoreResults(current);
            if (more) {
                result = new RoutedResultSet(now.getResultSet(), this, bound, null);
            }
            return more;
        }
        clearResults();
        return false;
    }

    @Override
    public ResultSet getGeneratedKeys() throws SQLException {
        checkOpen();
        RoutedResultSet now = keys;
        if (now != null) {
            return now;
        }
        Statement sent = physical;
        if (sent == null) {
            throw new SQLException("No statement has been executed: there are no generated keys.", "55000");
        }
        return sent.getGeneratedKeys();
    }

    // ------------------------------------------------------------------------------------------------------- life
    // cycle

    final void checkOpen() throws SQLException {
        if (closed) {
            throw new SQLException("This statement has been closed.", "55000");
        }
    }

    @Override
    public void close() throws SQLException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            clearResults();
        } finally {
            connection.forgetStatement(this);
            Statement now = physical;
            if (now != null) {
                now.close();
            }
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public void cancel() throws SQLException {
        Statement now = physical;
        if (now != null) {
            now.cancel();
        }
    }

    @Override
    public @Nullable SQLWarning getWarnings() throws SQLException {
        checkOpen();
        Statement now = physical;
        return now == null ? null : now.getWarnings();
    }

    @Override
    public void clearWarnings() throws SQLException {
        checkOpen();
        Statement now = physical;
        if (now != null) {
            now.clearWarnings();
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        checkOpen();
        return connection;
    }

    final RoutedConnection routed() {
        return connection;
    }

    // -------------------------------------------------------------------------------------------------------- settings

    private void changed() throws SQLException {
        checkOpen();
        Statement now = physical;
        if (now != null && !now.isClosed()) {
            settings.applyTo(now);
        }
    }

    @Override
    public int getMaxFieldSize() {
        return settings.maxFieldSize;
    }

    @Override
    public void setMaxFieldSize(int max) throws SQLException {
        settings.maxFieldSize = notNegative("max field size", max);
        changed();
    }

    @Override
    public int getMaxRows() {
        return settings.maxRows;
    }

    @Override
    public void setMaxRows(int max) throws SQLException {
        settings.maxRows = notNegative("max rows", max);
        Statement now = physical;
        if (now != null && !now.isClosed()) {
            now.setMaxRows(max);
        }
    }

    @Override
    public void setLargeMaxRows(long max) throws SQLException {
        setMaxRows(Math.toIntExact(max));
    }

    @Override
    public long getLargeMaxRows() {
        return settings.maxRows;
    }

    private static int notNegative(String what, int value) throws SQLException {
        if (value < 0) {
            throw new SQLException(
                    "%s is %d and must be 0 or more; nothing was changed".formatted(what, value), "22023");
        }
        return value;
    }

    @Override
    public void setEscapeProcessing(boolean enable) throws SQLException {
        checkOpen();
        settings.escapeProcessing = enable;
    }

    @Override
    public int getQueryTimeout() {
        return settings.queryTimeoutSeconds;
    }

    @Override
    public void setQueryTimeout(int seconds) throws SQLException {
        settings.queryTimeoutSeconds = notNegative("query timeout", seconds);
        Statement now = physical;
        if (now != null && !now.isClosed()) {
            now.setQueryTimeout(seconds);
        }
    }

    @Override
    public void setCursorName(String name) throws SQLException {
        checkOpen();
        settings.cursorName = name;
    }

    @Override
    public void setFetchDirection(int direction) throws SQLException {
        checkOpen();
        settings.fetchDirection = direction;
    }

    @Override
    public int getFetchDirection() {
        return settings.fetchDirection;
    }

    @Override
    public void setFetchSize(int rows) throws SQLException {
        settings.fetchSize = notNegative("fetch size", rows);
        Statement now = physical;
        if (now != null && !now.isClosed()) {
            now.setFetchSize(rows);
        }
    }

    @Override
    public int getFetchSize() {
        return settings.fetchSize;
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
        checkOpen();
        settings.poolable = poolable;
    }

    @Override
    public boolean isPoolable() {
        return settings.poolable;
    }

    @Override
    public void closeOnCompletion() throws SQLException {
        checkOpen();
        settings.closeOnCompletion = true;
    }

    @Override
    public boolean isCloseOnCompletion() {
        return settings.closeOnCompletion;
    }

    /** The driver's own statement, outside a transition only: inside one it would write behind the capture. */
    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new SQLFeatureNotSupportedException(
                "router \"%s\": a statement cannot be unwrapped to %s: its writes would bypass fence and capture; nothing was changed"
                        .formatted(engine().name(), type.getName()),
                "0A000");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }
}
