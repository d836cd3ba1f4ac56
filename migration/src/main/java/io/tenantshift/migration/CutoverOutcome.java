package io.tenantshift.migration;

import io.tenantshift.router.Phase;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** What came of an attempt to cut a tenant over, forward or back. */
public sealed interface CutoverOutcome {
    /**
     * Authority has moved.
     *
     * @param phase the tenant's phase now
     * @param epoch the epoch that writes must carry now
     * @param pause how long the tenant's writers were held: from the moment the lock was asked for until the other side was open
     */
    record CutOver(String tenant, Phase phase, long epoch, Duration pause) implements CutoverOutcome {}

    /**
     * Refused before anything was held.
     *
     * @param findings everything that stands in the way
     */
    record NotReady(String tenant, List<String> findings) implements CutoverOutcome {
        @Override
        public String toString() {
            return "cutover of tenant \"%s\" refused: %s; nothing was changed"
                    .formatted(tenant, String.join("; ", findings));
        }
    }

    /**
     * Given up within the budget; authority is where it was. Safe to try again.
     *
     * @param step the numbered step that did not succeed
     * @param holders who held the tenant's lock when it was given up; empty where that was not the reason
     * @param held how long the tenant's writers were held
     */
    record Aborted(String tenant, int step, String reason, List<Holder> holders, Duration held)
            implements CutoverOutcome {
        @Override
        public String toString() {
            String who = holders.isEmpty()
                    ? ""
                    : "; the tenant's lock is held by "
                            + holders.stream().map(Holder::toString).collect(Collectors.joining(", "));
            return "cutover of tenant \"%s\" aborted in step %d after %d ms: %s%s; authority is where it was"
                    .formatted(tenant, step, held.toMillis(), reason, who);
        }
    }

    /**
     * Not known where authority is, or known and not to be opened: never tried again automatically. No write is accepted on two sides.
     *
     * @param reason what was tried, what was seen last, and what to do
     */
    record OwnershipUnknown(String tenant, String reason) implements CutoverOutcome {
        @Override
        public String toString() {
            return "cutover of tenant \"%s\": ownership unknown: %s".formatted(tenant, reason);
        }
    }
}
