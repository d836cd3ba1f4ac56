package io.tenantshift.dualwrite;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How large the journal of one shard may become before somebody has to do something. Nothing is refused or dropped when it is reached: writes
 * of the application never fail for it.
 *
 * @param bytes on the disk, indexes included
 * @param entries by the server's estimate
 * @param age of the oldest entry that has not been applied
 */
public record JournalQuota(long bytes, long entries, Duration age) {
    /** The share of the quota from which on there are warnings. */
    public static final double WARNING = 0.5;

    /** 16 GiB, fifty million entries, six hours: of a shard with some hundred GB of room. */
    public static final JournalQuota DEFAULT = new JournalQuota(16L << 30, 50_000_000, Duration.ofHours(6));

    /** What of the quota is used: 1 when the first of the three is reached. */
    public double used(long usedBytes, long usedEntries, Duration usedAge) {
        return Math.max(
                Math.max((double) usedBytes / bytes, (double) usedEntries / entries),
                (double) usedAge.toMillis() / age.toMillis());
    }

    /** What is wrong with it; empty if nothing is. */
    public List<String> findings() {
        List<String> findings = new ArrayList<>();
        if (bytes < 1 || entries < 1 || age.toMillis() < 1) {
            findings.add("journal quota is %d bytes, %d entries, %s (each more than 0)".formatted(bytes, entries, age));
        }
        return findings;
    }
}
