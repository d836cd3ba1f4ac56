package io.tenantshift.benchmarks.statements;

import io.tenantshift.benchmarks.contender.Workload;
import java.util.Arrays;

/**
 * A stretch of work that is measured as one.
 *
 * @param threads how many threads work, each for a tenant of its own
 */
record Slice(Workload workload, int threads, int millis) {
    String text() {
        return "%s %d %d".formatted(workload.name(), threads, millis);
    }

    static Slice parse(String text) {
        String[] parts = text.split(" ");
        return new Slice(Workload.valueOf(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }

    /**
     * What was measured.
     *
     * @param processCpuNanos processor time of the whole JVM: with its garbage collector and compiler
     * @param workerCpuNanos processor time of the threads that worked
     */
    record Measured(
            long operations,
            long elapsedNanos,
            long p50Nanos,
            long p99Nanos,
            long processCpuNanos,
            long workerCpuNanos) {
        String text() {
            return "%d %d %d %d %d %d"
                    .formatted(operations, elapsedNanos, p50Nanos, p99Nanos, processCpuNanos, workerCpuNanos);
        }

        static Measured parse(String text) {
            long[] parts =
                    Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray();
            return new Measured(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
        }
    }
}
