package io.tenantshift.testkit.history;

import java.util.List;
import java.util.Locale;

/**
 * A transaction of a client, from its invocation on. Takes effect as a whole or not at all, at one moment between invocation and
 * completion; if its outcome is unknown, at any moment after its invocation, or never. One that is never completed counts as unknown.
 *
 * <p>Completed once, by any thread.
 */
public final class Operation {
    private enum Outcome {
        OK,
        FAILED,
        UNKNOWN
    }

    private final History history;
    private final int number;
    private final String client;
    private final List<Effect> effects;
    private final long begun;
    private long ended = Long.MAX_VALUE;
    private Outcome outcome = Outcome.UNKNOWN;
    private boolean completed;

    Operation(History history, int number, String client, List<Effect> effects, long begun) {
        this.history = history;
        this.number = number;
        this.client = client;
        this.effects = effects;
        this.begun = begun;
    }

    /** The commit was acknowledged. */
    public void ok() {
        complete(Outcome.OK);
    }

    /** It certainly has no effect: it was rolled back, or lost before a commit was asked for. */
    public void failed() {
        complete(Outcome.FAILED);
    }

    /** A commit was asked for and not answered. */
    public void unknown() {
        complete(Outcome.UNKNOWN);
    }

    private void complete(Outcome found) {
        synchronized (history) {
            if (completed) {
                throw new IllegalStateException(this + " has been completed before");
            }
            completed = true;
            outcome = found;
            ended = found == Outcome.OK ? history.tick() : Long.MAX_VALUE;
        }
    }

    /** What it does. */
    public List<Effect> effects() {
        return effects;
    }

    int number() {
        return number;
    }

    /** When it was acknowledged; never, unless it is ok. */
    long ended() {
        return ended;
    }

    boolean begunAfter(Operation other) {
        return begun > other.begun;
    }

    boolean isOk() {
        return outcome == Outcome.OK;
    }

    boolean isFailed() {
        return outcome == Outcome.FAILED;
    }

    /** Whether it had been acknowledged before the other one was even asked for. */
    boolean isBefore(Operation other) {
        return ended < other.begun;
    }

    @Override
    public String toString() {
        return "#%d of %s %s, %s at %d%s"
                .formatted(
                        number,
                        client,
                        effects,
                        outcome.name().toLowerCase(Locale.ROOT),
                        begun,
                        ended == Long.MAX_VALUE ? "" : " to " + ended);
    }
}
