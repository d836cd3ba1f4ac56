package io.tenantshift.router.fence;

import io.tenantshift.router.Phase;

/**
 * Which of two sides a tenant belongs to after one of them has lost commits, read off the two fence rows alone. What a server has lost may be
 * any of its last changes to its row, so that both rows may be {@code open}, or none.
 *
 * <p>The rules:
 * <ul>
 *   <li>Of two {@code open} rows the one with the higher epoch wins: the other side has forgotten that it was left.
 *   <li>A {@code ready} row never wins against an {@code open} one, whatever its epoch: <i>an attempt prepares its side before the cutover, and
 *       writes were acknowledged on the open side after that.</i>
 *   <li>No {@code open} row: {@code ready e} beside {@code following e} by the same attempt was cut over, and is finished. Anything else has no
 *       answer here: only somebody who knows what was lost can tell.
 *   <li>One {@code open} row that says that it is journaled, beside {@code absent} or {@code moved}: it has forgotten the end of its journal. On
 *       the side that the tenant came from that end can be made good; on the other it cannot be told from the rows.
 * </ul>
 */
public sealed interface Verdict {
    /** The first side has authority. */
    record First() implements Verdict {}

    /** The second side has authority. */
    record Second() implements Verdict {}

    /**
     * Nobody can tell by the rows.
     *
     * @param found what they say
     */
    record Unknown(String found) implements Verdict {}

    /** Judges two rows of one tenant. */
    static Verdict of(FenceRow first, FenceRow second) {
        boolean firstOpen = first.state() == FenceState.OPEN;
        boolean secondOpen = second.state() == FenceState.OPEN;
        if (firstOpen && secondOpen) {
            return first.epoch() == second.epoch()
                    ? unknown(first, second)
                    : first.epoch() > second.epoch() ? new First() : new Second();
        }
        if (firstOpen || secondOpen) {
            return forgotItsEnd(firstOpen ? first : second, firstOpen ? second : first)
                    ? unknown(first, second)
                    : firstOpen ? new First() : new Second();
        }
        if (wasCutOver(first, second)) {
            return new First();
        }
        return wasCutOver(second, first) ? new Second() : unknown(first, second);
    }

    private static boolean forgotItsEnd(FenceRow open, FenceRow rest) {
        boolean ended = rest.state() == FenceState.ABSENT || rest.state() == FenceState.MOVED;
        boolean canBeMadeGood =
                rest.state() == FenceState.ABSENT && open.phase().authority() == Phase.Side.SOURCE;
        return ended && open.phase().journalRuns() && !canBeMadeGood;
    }

    private static boolean wasCutOver(FenceRow ready, FenceRow following) {
        return ready.state() == FenceState.READY
                && following.state() == FenceState.FOLLOWING
                && ready.epoch() == following.epoch()
                && ready.attempt().equals(following.attempt());
    }

    private static Unknown unknown(FenceRow first, FenceRow second) {
        return new Unknown("%s beside %s".formatted(first, second));
    }
}
