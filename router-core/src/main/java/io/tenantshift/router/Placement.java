package io.tenantshift.router;

import org.jspecify.annotations.Nullable;

/**
 * Where a tenant is served, as learnt at one moment: shard, phase and epoch, always from the same fence row. Pinned for a transaction.
 * A placement may be stale; the fence refuses a write that carries a stale one.
 *
 * @param tenant the tenant
 * @param shard the shard with authority
 * @param other the other side of the tenant's transition; null if it is not moving
 * @param phase the phase; {@link Phase#SOURCE_ONLY} outside a transition
 * @param epoch the fencing token to enter with; 0 where the shard has no guards and writes need not enter
 * @param lane the lane that carries the tenant's journal entries away from {@code shard}; null if it is not moving
 */
public record Placement(
        String tenant,
        String shard,
        @Nullable String other,
        Phase phase,
        long epoch,
        @Nullable String lane) {

    /** A tenant on a shard without guards. */
    public static Placement unguarded(String tenant, String shard) {
        return new Placement(tenant, shard, null, Phase.SOURCE_ONLY, 0, null);
    }

    /** Whether write transactions must enter the fence. */
    public boolean isFenced() {
        return epoch > 0;
    }

    /** Whether the tenant is between two shards. */
    public boolean isMoving() {
        return other != null;
    }

    /** Whether writes must be captured into the journal. */
    public boolean isCaptured() {
        return isMoving() && phase.journalRuns();
    }
}
