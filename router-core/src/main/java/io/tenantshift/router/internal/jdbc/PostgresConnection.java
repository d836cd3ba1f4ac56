package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.internal.Engine;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.fastpath.Fastpath;
import org.postgresql.jdbc.AutoSave;
import org.postgresql.jdbc.PreferQueryMode;
import org.postgresql.largeobject.LargeObjectManager;
import org.postgresql.replication.PGReplicationConnection;
import org.postgresql.util.PGobject;

/**
 * What PostgreSQL's driver offers beyond JDBC, on the connection that is bound. What only asks is asked of any; what works past the
 * library, {@code COPY}, large objects, fast path, replication, and what changes the driver's own settings, is refused while the tenant's
 * writes must enter, and closes the physical connection afterwards instead of giving it to anyone else.
 */
abstract class PostgresConnection extends Session implements Connection, PGConnection {
    PostgresConnection(Engine engine, @Nullable String shardingKey) {
        super(engine, shardingKey);
    }

    final BaseConnection asked() throws SQLException {
        return any().driver();
    }

    /** For the methods that the interface gives no way to fail by a checked exception. */
    final BaseConnection askedUnchecked() {
        try {
            return asked();
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    final BaseConnection exposedUnchecked(String what) {
        try {
            return exposed(what).driver();
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public CopyManager getCopyAPI() throws SQLException {
        return exposedForCopy().driver().getCopyAPI();
    }

    @Override
    public LargeObjectManager getLargeObjectAPI() throws SQLException {
        return exposed("the large object API").driver().getLargeObjectAPI();
    }

    @Override
    @SuppressWarnings("deprecation") // the interface's own deprecated method is handed on too
    public Fastpath getFastpathAPI() throws SQLException {
        return exposed("the fast path").driver().getFastpathAPI();
    }

    @Override
    public PGReplicationConnection getReplicationAPI() {
        return exposedUnchecked("the replication API").getReplicationAPI();
    }

    @Override
    public PGNotification @Nullable [] getNotifications() throws SQLException {
        return asked().getNotifications();
    }

    @Override
    public PGNotification @Nullable [] getNotifications(int timeoutMillis) throws SQLException {
        return asked().getNotifications(timeoutMillis);
    }

    @Override
    @SuppressWarnings("deprecation") // the interface's own deprecated method is handed on too
    public void addDataType(String type, String className) {
        exposedUnchecked("adding a data type").addDataType(type, className);
    }

    @Override
    public void addDataType(String type, Class<? extends PGobject> into) throws SQLException {
        exposed("adding a data type").driver().addDataType(type, into);
    }

    @Override
    public void setPrepareThreshold(int threshold) {
        exposedUnchecked("setting the prepare threshold").setPrepareThreshold(threshold);
    }

    @Override
    public int getPrepareThreshold() {
        return askedUnchecked().getPrepareThreshold();
    }

    @Override
    public void setDefaultFetchSize(int rows) throws SQLException {
        exposed("setting the default fetch size").driver().setDefaultFetchSize(rows);
    }

    @Override
    public int getDefaultFetchSize() {
        return askedUnchecked().getDefaultFetchSize();
    }

    @Override
    public void setQueryTimeout(int seconds) throws SQLException {
        exposed("setting the default query time-out").driver().setQueryTimeout(seconds);
    }

    @Override
    public int getQueryTimeout() {
        return askedUnchecked().getQueryTimeout();
    }

    @Override
    public int getBackendPID() {
        return askedUnchecked().getBackendPID();
    }

    @Override
    public void cancelQuery() throws SQLException {
        ShardConnection on = bound();
        if (on != null) {
            on.driver().cancelQuery();
        }
    }

    @Override
    public String escapeIdentifier(String identifier) throws SQLException {
        return asked().escapeIdentifier(identifier);
    }

    @Override
    public String escapeLiteral(String literal) throws SQLException {
        return asked().escapeLiteral(literal);
    }

    @Override
    public PreferQueryMode getPreferQueryMode() {
        return askedUnchecked().getPreferQueryMode();
    }

    @Override
    public AutoSave getAutosave() {
        return askedUnchecked().getAutosave();
    }

    @Override
    public void setAutosave(AutoSave autoSave) {
        exposedUnchecked("setting autosave").setAutosave(autoSave);
    }

    @Override
    public Array createArrayOf(String typeName, @Nullable Object elements) throws SQLException {
        return asked().createArrayOf(typeName, elements);
    }

    @Override
    public void alterUserPassword(String user, char[] newPassword, @Nullable String encryptionType)
            throws SQLException {
        exposed("changing a password").driver().alterUserPassword(user, newPassword, encryptionType);
    }

    @Override
    public Map<String, String> getParameterStatuses() {
        return askedUnchecked().getParameterStatuses();
    }

    @Override
    public @Nullable String getParameterStatus(String parameterName) {
        return askedUnchecked().getParameterStatus(parameterName);
    }

    @Override
    public void setAdaptiveFetch(boolean adaptiveFetch) {
        exposedUnchecked("setting adaptive fetch").setAdaptiveFetch(adaptiveFetch);
    }

    @Override
    public boolean getAdaptiveFetch() {
        return askedUnchecked().getAdaptiveFetch();
    }
}
