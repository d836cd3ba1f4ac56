package io.tenantshift.router.fence;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Finishes or undoes an attempt that died, from nothing but the two fence rows. Idempotent, and safe to run by anybody at any moment: a
 * refused writer, an applier that waits, a coordinator that starts. Stateless.
 *
 * <p>A side in state {@code ready e} belongs to an attempt. What the other side says decides:
 * <ol>
 *   <li>there {@code following e} by the same attempt: the cutover has been committed; {@code ready} becomes {@code open}. Forward.
 *   <li>there {@code open}, and the tenant's shared lock can be had without waiting: the attempt's session is gone and with it its
 *       cutover; {@code ready} becomes {@code following}. Backward. Without the lock the attempt may still commit: a row that is read
 *       {@code open} now may be {@code following} a moment later, and the tenant would have no open side.
 *   <li>there anything else, or the lock is taken: the attempt lives, or has been followed by another; nothing is done.
 * </ol>
 */
public final class Recovery {
    /** What was found, and done. */
    public enum Outcome {
        /** No side is {@code ready}: nothing to recover. */
        NOTHING,
        /** The cutover had been committed: its new side is open now. */
        FORWARD,
        /** The attempt was dead: its prepared side follows again. */
        BACKWARD,
        /** The attempt may be alive; ask again. */
        BUSY
    }

    private Recovery() {}

    /** Recovers a tenant between two sides, in either role; both connections in autocommit. */
    public static Outcome recover(Connection one, Connection other, String tenant) throws SQLException {
        Outcome outcome = recoverSide(one, other, tenant);
        return outcome == Outcome.NOTHING ? recoverSide(other, one, tenant) : outcome;
    }

    private static Outcome recoverSide(Connection prepared, Connection other, String tenant) throws SQLException {
        Optional<FenceRow> ready = Fence.read(prepared, tenant).filter(row -> row.state() == FenceState.READY);
        if (ready.isEmpty()) {
            return Outcome.NOTHING;
        }
        FenceRow row = ready.get();
        other.setAutoCommit(false);
        try {
            if (!Fence.tryLockShared(other, tenant)) {
                return Outcome.BUSY;
            }
            Optional<FenceRow> there = Fence.read(other, tenant);
            if (there.isEmpty()) {
                return Outcome.BUSY;
            }
            if (there.get().state() == FenceState.OPEN) {
                return Fence.compareAndSet(prepared, row, row.to(FenceState.FOLLOWING))
                        ? Outcome.BACKWARD
                        : Outcome.BUSY;
            }
            boolean committed = there.get().state() == FenceState.FOLLOWING
                    && there.get().epoch() == row.epoch()
                    && there.get().attempt().equals(row.attempt());
            return committed && Fence.compareAndSet(prepared, row, row.to(FenceState.OPEN))
                    ? Outcome.FORWARD
                    : Outcome.BUSY;
        } finally {
            other.rollback();
            other.setAutoCommit(true);
        }
    }
}
