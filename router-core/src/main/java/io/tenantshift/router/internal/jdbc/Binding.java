package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.Placement;
import io.tenantshift.router.internal.ShardPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.AutoSave;

/**
 * A physical connection that a logical one holds. Stays across transactions as long as they go to the same shard, so that an ordinary
 * unit of work borrows once. When the logical connection goes elsewhere while results are still being read here, the binding lingers
 * until the last of them is closed: a loop over a result that also writes must survive a cutover of its tenant. Not safe for concurrent
 * use.
 */
final class Binding {
    private final ShardPool pool;
    private final ShardPool.Lease lease;
    private final boolean autosave;
    private Placement placement;
    private int openResults;
    private boolean touched;
    private boolean leaving;
    private boolean released;

    Binding(ShardPool pool, ShardPool.Lease lease, Placement placement) throws SQLException {
        this.pool = pool;
        this.lease = lease;
        this.placement = placement;
        this.autosave = lease.connection().unwrap(PGConnection.class).getAutosave() != AutoSave.NEVER;
    }

    Connection connection() {
        return lease.connection();
    }

    Placement placement() {
        return placement;
    }

    /** Whether the driver sets a savepoint of its own ahead of each string: a lock taken in that string would go with it. */
    boolean hasAutosave() {
        return autosave;
    }

    /** Whether a transaction of this placement may run here as it is. */
    boolean serves(Placement next) {
        return placement.shard().equals(next.shard())
                && (placement.tenant().equals(next.tenant()) || (!touched && !placement.isMoving() && !next.isMoving()))
                && placement.isMoving() == next.isMoving();
    }

    void serve(Placement next) {
        placement = next;
    }

    /** A statement may have changed session state: nobody else gets this session. */
    void touch() {
        touched = true;
    }

    void resultOpened() {
        openResults++;
    }

    void resultClosed() {
        openResults--;
        if (leaving && openResults == 0) {
            release();
        }
    }

    /** Gives the connection back once no result is open; at once if {@code now}. */
    void leave(boolean now) {
        leaving = true;
        if (now || openResults == 0) {
            release();
        }
    }

    private void release() {
        if (!released) {
            released = true;
            if (touched) {
                pool.discard(lease);
            } else {
                lease.close();
            }
        }
    }

    boolean isReleased() {
        return released;
    }

    /** Ends whatever transaction the server is in after a failed string; the connection's autocommit mode stays. */
    void rollbackString(SQLException cause) {
        try (Statement statement = connection().createStatement()) {
            statement.execute("ROLLBACK");
            connection().clearWarnings();
        } catch (SQLException e) {
            touched = true;
            cause.addSuppressed(e);
        }
    }
}
