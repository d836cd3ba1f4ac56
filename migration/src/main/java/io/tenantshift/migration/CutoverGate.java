package io.tenantshift.migration;

import java.util.List;

/**
 * Evidence from outside this module that may keep a tenant from being cut over to its target: the mismatch rate of its shadow reads, a
 * freeze, a calendar. Asked on the rollout's thread before each forward cutover. Implementations must be safe for any thread.
 */
@FunctionalInterface
public interface CutoverGate {
    /** Always open. */
    CutoverGate OPEN = tenant -> List.of();

    /** What stands in the way, for the operator to read; empty if nothing does. What it throws stands in the way too. */
    List<String> findings(String tenant);
}
