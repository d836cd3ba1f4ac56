package io.tenantshift.router.internal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import org.jspecify.annotations.Nullable;

/** What a router counts. Without a registry of the service's nothing is registered before it is counted. Safe for any thread. */
final class RouterMeters {
    private final String router;
    private final Lazy<MeterRegistry> registry;
    private final Lazy<Counter> rerouted;
    private final Lazy<Counter> moved;

    /** @param given where meters are registered; null for nowhere */
    RouterMeters(String router, @Nullable MeterRegistry given) {
        this.router = router;
        this.registry = new Lazy<>(() -> given == null ? new CompositeMeterRegistry() : given);
        this.rerouted = counter(
                "tenantshift.router.rerouted",
                "Transactions sent again to the other side, silently, before anything was executed");
        this.moved = counter(
                "tenantshift.router.moved", "Transactions ended with SQLState 40001 because their tenant moved");
        if (given != null) {
            rerouted.get();
            moved.get();
        }
    }

    private Lazy<Counter> counter(String name, String description) {
        return new Lazy<>(() -> Counter.builder(name)
                .description(description)
                .tag("router", router)
                .register(registry.get()));
    }

    MeterRegistry registry() {
        return registry.get();
    }

    void countRerouted() {
        rerouted.get().increment();
    }

    void countMoved() {
        moved.get().increment();
    }
}
