package io.tenantshift.migration;

import io.tenantshift.dualwrite.JournalQuota;
import io.tenantshift.router.Phase;
import io.tenantshift.router.control.Transition;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Whom a rollout gives up while a journal has reached its quota: the tenant with most in it, of those whose lane does not go on if there is such a lane, goes back to {@code SOURCE_ONLY}, whatever the
 * wish, and another one once the journal has grown further. They stay there until half of the quota is free, and nobody new begins as long.
 *
 * <p>Only tenants with their authority on the source: their copies are void and made again later, and nothing else is lost. With the authority on
 * the target it would be the way back, and that is for somebody to decide.
 *
 * <p>What the tenant has in the journal stays until the lane has passed it. So the size alone does not say whether enough was done; its growth
 * does. {@link #look} is for one thread, {@link #isGivenUp} and {@link #mayBegin} for any.
 */
final class JournalRelief {
    /** The share of the quota that the journal must have grown by before the next one is given up. */
    private static final double FURTHER = 0.05;

    private final Transition transition;
    private final Journals journals;
    private final Set<String> givenUp = ConcurrentHashMap.newKeySet();
    private final Map<String, Double> next = new HashMap<>();

    JournalRelief(Transition transition, Journals journals) {
        this.transition = transition;
        this.journals = journals;
    }

    /** Whether a tenant is to go to {@code SOURCE_ONLY} and stay there for now. */
    boolean isGivenUp(String tenant) {
        return givenUp.contains(tenant);
    }

    /** His authority is on the target: he is not given up. */
    void spare(String tenant) {
        givenUp.remove(tenant);
    }

    /** Whether another tenant's writes may be journaled on their source. */
    boolean mayBegin(String tenant) {
        return journals.quotaUsed(transition.source(tenant)) < JournalQuota.WARNING;
    }

    /**
     * Looks at one source's journal.
     *
     * @param phase of a tenant as it was last seen; empty if he is none of the rollout's
     * @return whom it has given up now
     */
    Optional<String> look(String source, Function<String, Optional<Phase>> phase) throws SQLException {
        double used = journals.quotaUsed(source);
        if (used < JournalQuota.WARNING) {
            next.remove(source);
            givenUp.removeIf(tenant -> transition.source(tenant).equals(source));
            return Optional.empty();
        }
        if (used < next.getOrDefault(source, 1.0)) {
            return Optional.empty();
        }
        Set<String> stuck = transition.routes().getOrDefault(source, Set.of()).stream()
                .filter(target -> journals.isStuck(source, target))
                .collect(Collectors.toSet());
        for (String tenant : journals.largest(source)) {
            if (!stuck.isEmpty() && !stuck.contains(transition.target(tenant))) {
                // It is not for his entries that the journal cannot be emptied.
                continue;
            }
            boolean captured = phase.apply(tenant)
                    .filter(now -> now == Phase.DUAL_WRITE || now == Phase.SHADOW_READ)
                    .isPresent();
            if (captured && transition.source(tenant).equals(source) && givenUp.add(tenant)) {
                next.put(source, used + FURTHER);
                return Optional.of(tenant);
            }
        }
        return Optional.empty();
    }
}
