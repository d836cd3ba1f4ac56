package io.tenantshift.router;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which phase is wished for whom. The tenant's own rule counts before the cohorts', the smallest cohort that holds the tenant before the
 * larger ones, and the default comes last. Immutable.
 *
 * @param cohorts phase by the number of buckets, counted from the first
 */
record PhaseRules(
        Map<String, Phase> tenants,
        TreeMap<Integer, Phase> cohorts,
        @Nullable Phase otherwise) {
    static final PhaseRules NONE = new PhaseRules(Map.of(), new TreeMap<>(), null);

    PhaseRules {
        tenants = Map.copyOf(tenants);
        cohorts = new TreeMap<>(cohorts);
    }

    Optional<Phase> requested(String tenant) {
        Phase own = tenants.get(tenant);
        if (own != null) {
            return Optional.of(own);
        }
        Map.Entry<Integer, Phase> cohort = cohorts.isEmpty() ? null : cohorts.higherEntry(Cohort.bucketOf(tenant));
        return cohort != null ? Optional.of(cohort.getValue()) : Optional.ofNullable(otherwise);
    }

    PhaseRules withTenant(String tenant, @Nullable Phase phase) {
        Map<String, Phase> changed = new HashMap<>(tenants);
        if (phase == null) {
            changed.remove(tenant);
        } else {
            changed.put(tenant, phase);
        }
        return new PhaseRules(changed, cohorts, otherwise);
    }

    PhaseRules withCohort(int buckets, Phase phase) {
        TreeMap<Integer, Phase> changed = new TreeMap<>(cohorts);
        changed.put(buckets, phase);
        return new PhaseRules(tenants, changed, otherwise);
    }

    PhaseRules withOtherwise(@Nullable Phase phase) {
        return new PhaseRules(tenants, cohorts, phase);
    }
}
