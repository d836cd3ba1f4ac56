package io.tenantshift.dualwrite.internal.lane;

import java.time.Duration;
import java.util.Set;

/**
 * The tenants of a lane that are in quarantine, as one look found them. The lane passes over their entries.
 *
 * @param oldest how long the first of them has been there, by the target's clock; zero if there is none
 */
record HeldBack(Set<String> tenants, Duration oldest) {
    static final HeldBack NONE = new HeldBack(Set.of(), Duration.ZERO);

    boolean holds(String tenant) {
        return tenants.contains(tenant);
    }
}
