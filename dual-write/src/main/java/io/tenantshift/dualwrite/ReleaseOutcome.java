package io.tenantshift.dualwrite;

/** What became of the wish to release a tenant from quarantine. */
public sealed interface ReleaseOutcome {
    /**
     * His entries were applied in their order, and his lane takes him along again.
     *
     * @param entries how many were applied by this call
     */
    record Released(String tenant, long entries) implements ReleaseOutcome {}

    /**
     * He stays: an entry failed again, perhaps a later one, or his lane or fence row does not allow it now. What could be applied before
     * that is applied and stays so.
     *
     * @param tenant as he stands there now
     * @param reason what to remove
     */
    record StillInQuarantine(QuarantinedTenant tenant, String reason) implements ReleaseOutcome {}

    /** He was not in quarantine on that lane; nothing was done. */
    record NotInQuarantine(String lane, String tenant) implements ReleaseOutcome {}
}
