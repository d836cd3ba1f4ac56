package io.tenantshift.dualwrite;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A tenant whose entries wait, for one of them could not be applied. Other tenants of the lane go on; none of his entries is dropped, and
 * he cannot be promoted until he is released.
 *
 * @param lane the name, {@code source->target}; {@code source->target#2/3} is the second of three
 * @param epoch of his fence row on the target when he was put here
 * @param since by the target's clock
 * @param seq the number of the entry in the source's {@code tenantshift.journal}; of the last one tried, if that failed at its commit
 * @param xid the entry's transaction on the source; null if it could not be found out
 * @param layout the entry's layout, see {@code tenantshift.layout}
 * @param table the table it is of, quoted
 * @param sqlState what the target said, or a state of this library's own, {@code TS…}
 * @param reason the same in words: names and numbers, no values of rows
 * @param failedReleases how often it was tried in vain to release him
 */
public record QuarantinedTenant(
        String lane,
        String tenant,
        long epoch,
        Instant since,
        long seq,
        @Nullable String xid,
        int layout,
        String table,
        String sqlState,
        String reason,
        int failedReleases) {
    /** In one line, for logs and messages. */
    @Override
    public String toString() {
        return "tenant \"%s\" is in quarantine on lane \"%s\" since %s: entry %d (xid %s, layout %d) cannot be applied to %s: %s"
                .formatted(tenant, lane, since, seq, xid == null ? "unknown" : xid, layout, table, reason);
    }
}
