package io.tenantshift.examples.shop;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Says when a client's next operation starts. Used by one thread. */
@FunctionalInterface
interface Pace {
    /** Waits for the next operation's turn; false if there is none any more. */
    boolean next();

    /** So many operations, one after the other. */
    static Pace operations(int count) {
        int[] left = {count};
        return () -> left[0]-- > 0;
    }

    /**
     * About so many operations a second at random moments, as independent visitors come, until told to stop. A client that falls behind
     * does not catch up: the figures stay those of visitors, not of a queue.
     */
    static Pace perSecond(double rate, SplittableRandom random, BooleanSupplier stopped) {
        long[] due = {System.nanoTime()};
        return () -> {
            double gap = -Math.log(1 - random.nextDouble()) / rate;
            long now = System.nanoTime();
            due[0] = Math.max(due[0] + (long) (gap * TimeUnit.SECONDS.toNanos(1)), now);
            while (!stopped.getAsBoolean() && due[0] - System.nanoTime() > 0) {
                LockSupport.parkNanos(Math.min(due[0] - System.nanoTime(), TimeUnit.MILLISECONDS.toNanos(100)));
            }
            return !stopped.getAsBoolean();
        };
    }
}
