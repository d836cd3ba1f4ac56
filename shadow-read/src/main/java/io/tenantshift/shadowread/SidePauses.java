package io.tenantshift.shadowread;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a shard rest that fails as the other side, so that a dead or slow database is not asked over and over. After so many failures in a
 * row nothing is sampled for it for a while; then one more failure is enough for the next pause, one success ends it. Each shard has its
 * own count. Safe for any thread.
 */
final class SidePauses {
    private static final Logger LOG = LoggerFactory.getLogger(SidePauses.class);

    /** Immutable; {@code until} is meaningful only once {@code failures} has reached the limit. */
    private record Side(int failures, long until) {}

    private final int failuresBeforePause;
    private final long pauseNanos;
    private final LongSupplier nanoTime;
    private final Map<String, Side> sides = new ConcurrentHashMap<>();

    SidePauses(int failuresBeforePause, Duration pause, LongSupplier nanoTime) {
        this.failuresBeforePause = failuresBeforePause;
        this.pauseNanos = pause.toNanos();
        this.nanoTime = nanoTime;
    }

    boolean isPaused(String shard) {
        Side side = sides.get(shard);
        return side != null && side.failures() >= failuresBeforePause && nanoTime.getAsLong() - side.until() < 0;
    }

    void succeeded(String shard) {
        sides.remove(shard);
    }

    /** Counts a failure and says so where it begins a pause. */
    void failed(String shard, String how) {
        long until = nanoTime.getAsLong() + pauseNanos;
        Side side = sides.merge(
                shard, new Side(1, until), (before, first) -> new Side(before.failures() + 1, first.until()));
        if (side.failures() >= failuresBeforePause) {
            LOG.warn(
                    "shadow reads on \"{}\" have failed {} times in a row (last: {}); none is sampled for it for {} s; the application is not affected",
                    shard,
                    side.failures(),
                    how,
                    TimeUnit.NANOSECONDS.toSeconds(pauseNanos));
        }
    }
}
