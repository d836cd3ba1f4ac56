package io.tenantshift.router.fence;

import io.tenantshift.router.Phase;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's fence row on one side. Epoch and phase are always learnt from the same row: a right epoch with a stale idea of "captured"
 * would be an accepted write that no journal holds.
 *
 * @param epoch the fencing token; grows with every change of who may write
 * @param lane the lane that carries this side's journal entries to the other side; null for a bystander
 * @param attempt who wrote this row: two attempts can compute the same epoch
 */
public record FenceRow(
        String tenant,
        long epoch,
        FenceState state,
        Phase phase,
        @Nullable String lane,
        UUID attempt) {
    /** The same row in another state, written by an attempt. */
    public FenceRow to(FenceState next, long nextEpoch, Phase nextPhase, UUID by) {
        return new FenceRow(tenant, nextEpoch, next, nextPhase, lane, by);
    }

    /** The row with another state only: same epoch, phase and attempt. */
    public FenceRow to(FenceState next) {
        return new FenceRow(tenant, epoch, next, phase, lane, attempt);
    }

    /** State and epoch, as messages show them. */
    @Override
    public String toString() {
        return state.text() + " " + epoch;
    }
}
