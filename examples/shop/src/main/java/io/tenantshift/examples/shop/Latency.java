package io.tenantshift.examples.shop;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** How long the clients' operations took, retries included, by period. Safe for any thread. */
final class Latency {
    /** Where the marketplace stands. */
    enum Period {
        /** No transition yet. */
        BEFORE,
        /** Tenants move. */
        DURING,
        /** The transition is closed. */
        AFTER
    }

    private final Map<Period, Recorder> recorders = new EnumMap<>(Period.class);
    private volatile Period now = Period.BEFORE;

    Latency() {
        for (Period period : Period.values()) {
            recorders.put(period, new Recorder(TimeUnit.MINUTES.toMicros(1), 3));
        }
    }

    /** From now on another period. */
    void enter(Period period) {
        now = period;
    }

    /** An operation that started at {@code startedNanos} has ended now. */
    void ended(long startedNanos) {
        long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startedNanos);
        recorder(now).recordValue(Math.min(micros, TimeUnit.MINUTES.toMicros(1)));
    }

    /** What was recorded in a period since the last call for it. */
    Histogram take(Period period) {
        return recorder(period).getIntervalHistogram();
    }

    private Recorder recorder(Period period) {
        Recorder recorder = recorders.get(period);
        if (recorder == null) {
            throw new IllegalStateException("no recorder for " + period);
        }
        return recorder;
    }
}
