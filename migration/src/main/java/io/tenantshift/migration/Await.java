package io.tenantshift.migration;

import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for something that only a look can tell. Stateless. */
final class Await {
    private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(200);

    interface Condition {
        boolean holds() throws SQLException;
    }

    private Await() {}

    /** Looks until it holds; false if the deadline was reached or the thread interrupted (its flag stays set). */
    static boolean until(Deadline deadline, Condition condition) throws SQLException {
        long pause = FIRST_PAUSE;
        while (!condition.holds()) {
            if (deadline.isOver() || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(Math.min(pause, deadline.remainingNanos()));
            pause = Math.min(2 * pause, LONGEST_PAUSE);
        }
        return true;
    }
}
