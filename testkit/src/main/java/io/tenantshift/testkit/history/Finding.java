package io.tenantshift.testkit.history;

import java.util.List;

/**
 * One thing that cannot have happened if every transaction took effect once, as a whole, and in an order that its clients could see.
 *
 * @param kind what went wrong
 * @param side the view where it shows
 * @param row where
 * @param operations those concerned, the one that suffered first
 * @param text the same as a sentence
 */
public record Finding(Kind kind, String side, String row, List<Operation> operations, String text) {
    /** What went wrong. */
    public enum Kind {
        /** An acknowledged write is not there, nor anything that may have come after it. */
        LOST,
        /** A write took effect more than once. */
        DOUBLED,
        /** Two writes took effect in the wrong order: against the clients' time, or in another order than elsewhere. */
        REORDERED,
        /** A row is there that was deleted after all that it shows. */
        RESURRECTED,
        /** Something is there that nobody wrote, or whose transaction was rolled back. */
        INVENTED
    }

    @Override
    public String toString() {
        return kind + " on " + side + ", row " + row + ": " + text + "; " + operations;
    }
}
