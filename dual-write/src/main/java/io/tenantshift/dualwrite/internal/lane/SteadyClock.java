package io.tenantshift.dualwrite.internal.lane;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Counts from its making, by {@link System#nanoTime}: nobody sets it back. Its instants mean nothing to others. Immutable. */
final class SteadyClock extends Clock {
    private final long began = System.nanoTime();

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return Instant.EPOCH.plusNanos(System.nanoTime() - began);
    }
}
