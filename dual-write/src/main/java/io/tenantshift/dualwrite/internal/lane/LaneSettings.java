package io.tenantshift.dualwrite.internal.lane;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be set on lanes.
 *
 * @param lease how long a lane waits for an applier that went silent
 * @param pieceEntries entries per transaction on the target, unless one source transaction has more
 * @param shortestPoll pause after the first look that found nothing; doubled up to the longest
 * @param longestPoll pause of an idle lane: what a commit in another JVM waits at most to be seen
 * @param retryStopped pause of a lane that met something that somebody must remove
 * @param mostQuarantined tenants that a lane puts in quarantine before it takes its target for the cause
 */
public record LaneSettings(
        Duration lease,
        int pieceEntries,
        Duration shortestPoll,
        Duration longestPoll,
        Duration retryStopped,
        int mostQuarantined) {
    /** What suits most services. */
    public static final LaneSettings DEFAULTS = new LaneSettings(
            Duration.ofSeconds(5), 2_000, Duration.ofMillis(1), Duration.ofMillis(50), Duration.ofSeconds(3), 50);

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
        if (!findings.isEmpty()) {
            throw new IllegalArgumentException("dual-write settings refused: " + String.join("; ", findings));
        }
    }
}
