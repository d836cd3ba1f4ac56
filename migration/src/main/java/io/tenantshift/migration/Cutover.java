package io.tenantshift.migration;

import io.tenantshift.router.Phase;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.RouterServices;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/**
 * Moves a tenant's authority to its other side: one procedure for both directions. Safe for any thread, and any number of coordinators
 * in any number of processes: the tenant's lock and the rows read under it decide.
 *
 * <p>Either the tenant has been cut over, or nothing has changed. Its writers are held for no longer than the pause budget; whatever
 * happens to the coordinator (death, freeze, loss of the network), the servers' own time-outs let them go. Before the one commit that is
 * the cutover everything goes backward, after it forward; both can be finished by anybody, see
 * {@link io.tenantshift.router.fence.Recovery}.
 *
 * <p>Not done here: a soft hold (the protocol's step 2), by which instances would keep new outermost transactions of the tenant waiting
 * before they take a connection. It is for liveness only. Without it a service that opens a second transaction of the same tenant inside
 * the first may not be cut over while it does so: each attempt is aborted within the budget, and nothing is lost.
 *
 * <p>The steps, as the audit and {@link CutoverOutcome.Aborted#step()} number them: 1 readiness; 3 the tenant's lock on its authority,
 * both rows read under it; 4 the journal drained to exactly nothing; 5 the other side {@code ready}; 6 the authority {@code following},
 * whose commit is the cutover; 7 the other side {@code open}; 8 placements forgotten.
 */
final class Cutover {
    private final RouterServices services;
    private final Lanes lanes;
    private final Readiness readiness;
    private final MigrationSettings settings;
    private final StepListener listener;

    Cutover(
            RouterServices services,
            Lanes lanes,
            Readiness readiness,
            MigrationSettings settings,
            StepListener listener) {
        this.services = services;
        this.lanes = lanes;
        this.readiness = readiness;
        this.settings = settings;
        this.listener = listener;
    }

    /**
     * Makes one attempt.
     *
     * @param goal {@link Phase#TARGET_PRIMARY} from {@link Phase#SHADOW_READ}, or the other way round
     * @throws SQLException if the readiness could not be found out; nothing was held and nothing was changed
     */
    CutoverOutcome attempt(Transition transition, String tenant, Phase goal) throws SQLException {
        listener.reached("before 1");
        Sides sides = Sides.read(services, transition, tenant);
        List<String> findings = readiness.findings(transition, sides, goal);
        listener.reached("after 1");
        if (!findings.isEmpty()) {
            return new CutoverOutcome.NotReady(tenant, findings);
        }
        CutoverOutcome outcome =
                new CutoverAttempt(services, lanes, settings, listener, sides, goal, UUID.randomUUID()).run();
        Audit.record(services, settings.who(), tenant, action(outcome), outcome.toString());
        return outcome;
    }

    private static String action(CutoverOutcome outcome) {
        if (outcome instanceof CutoverOutcome.CutOver) {
            return "cut over";
        }
        return outcome instanceof CutoverOutcome.Aborted ? "cutover aborted" : "cutover: ownership unknown";
    }
}
