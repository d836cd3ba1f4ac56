package io.tenantshift.dualwrite;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A lane as this instance knows it, from memory: for display, never to decide.
 *
 * @param lane the name, {@code source->target}; {@code source->target#2/3} is the second of three
 * @param state what it is doing
 * @param positionAge how long ago the target was last known to hold all that the source had committed; null if this instance has not
 *     brought it there yet
 * @param backlog entries left to apply when that was last counted; {@link DualWrite#backlog} counts them now
 * @param quarantined tenants in quarantine, whose entries wait while the lane goes on; {@link DualWrite#quarantined} says who and why
 * @param stoppedReason why it does not go on; null unless the state is RETRYING, STOPPED or OWNERSHIP_UNKNOWN
 */
public record LaneStatus(
        String lane,
        State state,
        @Nullable Duration positionAge,
        long backlog,
        int quarantined,
        @Nullable String stoppedReason) {
    /** What a lane is doing. */
    public enum State {
        /** It connects, or waits until another instance's lease ends. */
        WAITING_FOR_LEASE,
        /** It applies what the source commits. */
        RUNNING,
        /** An attempt has prepared a tenant of the window on the target; nobody writes it until the attempt is finished or undone. */
        WAITING_FOR_ATTEMPT,
        /** A server or the network failed; it is tried again with growing pauses. */
        RETRYING,
        /** What somebody must remove, as a table that is gone from the target; nothing is lost, and it is tried again every few seconds. */
        STOPPED,
        /** The source has lost commits, or is another server than it was: nothing is applied until an operator has recovered ownership. */
        OWNERSHIP_UNKNOWN
    }
}
