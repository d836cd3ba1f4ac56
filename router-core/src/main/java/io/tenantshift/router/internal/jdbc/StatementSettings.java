package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.sql.KeysRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * How a logical statement was made and what it was told before its physical one existed: this list, and nothing else. {@link #PLAIN} is
 * shared and never changed; a statement that is told something keeps a copy of its own. Not safe for concurrent use.
 */
final class StatementSettings {
    /** Of a statement that was made without any wish. */
    static final StatementSettings PLAIN = new StatementSettings(
            ResultSet.TYPE_FORWARD_ONLY,
            ResultSet.CONCUR_READ_ONLY,
            ResultSet.CLOSE_CURSORS_AT_COMMIT,
            KeysRequest.NONE);

    final int type;
    final int concurrency;
    final int holdability;
    final KeysRequest keys;
    /** How often what is told was changed. */
    int changes;

    int maxRows;

    /** Null if it was never told: the driver has a default. */
    @Nullable
    Integer fetchSize;

    int fetchDirection = ResultSet.FETCH_FORWARD;

    /** Null if it was never told: the driver has a default. */
    @Nullable
    Integer queryTimeoutSeconds;

    int maxFieldSize;
    boolean escapeProcessing = true;
    boolean poolable;
    boolean closeOnCompletion;

    @Nullable
    String cursorName;

    @Nullable
    Integer prepareThreshold;

    @Nullable
    Boolean adaptiveFetch;

    StatementSettings(int type, int concurrency, int holdability, KeysRequest keys) {
        this.type = type;
        this.concurrency = concurrency;
        this.holdability = holdability;
        this.keys = keys;
    }

    /** Refuses what the driver refuses when a statement is made, for one that is made later. */
    void check() throws SQLException {
        if (type != ResultSet.TYPE_FORWARD_ONLY
                && type != ResultSet.TYPE_SCROLL_INSENSITIVE
                && type != ResultSet.TYPE_SCROLL_SENSITIVE) {
            throw DriverErrors.invalid("Unknown value for ResultSet type");
        }
        if (concurrency != ResultSet.CONCUR_READ_ONLY && concurrency != ResultSet.CONCUR_UPDATABLE) {
            throw DriverErrors.invalid("Unknown value for ResultSet concurrency");
        }
        if (holdability != ResultSet.HOLD_CURSORS_OVER_COMMIT && holdability != ResultSet.CLOSE_CURSORS_AT_COMMIT) {
            throw DriverErrors.invalid("Unknown value for ResultSet holdability");
        }
    }

    /** A copy with other keys. */
    StatementSettings with(KeysRequest others) {
        StatementSettings copy = new StatementSettings(type, concurrency, holdability, others);
        copy.maxRows = maxRows;
        copy.fetchSize = fetchSize;
        copy.fetchDirection = fetchDirection;
        copy.queryTimeoutSeconds = queryTimeoutSeconds;
        copy.maxFieldSize = maxFieldSize;
        copy.escapeProcessing = escapeProcessing;
        copy.poolable = poolable;
        copy.closeOnCompletion = closeOnCompletion;
        copy.cursorName = cursorName;
        copy.prepareThreshold = prepareThreshold;
        copy.adaptiveFetch = adaptiveFetch;
        return copy;
    }

    /** @param plain whether its results are the caller's and nothing else, so that the driver knows when they are complete */
    void applyTo(Statement physical, boolean plain) throws SQLException {
        if (plain && closeOnCompletion) {
            physical.closeOnCompletion();
        }
        if (maxRows != 0) {
            physical.setMaxRows(maxRows);
        }
        if (fetchSize != null) {
            physical.setFetchSize(fetchSize);
        }
        if (fetchDirection != ResultSet.FETCH_FORWARD) {
            physical.setFetchDirection(fetchDirection);
        }
        if (queryTimeoutSeconds != null) {
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
        if (poolable) {
            physical.setPoolable(true);
        }
        if (prepareThreshold != null) {
            physical.unwrap(PGStatement.class).setPrepareThreshold(prepareThreshold);
        }
        if (adaptiveFetch != null) {
            physical.unwrap(PGStatement.class).setAdaptiveFetch(adaptiveFetch);
        }
    }
}
