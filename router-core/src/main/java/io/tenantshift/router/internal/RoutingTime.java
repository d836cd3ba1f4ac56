package io.tenantshift.router.internal;

import io.micrometer.core.instrument.Timer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * How long the library takes to decide where work goes, of one decision in {@value #ONE_IN}. Which are taken is chance: reading the clock
 * each time would cost more than most decisions do, a counter that all threads share would be fought for, and every hundredth may be
 * always the same in a loop of a hundred. Safe for any thread.
 */
public final class RoutingTime {
    /** A power of two. */
    static final int ONE_IN = 128;

    private final Timer timer;

    RoutingTime(Timer timer) {
        this.timer = timer;
    }

    /** A decision begins: to be handed to {@link #decided}; 0 if this one is not measured. */
    long begin() {
        return (ThreadLocalRandom.current().nextInt() & (ONE_IN - 1)) == 0 ? System.nanoTime() : 0;
    }

    /** A decision that is measured has been made. */
    void decided(long began) {
        timer.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
    }
}
