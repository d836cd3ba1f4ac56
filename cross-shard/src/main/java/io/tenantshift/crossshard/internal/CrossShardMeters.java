package io.tenantshift.crossshard.internal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tenantshift.crossshard.CrossShardRead.Outcome;
import io.tenantshift.crossshard.CrossShardWrite;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** The meters {@code tenantshift.cross.*}. The reason is no tag: it is free text, and stands in the audit. Safe for any thread. */
final class CrossShardMeters {
    private final MeterRegistry registry;
    private final Map<Outcome, Timer> statements = new EnumMap<>(Outcome.class);
    private final Map<CrossShardWrite.Outcome, Timer> writes = new EnumMap<>(CrossShardWrite.Outcome.class);
    private final Counter repeated;

    CrossShardMeters(MeterRegistry registry, String router) {
        this.registry = registry;
        for (Outcome outcome : Outcome.values()) {
            statements.put(
                    outcome,
                    Timer.builder("tenantshift.cross.statements")
                            .description("Statements across tenants, until their first rows")
                            .tag("router", router)
                            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        for (CrossShardWrite.Outcome outcome : CrossShardWrite.Outcome.values()) {
            writes.put(
                    outcome,
                    Timer.builder("tenantshift.cross.writes")
                            .description("Statements that write across tenants, until they are committed")
                            .tag("router", router)
                            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        this.repeated = Counter.builder("tenantshift.cross.repeated")
                .description("Statements across tenants run again, for a tenant was cut over meanwhile")
                .tag("router", router)
                .register(registry);
    }

    void count(Outcome outcome, Duration took, int attempts) {
        Timer timer = statements.get(outcome);
        if (timer != null) {
            timer.record(took);
        }
        if (attempts > 1) {
            repeated.increment(attempts - 1.0);
        }
    }

    void count(CrossShardWrite.Outcome outcome, Duration took) {
        Timer timer = writes.get(outcome);
        if (timer != null) {
            timer.record(took);
        }
    }

    void close() {
        writes.values().forEach(registry::remove);
        statements.values().forEach(registry::remove);
        registry.remove(repeated);
    }
}
