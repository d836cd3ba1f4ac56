package io.tenantshift.examples.shop;

import java.util.concurrent.TimeUnit;

/** Waiting, on the thread that plays the show. */
final class Pause {
    /** Something that comes true. */
    @FunctionalInterface
    interface Condition {
        boolean isTrue() throws Exception;
    }

    private Pause() {}

    /** Waits that long. */
    static void seconds(double seconds) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(Math.max(0, Math.round(seconds * 1000)));
    }

    /** Waits until so long after a moment; not at all if that is over. */
    static void until(long sinceNanos, double seconds) throws InterruptedException {
        seconds(seconds - (System.nanoTime() - sinceNanos) / 1e9);
    }

    /** Looks again and again; false if it has not come true in time. */
    static boolean await(Condition condition, double atMostSeconds) throws Exception {
        long started = System.nanoTime();
        while (!condition.isTrue()) {
            if ((System.nanoTime() - started) / 1e9 > atMostSeconds) {
                return false;
            }
            seconds(0.05);
        }
        return true;
    }
}
