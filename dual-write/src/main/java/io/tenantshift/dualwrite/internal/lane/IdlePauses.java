package io.tenantshift.dualwrite.internal.lane;

import java.time.Duration;

/**
 * How long a lane that finds nothing to apply waits before it looks again, by how long it has found nothing. Immutable.
 *
 * <p>At first as long again, up to {@link #SOON}. From there on a sixteenth of that time, so that an entry of another process, which nobody
 * announces, waits for a sixteenth of the gap before it at most: a lane that is busy now and then looks often, one that has rested for long hardly
 * ever.
 */
final class IdlePauses {
    /** Pauses double up to here. */
    static final Duration SOON = Duration.ofMillis(50);

    /** What part of the time without an entry the next one may wait. */
    static final int SHARE = 16;

    /** What part of a lease an idle lane may sleep: the lease is renewed by it too, each third, and others look for one that lapsed each fifth. */
    private static final int OF_LEASE = 5;

    private final long shortest;
    private final long longest;

    IdlePauses(LaneSettings settings) {
        this.longest =
                Math.min(settings.longestPoll().toNanos(), settings.lease().toNanos() / OF_LEASE);
        this.shortest = Math.min(settings.shortestPoll().toNanos(), longest);
    }

    /** The next pause, in ns. */
    long after(long nanosWithoutEntry) {
        long pause = Math.max(Math.min(nanosWithoutEntry, SOON.toNanos()), nanosWithoutEntry / SHARE);
        return Math.max(shortest, Math.min(longest, pause));
    }
}
