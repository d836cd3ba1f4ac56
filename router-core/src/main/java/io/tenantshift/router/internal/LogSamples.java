package io.tenantshift.router.internal;

import io.tenantshift.router.control.Topology;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Where a primary was in its log at the last moments when it was asked, by this process's clock. From it follows how old what a standby
 * shows is at most, without a clock of any server. For one thread.
 *
 * <p>The moment is taken before the question is sent: whatever was visible on the primary at that moment is in the answer. A standby that
 * has replayed the answer shows it, so what it shows is no older than the moment.
 *
 * <p>Not so: the time of the last transaction that a standby has replayed. Where nothing is written it grows without end, and where
 * nothing is received it is the time of what was received last, whatever has happened since; and it is the primary's clock.
 *
 * <p>A fail-over, without forgetting: (1) the old primary commits and its standby replays it; (2) another standby, which has not received
 * it, is promoted; (3) the first one still covers the old primary's samples, and shows what has never happened on the new one.
 */
final class LogSamples {
    /** What a standby shows that is further behind is not known. */
    static final int MOST = 600;

    /**
     * A sample.
     *
     * @param under the topology in force when the primary was asked
     * @param taken before it was asked, by {@link System#nanoTime}
     */
    record Sample(Topology under, long taken, LogPosition primary) {}

    private final Deque<Sample> newestFirst = new ArrayDeque<>();

    /**
     * What a server says that is no primary is no sample. After a fail-over nothing that was said before it counts.
     *
     * @return what was said before; null if nothing was
     */
    @Nullable
    LogPosition add(Sample sample) {
        Sample newest = newestFirst.peekFirst();
        if (sample.primary.replaying()) {
            return newest == null ? null : newest.primary;
        }
        if (newest != null && !newest.primary.isOfTheHistoryOf(sample.primary)) {
            newestFirst.clear();
        }
        if (newestFirst.size() == MOST) {
            newestFirst.removeLast();
        }
        newestFirst.addFirst(sample);
        return newest == null ? null : newest.primary;
    }

    /** The newest sample that a standby covers; null if none of those kept. */
    @Nullable
    Sample newestIn(LogPosition shown) {
        for (Sample sample : newestFirst) {
            if (shown.covers(sample.primary)) {
                return sample;
            }
        }
        return null;
    }
}
