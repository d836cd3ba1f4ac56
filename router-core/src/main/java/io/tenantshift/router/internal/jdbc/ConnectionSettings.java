package io.tenantshift.router.internal.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a logical connection was told: recorded, and replayed on each physical connection that it binds. This list, and nothing else. The
 * pool puts each of them back when the physical connection is returned. Not safe for concurrent use.
 */
final class ConnectionSettings {
    boolean autoCommit = true;
    boolean readOnly;

    @Nullable
    Integer isolation;

    @Nullable
    Integer holdability;

    @Nullable
    String schema;

    int networkTimeoutMillis = -1;

    @Nullable
    Executor networkTimeoutExecutor;

    /** Whether a transaction that begins now is begun READ ONLY on the server; in autocommit the flag alone does not bind it. */
    boolean beginsReadOnly() {
        return readOnly && !autoCommit;
    }

    /** Whether a snapshot may be older than a wait in the fence. */
    boolean hasOldSnapshots() {
        return isolation != null && isolation > Connection.TRANSACTION_READ_COMMITTED;
    }

    void applyTo(Connection physical) throws SQLException {
        if (physical.getAutoCommit() != autoCommit) {
            physical.setAutoCommit(autoCommit);
        }
        if (readOnly) {
            physical.setReadOnly(true);
        }
        if (isolation != null) {
            physical.setTransactionIsolation(isolation);
        }
        if (holdability != null) {
            physical.setHoldability(holdability);
        }
        if (schema != null) {
            physical.setSchema(schema);
        }
        if (networkTimeoutMillis >= 0 && networkTimeoutExecutor != null) {
            physical.setNetworkTimeout(networkTimeoutExecutor, networkTimeoutMillis);
        }
    }
}
