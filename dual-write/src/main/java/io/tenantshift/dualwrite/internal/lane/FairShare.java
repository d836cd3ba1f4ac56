package io.tenantshift.dualwrite.internal.lane;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How many lanes this instance holds, for which of them it asks another instance, and whether it gives one to another. Safe for any thread.
 *
 * <p>A lane goes from one instance to another only if the one holds at least two more than the other. So each hand-over makes the difference
 * smaller and none makes a new one: nothing goes to and fro. Asked for is one lane at a time. <em>For all at once: 1. an instance without a
 * lane asks for six. 2. Their holder gives one after the other to somebody who has none, as all six requests say, and keeps one. 3. It asks for
 * them back.</em> And a lane that is given counts as gone at once, for the other threads of the giver see the next request in the same moment.
 *
 * <p>Not guaranteed: that the numbers are of one instant. A lane may go that need not have; the next look sees the true ones.
 */
final class FairShare {
    /** The difference from which on a lane goes. */
    private static final int STEP = 2;

    private final long lease;
    private int held;
    private @Nullable LaneId wish;
    private long wished;
    private @Nullable LaneId refused;
    private long refusedAt;

    FairShare(Duration lease) {
        this.lease = lease.toNanos();
    }

    /** A lease has been taken. */
    synchronized void taken(LaneId lane) {
        held++;
        unwish(lane);
    }

    /** It is not held any more, and has not been counted as given. */
    synchronized void left() {
        held--;
    }

    synchronized int held() {
        return held;
    }

    /**
     * Whether this instance is to ask for a lane now.
     *
     * @param theirs how many its holder holds
     */
    synchronized boolean asksFor(LaneId lane, int theirs, long now) {
        if (theirs < held + STEP) {
            unwish(lane);
            return false;
        }
        if (wish != null && now - wished > 2 * lease) {
            // Its holder has work for it: another one's turn.
            refused = wish;
            refusedAt = now;
            wish = null;
        }
        if (wish == null && !(lane.equals(refused) && now - refusedAt < lease)) {
            wish = lane;
            wished = now;
        }
        return lane.equals(wish);
    }

    /** Asks for it no longer. */
    synchronized void unwish(LaneId lane) {
        if (lane.equals(wish)) {
            wish = null;
        }
    }

    /**
     * Whether one of this instance's lanes goes to another one; then it counts as gone.
     *
     * @param theirs how many the other one holds
     */
    synchronized boolean gives(int theirs) {
        if (held < theirs + STEP) {
            return false;
        }
        held--;
        return true;
    }
}
