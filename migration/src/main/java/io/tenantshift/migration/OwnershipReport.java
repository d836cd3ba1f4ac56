package io.tenantshift.migration;

import java.util.List;
import java.util.Map;

/**
 * What a recovery of ownership has found and done.
 *
 * @param lanes that had stopped with ownership unknown, each with what had been found; they begin anew
 * @param moved tenants whose fence rows were changed, each with what they say now
 * @param repaired tenants that were compared and repaired from the side with authority, each with how
 * @param copiedAgain tenants whose copy was not complete, or who could not be released from quarantine: it begins anew with the next rollout
 */
public record OwnershipReport(
        Map<String, String> lanes,
        Map<String, String> moved,
        Map<String, Reconcile.Repaired> repaired,
        List<String> copiedAgain) {
    /** Whether there was nothing to recover. */
    public boolean isEmpty() {
        return lanes.isEmpty();
    }
}
