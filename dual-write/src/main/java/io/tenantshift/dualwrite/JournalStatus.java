package io.tenantshift.dualwrite;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The journal of one shard as this instance last saw it: for display, never to decide.
 *
 * @param shard whose journal it is
 * @param bytes on its disk, indexes included
 * @param entries by the server's own estimate
 * @param oldest how long ago the oldest entry that has not been applied was written; zero if all have been
 * @param quotaUsed what of the quota is used; 1 when it is reached
 * @param blockedBy why a slot whose time has passed is not emptied; null if none is held up
 */
public record JournalStatus(
        String shard,
        long bytes,
        long entries,
        Duration oldest,
        double quotaUsed,
        @Nullable String blockedBy) {}
