package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.dualwrite.JournalQuota;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be set on lanes.
 *
 * @param lease how long a lane waits for an applier that went silent
 * @param pieceEntries entries per transaction on the target, unless one source transaction has more
 * @param shortestPoll pause after the first look that found nothing; it grows with the time without an entry ({@link IdlePauses})
 * @param longestPoll pause of a lane that has been idle for long: what a commit in another process waits at most to be seen; no longer than a
 *     fifth of the lease
 * @param retryStopped pause of a lane that met something that somebody must remove
 * @param mostQuarantined tenants that a lane puts in quarantine before it takes its target for the cause
 * @param retention how long entries stay that have been applied
 * @param quota from which on a journal is too large
 * @param keepEvery pause between two looks at the journals
 * @param appliers whether this instance applies what there is; if not, it takes a lane only for work of its own, and gives it back
 */
public record LaneSettings(
        Duration lease,
        int pieceEntries,
        Duration shortestPoll,
        Duration longestPoll,
        Duration retryStopped,
        int mostQuarantined,
        Duration retention,
        JournalQuota quota,
        Duration keepEvery,
        boolean appliers) {
    /** The ring has four slots of half an hour: later than this a slot would be written again before it is emptied. */
    private static final Duration LONGEST_RETENTION = Duration.ofHours(1);

    /** What suits most services. */
    public static final LaneSettings DEFAULTS = new LaneSettings(
            Duration.ofSeconds(5),
            5_000,
            Duration.ofMillis(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            50,
            LONGEST_RETENTION,
            JournalQuota.DEFAULT,
            Duration.ofSeconds(10),
            true);

    public LaneSettings {
        List<String> findings = new ArrayList<>();
        if (lease.toMillis() < 100) {
            findings.add("lease is %s (at least 100 ms)".formatted(lease));
        }
        if (pieceEntries < 1) {
            findings.add("piece is %d entries (at least 1)".formatted(pieceEntries));
        }
        if (shortestPoll.toNanos() < 1_000 || longestPoll.compareTo(shortestPoll) < 0) {
            findings.add("poll is %s to %s (at least 1 µs, growing)".formatted(shortestPoll, longestPoll));
        }
        if (retryStopped.isNegative() || retryStopped.isZero()) {
            findings.add("retry of a stopped lane is %s (more than 0)".formatted(retryStopped));
        }
        if (mostQuarantined < 1) {
            findings.add("at most %d tenants in quarantine (at least 1)".formatted(mostQuarantined));
        }
        if (retention.isNegative() || retention.compareTo(LONGEST_RETENTION) > 0) {
            findings.add("retention is %s (0 to %s)".formatted(retention, LONGEST_RETENTION));
        }
        findings.addAll(quota.findings());
        if (keepEvery.toMillis() < 1) {
            findings.add("journals are looked at every %s (at least 1 ms)".formatted(keepEvery));
        }
        if (!findings.isEmpty()) {
            throw new IllegalArgumentException("dual-write settings refused: " + String.join("; ", findings));
        }
    }
}
