package io.tenantshift.migration;

import io.tenantshift.router.Phase;
import java.time.Duration;

/** What the rollout remembers of a tenant: for display, and when to look again. Never what decides. Safe for any thread. */
final class RolloutTenant {
    private final String tenant;
    private Phase phase;
    private boolean rested;
    private boolean working;
    private boolean halted;
    private long rowsCopied;
    private long rowsExpected;
    private String note = "";
    private int failures;
    private long notBefore = System.nanoTime();

    RolloutTenant(String tenant, Phase phase) {
        this.tenant = tenant;
        this.phase = phase;
    }

    String tenant() {
        return tenant;
    }

    synchronized RolloutProgress.Tenant progress() {
        return new RolloutProgress.Tenant(tenant, phase, rowsCopied, rowsExpected, working, note);
    }

    synchronized Phase phase() {
        return phase;
    }

    /** Takes it for a step; false if it is being worked on, waits after a failure, or must not be touched any more. */
    synchronized boolean take() {
        if (working || halted || System.nanoTime() - notBefore < 0) {
            return false;
        }
        working = true;
        return true;
    }

    synchronized void giveBack() {
        working = false;
    }

    /** Where the wish is, and nothing is left over. */
    synchronized boolean isSettled(Phase wish) {
        return !working && rested && phase == wish;
    }

    synchronized void seen(Phase now, boolean nothingLeft) {
        phase = now;
        rested = nothingLeft;
    }

    /** A look from outside; one that is being worked on is known better. */
    synchronized void found(MovingTenants.Look look) {
        if (!working && (phase != look.phase() || !look.isAtRest())) {
            phase = look.phase();
            rested = false;
        }
    }

    synchronized void copied(long rows, long expected) {
        rowsCopied = rows;
        rowsExpected = Math.max(rows, expected);
    }

    synchronized void done(String what) {
        note = what;
        failures = 0;
    }

    /** Is tried again later; whether it is the first failure since something was done. */
    synchronized boolean failed(String why, Duration first, Duration most) {
        note = why;
        long wait = first.toNanos() << Math.min(failures++, 16);
        notBefore = System.nanoTime() + Math.min(wait, most.toNanos());
        return failures == 1;
    }

    /** Ownership unknown: never tried again automatically. */
    synchronized void halted(String why) {
        note = why;
        halted = true;
    }
}
