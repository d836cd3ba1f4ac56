package io.tenantshift.migration;

import io.tenantshift.router.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How far a rollout is, at one moment.
 *
 * @param tenants every moving tenant
 * @param cutovers authority moved, in either direction
 * @param rolledBack of these, back to the source
 * @param aborted attempts given up with nothing changed
 * @param pauses how long writers were held by each cutover, in order
 * @param elapsed since the rollout was started
 */
public record RolloutProgress(
        List<Tenant> tenants, int cutovers, int rolledBack, int aborted, List<Duration> pauses, Duration elapsed) {
    public RolloutProgress {
        tenants = List.copyOf(tenants);
        pauses = List.copyOf(pauses);
    }

    /**
     * One tenant.
     *
     * @param phase as last read from its fence rows
     * @param rowsCopied by its copy; stays when the copy is complete
     * @param rowsExpected of its copy; 0 before it began
     * @param working whether a step is being taken
     * @param note why it does not go on, or what was done last; for people
     */
    public record Tenant(
            String tenant, Phase phase, long rowsCopied, long rowsExpected, boolean working, String note) {}

    /** How many tenants are in each phase. */
    public Map<Phase, Long> phases() {
        return tenants.stream().collect(Collectors.groupingBy(Tenant::phase, TreeMap::new, Collectors.counting()));
    }

    /** Rows copied by all tenants. */
    public long rowsCopied() {
        return tenants.stream().mapToLong(Tenant::rowsCopied).sum();
    }

    /** Rows that the copies which have begun will have. */
    public long rowsExpected() {
        return tenants.stream().mapToLong(Tenant::rowsExpected).sum();
    }
}
