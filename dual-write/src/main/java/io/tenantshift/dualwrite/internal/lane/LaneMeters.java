package io.tenantshift.dualwrite.internal.lane;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The meters of one lane, {@code tenantshift.applier.*}, tagged with router and lane. Safe for any thread. */
final class LaneMeters implements AutoCloseable {
    private final MeterRegistry registry;
    private final Counter entries;
    private final Counter windows;
    private final Timer apply;
    private final AtomicLong backlog = new AtomicLong();
    private final AtomicLong stopped = new AtomicLong();
    private volatile HeldBack held = HeldBack.NONE;
    private volatile long heldSeen = System.nanoTime();
    private final List<Meter> all;

    LaneMeters(MeterRegistry registry, String router, LaneId lane, TargetHealth health) {
        this.registry = registry;
        Tags tags = Tags.of("router", router, "lane", lane.name());
        this.entries = Counter.builder("tenantshift.applier.entries")
                .description("Journal entries written to the target")
                .tags(tags)
                .register(registry);
        this.windows = Counter.builder("tenantshift.applier.windows")
                .description("Transactions of the applier on the target")
                .tags(tags)
                .register(registry);
        this.apply = Timer.builder("tenantshift.applier.apply")
                .description("Time from the lane row's lock to the commit")
                .tags(tags)
                .register(registry);
        Gauge left = Gauge.builder("tenantshift.applier.backlog", backlog, AtomicLong::doubleValue)
                .description("Journal entries left to apply, when last counted")
                .tags(tags)
                .register(registry);
        Gauge halted = Gauge.builder("tenantshift.applier.stopped", stopped, AtomicLong::doubleValue)
                .description("1 if the lane met what somebody must remove")
                .tags(tags)
                .register(registry);
        Gauge waiting = Gauge.builder("tenantshift.applier.quarantined", this, LaneMeters::quarantined)
                .description("Tenants in quarantine, where this instance runs the lane")
                .tags(tags)
                .register(registry);
        Gauge oldest = Gauge.builder("tenantshift.applier.quarantine.age", this, LaneMeters::oldestSeconds)
                .description("How long the first of them has been there")
                .baseUnit("seconds")
                .tags(tags)
                .register(registry);
        Gauge target = Gauge.builder("tenantshift.applier.target.state", health, TargetHealth::state)
                .description("0 the target answers, 1 it is tried again, 2 it is not asked, for it has not answered")
                .tags(tags)
                .register(registry);
        this.all = List.of(entries, windows, apply, left, halted, waiting, oldest, target);
    }

    void applied(int written, long nanos) {
        entries.increment(written);
        windows.increment();
        apply.record(nanos, TimeUnit.NANOSECONDS);
    }

    void backlog(long left) {
        backlog.set(left);
    }

    long backlog() {
        return backlog.get();
    }

    void stopped(boolean now) {
        stopped.set(now ? 1 : 0);
    }

    void held(HeldBack found) {
        heldSeen = System.nanoTime();
        held = found;
    }

    private double quarantined() {
        return held.tenants().size();
    }

    private double oldestSeconds() {
        HeldBack now = held;
        return now.tenants().isEmpty() ? 0 : now.oldest().toMillis() / 1e3 + (System.nanoTime() - heldSeen) / 1e9;
    }

    @Override
    public void close() {
        all.forEach(registry::remove);
    }
}
