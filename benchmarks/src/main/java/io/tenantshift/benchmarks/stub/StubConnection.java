package io.tenantshift.benchmarks.stub;

import io.tenantshift.benchmarks.contender.Workload;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Properties;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.AutoSave;
import org.postgresql.jdbc.PgConnection;

/**
 * What is on the way of a workload's statements, by hand and without a server; {@link Generated} fills in every other method by passing
 * it on to a real connection, which is opened then. Not safe for concurrent use.
 */
public abstract class StubConnection implements Connection, PGConnection {
    private static final Driver REAL = new Driver();

    private final String url;
    private final Properties info;
    private @Nullable PgConnection real;
    private boolean autoCommit = true;
    private boolean readOnly;
    private boolean closed;
    private int isolation = TRANSACTION_READ_COMMITTED;
    private int networkTimeoutMillis;

    protected StubConnection(String url, Properties info) {
        this.url = url;
        this.info = info;
    }

    /** The real connection, in the state that this one was told. */
    public final PgConnection real() throws SQLException {
        PgConnection known = real;
        if (known != null) {
            return known;
        }
        Connection opened = REAL.connect(url, info);
        if (opened == null) {
            throw new SQLException("stub: PostgreSQL's driver does not accept the URL", "08001");
        }
        PgConnection made = opened.unwrap(PgConnection.class);
        made.setTransactionIsolation(isolation);
        made.setReadOnly(readOnly);
        made.setAutoCommit(autoCommit);
        real = made;
        return made;
    }

    @Override
    public PreparedStatement prepareStatement(String sql) throws SQLException {
        Boolean rows = Workload.returnsRows(sql);
        return rows == null ? real().prepareStatement(sql) : Generated.preparedStatement(this, rows);
    }

    @Override
    public PreparedStatement prepareStatement(String sql, int type, int concurrency) throws SQLException {
        Boolean rows = Workload.returnsRows(sql);
        return rows == null ? real().prepareStatement(sql, type, concurrency) : Generated.preparedStatement(this, rows);
    }

    @Override
    public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability)
            throws SQLException {
        Boolean rows = Workload.returnsRows(sql);
        return rows == null
                ? real().prepareStatement(sql, type, concurrency, holdability)
                : Generated.preparedStatement(this, rows);
    }

    @Override
    public void setAutoCommit(boolean on) throws SQLException {
        autoCommit = on;
        if (real != null) {
            real.setAutoCommit(on);
        }
    }

    @Override
    public boolean getAutoCommit() {
        return autoCommit;
    }

    @Override
    public void commit() throws SQLException {
        if (real != null) {
            real.commit();
        }
    }

    @Override
    public void rollback() throws SQLException {
        if (real != null) {
            real.rollback();
        }
    }

    @Override
    public void setReadOnly(boolean on) throws SQLException {
        readOnly = on;
        if (real != null) {
            real.setReadOnly(on);
        }
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public void setTransactionIsolation(int level) throws SQLException {
        isolation = level;
        if (real != null) {
            real.setTransactionIsolation(level);
        }
    }

    @Override
    public int getTransactionIsolation() {
        return isolation;
    }

    @Override
    public void setNetworkTimeout(@Nullable Executor executor, int millis) {
        networkTimeoutMillis = millis;
    }

    @Override
    public int getNetworkTimeout() {
        return networkTimeoutMillis;
    }

    @Override
    public int getHoldability() {
        return java.sql.ResultSet.CLOSE_CURSORS_AT_COMMIT;
    }

    @Override
    public @Nullable SQLWarning getWarnings() {
        return null;
    }

    @Override
    public void clearWarnings() {}

    @Override
    public AutoSave getAutosave() {
        return AutoSave.NEVER;
    }

    @Override
    public boolean isValid(int seconds) {
        return !closed;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public void abort(Executor executor) throws SQLException {
        close();
    }

    @Override
    public void close() throws SQLException {
        closed = true;
        if (real != null) {
            real.close();
        }
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : real().unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this) || type.isAssignableFrom(PgConnection.class);
    }
}
