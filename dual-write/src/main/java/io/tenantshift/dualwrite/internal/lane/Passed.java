package io.tenantshift.dualwrite.internal.lane;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far a lane that has nothing to apply has looked: no entry of its that this snapshot sees is outside its position. So the next look
 * begins there, and beside busy lanes of the same source it does not read their entries again each time; and the position may be moved there,
 * so that a slot that the others have passed is not a gap to this one. For one thread, as long as it has the lease; any step ends it.
 *
 * <p>It counts only what the source cannot forget, as every position does, see {@link DurableSource}. Nothing waits for that: what the log did
 * not have on its disk at one look is asked for at the next.
 */
final class Passed {
    private @Nullable SourceState passed;
    private @Nullable SourceState waiting;

    /** Where the next look begins. */
    Snapshot from(Position position) {
        SourceState sure = passed;
        return sure != null && sure.snapshot().covers(position.applied()) ? sure.snapshot() : position.applied();
    }

    /** Up to where the log must be on disk for the last look to count; null if it is not waited for. */
    @Nullable
    String awaited() {
        return waiting == null ? null : waiting.written();
    }

    /**
     * A look has found nothing.
     *
     * @param flushed whether the log was on disk up to what was {@link #awaited}
     */
    void nothing(SourceState seen, boolean flushed) {
        if (seen.durable()) {
            passed = seen;
            waiting = null;
        } else if (waiting == null) {
            waiting = seen;
        } else if (flushed) {
            passed = waiting;
            waiting = seen;
        }
    }

    /** Where the lane's position may be moved: to the boundary of what the source showed then; empty if it is there. */
    Optional<SourceState> beyond(Position position) {
        SourceState sure = passed;
        return sure != null
                        && sure.snapshot().covers(position.applied())
                        && !sure.snapshot().equals(position.applied())
                ? Optional.of(sure)
                : Optional.empty();
    }

    void forget() {
        passed = null;
        waiting = null;
    }
}
