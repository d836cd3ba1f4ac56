package io.tenantshift.migration;

import io.tenantshift.router.Phase;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.fence.Verdict;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Gives a tenant one open side again after a server has lost commits. Under both exclusive locks, the source's first; the side that loses is
 * changed first, so that a death in between leaves no second writer. May be called again. Safe for any thread.
 *
 * <p>Until it has run, a tenant with two open rows may be written on both sides. What was written on the one that loses meanwhile is
 * overwritten by the repair of its rows.
 */
record FenceRepair(RouterServices services, Transition transition) {
    /** The locks of both sides are waited for: transactions that have entered may take a while, and nothing else goes on anyway. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** What became of a tenant. */
    sealed interface Outcome {
        /** What the rows said. */
        String found();
    }

    /**
     * It has one open side.
     *
     * @param authority the shard whose row is open
     * @param changed whether the rows had said something else
     */
    record Standing(String tenant, String authority, FenceRow open, String found, boolean changed) implements Outcome {}

    /** Nobody can tell whose it is; nothing was changed. */
    record Unknown(String found) implements Outcome {}

    /** @param decided the shard that an operator has named for a tenant of whom nobody can tell; null if none */
    Outcome run(String tenant, @Nullable String decided) throws SQLException {
        String first = transition.source(tenant);
        String second = transition.target(tenant);
        try (Connection one = services.connect(first);
                Connection two = services.connect(second)) {
            one.setAutoCommit(false);
            two.setAutoCommit(false);
            try {
                Deadline deadline = Deadline.after(PATIENCE);
                deadline.arm(one);
                Fence.lockExclusive(one, tenant);
                deadline.arm(two);
                Fence.lockExclusive(two, tenant);
                Optional<FenceRow> there = Fence.read(one, tenant);
                Optional<FenceRow> here = Fence.read(two, tenant);
                if (there.isEmpty() || here.isEmpty()) {
                    return new Unknown("%s on \"%s\", %s on \"%s\"".formatted(text(there), first, text(here), second));
                }
                String found = "%s on \"%s\", %s on \"%s\"".formatted(there.get(), first, here.get(), second);
                Verdict verdict = decided == null
                        ? Verdict.of(there.get(), here.get())
                        : decided.equals(first) ? new Verdict.First() : new Verdict.Second();
                if (verdict instanceof Verdict.Unknown) {
                    return new Unknown(found);
                }
                boolean firstWins = verdict instanceof Verdict.First;
                Connection winner = firstWins ? one : two;
                Connection loser = firstWins ? two : one;
                FenceRow won = firstWins ? there.get() : here.get();
                FenceRow lost = firstWins ? here.get() : there.get();
                FenceRow open = open(won, lost, firstWins);
                FenceRow rest = rest(open, lost);
                set(loser, lost, rest);
                set(winner, won, open);
                return new Standing(
                        tenant, firstWins ? first : second, open, found, !open.equals(won) || !rest.equals(lost));
            } finally {
                one.rollback();
                two.rollback();
                one.setAutoCommit(true);
                two.setAutoCommit(true);
            }
        }
    }

    private static void set(Connection side, FenceRow from, FenceRow to) throws SQLException {
        if (!from.equals(to)) {
            if (!Fence.compareAndSet(side, from, to)) {
                throw new SQLException(
                        "the fence row of tenant \"%s\" was %s and is not any more; nothing more was changed; try again"
                                .formatted(from.tenant(), from),
                        "40001");
            }
            side.commit();
        }
    }

    private static FenceRow open(FenceRow won, FenceRow lost, boolean source) {
        Phase.Side side = source ? Phase.Side.SOURCE : Phase.Side.TARGET;
        Phase phase = won.phase();
        if (phase.authority() != side) {
            phase = source ? Phase.SHADOW_READ : Phase.TARGET_PRIMARY;
        }
        if (lost.state() == FenceState.ABSENT && phase.journalRuns()) {
            // It has forgotten that its copy was given up.
            phase = Phase.SOURCE_ONLY;
        }
        boolean stands = won.state() == FenceState.OPEN && won.phase() == phase;
        boolean wasCutOver = won.state() == FenceState.READY && won.epoch() == lost.epoch() && won.phase() == phase;
        if (stands) {
            return won;
        }
        return wasCutOver
                ? won.to(FenceState.OPEN)
                : won.to(FenceState.OPEN, Math.max(won.epoch(), lost.epoch()) + 1, phase, UUID.randomUUID());
    }

    private static FenceRow rest(FenceRow open, FenceRow lost) {
        return switch (lost.state()) {
            case FOLLOWING, ABSENT, MOVED -> lost;
            case OPEN, READY ->
                lost.to(
                        FenceState.FOLLOWING,
                        Math.max(open.epoch(), lost.epoch()) + 1,
                        open.phase(),
                        UUID.randomUUID());
        };
    }

    private static String text(Optional<FenceRow> row) {
        return row.map(FenceRow::toString).orElse("no fence row");
    }
}
