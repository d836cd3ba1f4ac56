package io.tenantshift.dualwrite.internal.lane;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes the one thread that waits on it; a ring that comes first is kept. Any thread may ring. */
final class Bell {
    private final Semaphore rung = new Semaphore(0);

    void ring() {
        if (rung.availablePermits() == 0) {
            rung.release();
        }
    }

    /** Waits for a ring, no longer than told. An interrupt counts as a ring: only closing ends a lane. */
    boolean await(long nanos) {
        try {
            boolean heard = rung.tryAcquire(nanos, TimeUnit.NANOSECONDS);
            rung.drainPermits();
            return heard;
        } catch (InterruptedException e) {
            return true;
        }
    }
}
