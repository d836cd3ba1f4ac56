package io.tenantshift.migration;

import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * A tenant's writers held on one side: one transaction with the tenant's exclusive lock and time-outs of the server. Closing it without
 * {@link #commit()} ends the transaction with nothing changed. Not safe for concurrent use.
 *
 * <p>All changes of a tenant's fence rows by a coordinator are made under this lock on the side with authority, also those of the other
 * side's row (see {@link PhaseSteps}); {@link Cutover}'s last step and {@link io.tenantshift.router.fence.Recovery} are the exceptions.
 */
final class TenantHold implements AutoCloseable {
    private final Connection side;
    private final String tenant;
    private final Deadline deadline;
    private long requested;
    private boolean ended;

    private TenantHold(Connection side, String tenant, Deadline deadline) {
        this.side = side;
        this.tenant = tenant;
        this.deadline = deadline;
        this.requested = System.nanoTime();
    }

    /**
     * Waits for the tenant's transactions on this side to end and lets no new one begin.
     *
     * @param side in autocommit; the caller goes on owning it and does nothing else on it meanwhile
     * @throws SQLException if the deadline was reached first; nothing is held
     */
    static TenantHold take(Connection side, String tenant, Deadline deadline) throws SQLException {
        side.setAutoCommit(false);
        TenantHold hold = new TenantHold(side, tenant, deadline);
        try {
            hold.arm();
            hold.strongCommit();
            hold.requested = System.nanoTime();
            Fence.lockExclusive(side, tenant);
            return hold;
        } catch (SQLException e) {
            hold.close();
            throw e;
        }
    }

    /** The tenant's row on this side, read under the lock. */
    FenceRow row() throws SQLException {
        return Fence.read(side, tenant)
                .orElseThrow(() -> new MigrationRefusedException(
                        "step of tenant \"%s\"".formatted(tenant),
                        List.of("it has no fence row on its authority"),
                        "nothing was changed"));
    }

    /** Gives the server what remains of the deadline. */
    void arm() throws SQLException {
        deadline.arm(side);
    }

    /** Changes the tenant's row on this side, to be committed by {@link #commit()}. */
    boolean compareAndSet(FenceRow expected, FenceRow next) throws SQLException {
        arm();
        return Fence.compareAndSet(side, expected, next);
    }

    /** The connection, for further statements of the same transaction. */
    Connection connection() {
        return side;
    }

    /** Since when the lock has been asked for. */
    Duration held() {
        return Duration.ofNanos(System.nanoTime() - requested);
    }

    /**
     * Commits at the strongest level that the server knows. If this throws, the outcome is unknown: a plain read could precede a commit
     * that is on its way.
     */
    void commit() throws SQLException {
        ended = true;
        side.commit();
    }

    private void strongCommit() throws SQLException {
        try (Statement set = side.createStatement()) {
            set.execute("set local synchronous_commit = remote_apply");
        }
    }

    /** Ends the transaction; a connection on which that fails is cut, and the server's time-outs end the session. */
    @Override
    public void close() throws SQLException {
        try {
            if (!ended) {
                ended = true;
                side.rollback();
            }
            side.setAutoCommit(true);
        } catch (SQLException e) {
            side.abort(Runnable::run);
        }
    }
}
