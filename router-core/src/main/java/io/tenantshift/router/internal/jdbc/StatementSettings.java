package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.sql.KeysRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** What a logical statement was told before its physical one exists: this list, and nothing else. Not safe for concurrent use. */
final class StatementSettings {
    final int type;
    final int concurrency;
    final int holdability;
    final KeysRequest keys;
    int maxRows;
    int fetchSize;
    int fetchDirection = ResultSet.FETCH_FORWARD;
    int queryTimeoutSeconds;
    int maxFieldSize;
    boolean escapeProcessing = true;
    boolean poolable;
    boolean closeOnCompletion;

    @Nullable
    String cursorName;

    StatementSettings(int type, int concurrency, int holdability, KeysRequest keys) {
        this.type = type;
        this.concurrency = concurrency;
        this.holdability = holdability;
        this.keys = keys;
    }

    static StatementSettings of(KeysRequest keys) {
        return new StatementSettings(
                ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY, ResultSet.CLOSE_CURSORS_AT_COMMIT, keys);
    }

    void applyTo(Statement physical) throws SQLException {
        if (maxRows != 0) {
            physical.setMaxRows(maxRows);
        }
        if (fetchSize != 0) {
            physical.setFetchSize(fetchSize);
        }
        if (fetchDirection != ResultSet.FETCH_FORWARD) {
            physical.setFetchDirection(fetchDirection);
        }
        if (queryTimeoutSeconds != 0) {
            physical.setQueryTimeout(queryTimeoutSeconds);
        }
        if (maxFieldSize != 0) {
            physical.setMaxFieldSize(maxFieldSize);
        }
        if (!escapeProcessing) {
            physical.setEscapeProcessing(false);
        }
        if (cursorName != null) {
            physical.setCursorName(cursorName);
        }
    }
}
