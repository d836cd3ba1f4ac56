package io.tenantshift.router;

import io.tenantshift.router.spi.PhaseFlags;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Wishes set by the program itself: for tests, demos and services that have their own operator's page. A tenant's own wish counts before
 * the cohorts', the smallest cohort that holds the tenant before the larger ones, and the default comes last. Safe for any thread; a
 * reader sees a change wholly or not at all. Lost when the process ends.
 */
public final class InMemoryPhaseFlags implements PhaseFlags {
    private volatile PhaseRules rules = PhaseRules.NONE;

    @Override
    public Optional<Phase> requested(String tenant) {
        return rules.requested(tenant);
    }

    /**
     * Wishes a phase for the first {@code percent} of all tenants.
     *
     * @param percent 0 to 100 with at most two decimals, such as {@code "1"} or {@code "0.25"}
     */
    public InMemoryPhaseFlags upTo(String percent, Phase phase) {
        int buckets = Cohort.bucketsIn(percent);
        change(current -> current.withCohort(buckets, phase));
        return this;
    }

    /** Wishes a phase for one tenant, whatever its cohort. */
    public InMemoryPhaseFlags tenant(String tenant, Phase phase) {
        change(current -> current.withTenant(tenant, phase));
        return this;
    }

    /** Takes back the tenant's own wish; its cohort's counts again. */
    public InMemoryPhaseFlags withoutTenant(String tenant) {
        change(current -> current.withTenant(tenant, null));
        return this;
    }

    /** Wishes a phase for all whom no other rule names. */
    public InMemoryPhaseFlags otherwise(Phase phase) {
        change(current -> current.withOtherwise(phase));
        return this;
    }

    /** Takes back every wish: all tenants stay where they are. */
    public InMemoryPhaseFlags clear() {
        change(current -> PhaseRules.NONE);
        return this;
    }

    private synchronized void change(UnaryOperator<PhaseRules> to) {
        rules = to.apply(rules);
    }
}
