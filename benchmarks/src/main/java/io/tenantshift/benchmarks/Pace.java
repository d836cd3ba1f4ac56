package io.tenantshift.benchmarks;

/**
 * How long each step takes.
 *
 * @param rounds how often every contender has its turn
 * @param warmups how many steps warm up a JVM before its first turn
 * @param steps how many steps a turn has
 * @param stepMillis how long a step takes
 */
public record Pace(int rounds, int warmups, int steps, int stepMillis) {
    /** What figures are quoted from. */
    public static final Pace FULL = new Pace(5, 6, 4, 1_000);

    /** Shows a change of a tenth; not to be quoted. */
    public static final Pace QUICK = new Pace(2, 10, 3, 400);

    /** Shows that it works; its figures mean nothing. */
    public static final Pace SMOKE = new Pace(1, 1, 1, 50);

    /** Whether only the plumbing is tried. */
    public boolean isSmoke() {
        return equals(SMOKE);
    }

    /** Whether its figures are for development only. */
    public boolean isShort() {
        return rounds < FULL.rounds || steps * stepMillis < FULL.steps * FULL.stepMillis;
    }

    /** The same, with another number of rounds. */
    public Pace withRounds(int other) {
        return new Pace(other, warmups, steps, stepMillis);
    }
}
