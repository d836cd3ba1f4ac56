package io.tenantshift.examples.shop;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/** What the library reports of its cutovers. Safe for any thread. */
final class Cutovers {
    private final LongAdder rolledBack = new LongAdder();
    private final LongAdder aborted = new LongAdder();
    private final Histogram pauses = new SynchronizedHistogram(TimeUnit.MINUTES.toMicros(1), 3);

    /** Authority has moved, forward or back; the tenant's writers were held so long. */
    void cutOver(boolean back, Duration pause) {
        pauses.recordValue(Math.min(TimeUnit.NANOSECONDS.toMicros(pause.toNanos()), TimeUnit.MINUTES.toMicros(1)));
        if (back) {
            rolledBack.increment();
        }
    }

    /** An attempt was given up; authority is where it was. */
    void abort() {
        aborted.increment();
    }

    /** All that moved authority, those back included. */
    long count() {
        return pauses.getTotalCount();
    }

    /** Those that moved authority back to the source. */
    long rolledBackCount() {
        return rolledBack.sum();
    }

    /** Attempts that were given up. */
    long abortedCount() {
        return aborted.sum();
    }

    /** A percentile of the pauses in milliseconds; 0 without any. */
    double pauseMillis(double percentile) {
        return pauses.getTotalCount() == 0 ? 0 : pauses.getValueAtPercentile(percentile) / 1000.0;
    }
}
