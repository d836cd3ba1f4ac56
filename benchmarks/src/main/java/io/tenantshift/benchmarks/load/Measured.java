package io.tenantshift.benchmarks.load;

import java.util.Arrays;

/**
 * What was measured of a stretch of work.
 *
 * @param processCpuNanos processor time of the whole JVM: with its garbage collector and compiler
 * @param workerCpuNanos processor time of the threads that worked
 * @param flushes how often these threads sent something to a server, if their connections are {@link CountedSockets}'
 * @param turns how often they waited for an answer after having sent something: round trips
 */
public record Measured(
        long operations,
        long elapsedNanos,
        long p50Nanos,
        long p99Nanos,
        long processCpuNanos,
        long workerCpuNanos,
        long flushes,
        long turns) {
    /** For a line of output. */
    public String text() {
        return "%d %d %d %d %d %d %d %d"
                .formatted(
                        operations, elapsedNanos, p50Nanos, p99Nanos, processCpuNanos, workerCpuNanos, flushes, turns);
    }

    /** Reads {@link #text()}. */
    public static Measured parse(String text) {
        long[] parts = Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray();
        return new Measured(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]);
    }
}
