package io.tenantshift.migration.internal.copy;

import java.util.concurrent.TimeUnit;

/** Spreads rows over time, from the moment that it was made. Immutable. */
public record Pace(int rowsPerSecond, long startNanos) {
    /** No limit. */
    public static final int UNLIMITED = 0;

    /** How long to wait after so many rows; 0 if they are due. */
    public long delayNanos(long rows, long nowNanos) {
        if (rowsPerSecond == UNLIMITED) {
            return 0;
        }
        long due = Math.round((double) rows / rowsPerSecond * TimeUnit.SECONDS.toNanos(1));
        return Math.max(0, due - (nowNanos - startNanos));
    }
}
