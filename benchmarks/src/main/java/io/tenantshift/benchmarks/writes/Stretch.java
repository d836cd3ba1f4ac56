package io.tenantshift.benchmarks.writes;

import io.tenantshift.benchmarks.Durability;

/**
 * A stretch of writing that is measured as one.
 *
 * @param durability on which server
 * @param threads how many threads write, each for a tenant of its own
 */
record Stretch(Durability durability, int threads, int millis) {
    String text() {
        return "%s %d %d".formatted(durability.name(), threads, millis);
    }

    static Stretch parse(String text) {
        String[] parts = text.split(" ");
        return new Stretch(Durability.valueOf(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }
}
