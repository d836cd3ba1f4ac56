package io.tenantshift.dualwrite;

import java.time.Duration;

/**
 * What a lane has still to apply, as seen at one instant on its source; of several lanes, each at its own.
 *
 * @param entries journal entries outside the lane's position
 * @param oldestAge how long ago the oldest of them was written, by the source's clock; zero if there is none
 */
public record Backlog(long entries, Duration oldestAge) {
    /** Nothing to apply. */
    public static final Backlog NONE = new Backlog(0, Duration.ZERO);

    /** Of this lane and another together. */
    Backlog and(Backlog other) {
        return new Backlog(
                entries + other.entries, oldestAge.compareTo(other.oldestAge) < 0 ? other.oldestAge : oldestAge);
    }
}
