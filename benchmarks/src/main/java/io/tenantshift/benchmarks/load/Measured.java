package io.tenantshift.benchmarks.load;

import java.util.Arrays;

/**
 * What was measured of a stretch of work.
 *
 * @param processCpuNanos processor time of the whole JVM: with its garbage collector and compiler
 * @param workerCpuNanos processor time of the threads that worked
 * @param flushes how often these threads sent something to a server, if their connections are {@link CountedSockets}'
 * @param p50Flushes how often that was for most operations: a connection that has rested is asked whether it lives before it works
 */
public record Measured(
        long operations,
        long elapsedNanos,
        long p50Nanos,
        long p99Nanos,
        long processCpuNanos,
        long workerCpuNanos,
        long flushes,
        long p50Flushes) {
    /** For a line of output. */
    public String text() {
        return "%d %d %d %d %d %d %d %d"
                .formatted(
                        operations,
                        elapsedNanos,
                        p50Nanos,
                        p99Nanos,
                        processCpuNanos,
                        workerCpuNanos,
                        flushes,
                        p50Flushes);
    }

    /** Reads {@link #text()}. */
    public static Measured parse(String text) {
        long[] parts = Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray();
        return new Measured(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]);
    }
}
