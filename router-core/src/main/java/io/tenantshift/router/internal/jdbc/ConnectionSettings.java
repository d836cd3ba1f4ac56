package io.tenantshift.router.internal.jdbc;

import java.sql.Connection;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a logical connection was told besides its autocommit mode: recorded, and replayed on each physical connection that it binds. This
 * list, and nothing else. {@link ShardConnection} puts each of them back when it is given back. Not safe for concurrent use.
 */
final class ConnectionSettings {
    boolean readOnly;

    @Nullable
    Integer isolation;

    @Nullable
    Integer holdability;

    @Nullable
    String schema;

    @Nullable
    Map<String, Class<?>> typeMap;

    final Map<String, @Nullable String> clientInfo = new HashMap<>();

    int networkTimeoutMillis = -1;

    @Nullable
    Executor networkTimeoutExecutor;

    /** Whether a snapshot may be older than a wait in the fence. */
    boolean hasOldSnapshots() {
        return isolation != null && isolation > Connection.TRANSACTION_READ_COMMITTED;
    }

    /** Tells a connection that was just bound. */
    void applyTo(ShardConnection bound) throws SQLException {
        if (readOnly) {
            bound.setReadOnly(true);
        }
        if (isolation != null) {
            bound.setTransactionIsolation(isolation);
        }
        if (holdability != null) {
            bound.setHoldability(holdability);
        }
        if (schema != null) {
            bound.setSchema(schema);
        }
        if (typeMap != null) {
            bound.setTypeMap(typeMap);
        }
        if (networkTimeoutMillis >= 0) {
            bound.setNetworkTimeout(networkTimeoutExecutor, networkTimeoutMillis);
        }
        applyClientInfo(bound);
    }

    private void applyClientInfo(ShardConnection bound) throws SQLClientInfoException {
        for (Map.Entry<String, @Nullable String> info : clientInfo.entrySet()) {
            bound.setClientInfo(info.getKey(), info.getValue());
        }
    }
}
