package io.tenantshift.lookup.internal;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The meters {@code tenantshift.lookup.*} of one look-up. Safe for any thread. */
public final class LookupMeters {
    /** How a look-up ended. */
    enum Find {
        /** By the table: a tenant, or nobody. */
        TABLE,
        /** By all shards, for the table is not complete. */
        INCOMPLETE,
        /** By all shards, for the table's database does not answer. */
        AWAY,
        /** Not at all. */
        FAILED
    }

    /** How a claim ended. */
    enum Claim {
        CLAIMED,
        /** Another tenant has the value. */
        TAKEN,
        /** Another transaction had claimed it and did not end, or a database did not answer, or the claim cannot hold. */
        FAILED
    }

    private final Map<Find, Timer> finds = new EnumMap<>(Find.class);
    private final Map<Claim, Timer> claims = new EnumMap<>(Claim.class);

    public LookupMeters(MeterRegistry registry, String router, String lookup) {
        for (Find outcome : Find.values()) {
            finds.put(
                    outcome,
                    timer(registry, "tenantshift.lookup.finds", "Look-ups by a value", router, lookup, outcome));
        }
        for (Claim outcome : Claim.values()) {
            claims.put(
                    outcome,
                    timer(registry, "tenantshift.lookup.claims", "Claims of a value", router, lookup, outcome));
        }
    }

    private static Timer timer(
            MeterRegistry registry, String name, String description, String router, String lookup, Enum<?> outcome) {
        return Timer.builder(name)
                .description(description)
                .tag("router", router)
                .tag("lookup", lookup)
                .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    void count(Find outcome, long began) {
        record(finds.get(outcome), began);
    }

    void count(Claim outcome, long began) {
        record(claims.get(outcome), began);
    }

    private static void record(@org.jspecify.annotations.Nullable Timer timer, long began) {
        if (timer != null) {
            timer.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
        }
    }
}
