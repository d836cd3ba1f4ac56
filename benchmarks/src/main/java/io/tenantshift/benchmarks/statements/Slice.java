package io.tenantshift.benchmarks.statements;

import io.tenantshift.benchmarks.contender.Workload;

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
}
