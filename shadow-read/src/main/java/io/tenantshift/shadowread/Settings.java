package io.tenantshift.shadowread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The numbers that {@link ShadowReadBuilder} explains. Immutable. */
record Settings(
        double sampleRate,
        int maximumRows,
        long maximumCharacters,
        int queueCapacity,
        int workers,
        Duration candidateTimeout,
        Duration boundaryReadTimeout,
        Duration laneTimeout,
        int failuresBeforePause,
        Duration pause) {

    /** For each row of the bound so many rows may compete for a {@code LIMIT} before it is given up to tell ties from differences. */
    private static final int ROWS_COMPETING = 10;

    /** The driver's socket waits so much longer than the server is told to work: only a server that is gone is cut off by it. */
    private static final Duration NETWORK_GRACE = Duration.ofSeconds(1);

    int widenedRows() {
        return maximumRows * ROWS_COMPETING;
    }

    int networkTimeoutMillis() {
        return (int) candidateTimeout.plus(NETWORK_GRACE).toMillis();
    }

    /** How long a worker that is in the middle of a statement may take to end. */
    Duration closeTimeout() {
        return candidateTimeout.plus(NETWORK_GRACE).plus(NETWORK_GRACE);
    }

    List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (!(sampleRate >= 0 && sampleRate <= 1)) {
            problems.add("sampleRate is " + sampleRate + ", must be from 0 to 1");
        }
        within(problems, "maximumRows", maximumRows, 1, 100_000);
        within(problems, "maximumCharacters", maximumCharacters, 1, 100_000_000);
        within(problems, "queueCapacity", queueCapacity, 1, 100_000);
        within(problems, "workers", workers, 1, 64);
        within(problems, "failuresBeforePause", failuresBeforePause, 1, 1_000_000);
        within(problems, "candidateTimeout in ms", candidateTimeout.toMillis(), 1, 600_000);
        within(problems, "boundaryReadTimeout in ms", boundaryReadTimeout.toMillis(), 1, 600_000);
        within(problems, "laneTimeout in ms", laneTimeout.toMillis(), 1, 600_000);
        within(problems, "pause in ms", pause.toMillis(), 1, 86_400_000);
        return problems;
    }

    private static void within(List<String> problems, String name, long value, long least, long most) {
        if (value < least || value > most) {
            problems.add(name + " is " + value + ", must be from " + least + " to " + most);
        }
    }
}
