package io.tenantshift.lookup;

import java.util.Set;

/**
 * What became of the rows that were there.
 *
 * @param rows read on all shards
 * @param conflicts values that two tenants have; the table is complete only if there are none
 * @param tenants some of those who share a value
 */
public record Adoption(long rows, long conflicts, Set<String> tenants) {
    /** So many tenants are named, about. */
    public static final int NAMED = 20;

    public Adoption {
        tenants = Set.copyOf(tenants);
    }

    /** Whether from now on what has no entry has no row. */
    public boolean isComplete() {
        return conflicts == 0;
    }
}
