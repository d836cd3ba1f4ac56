package io.tenantshift.benchmarks.writes;

/**
 * A stretch of writing that is measured as one.
 *
 * @param disk on which server
 * @param threads how many threads write, each for a tenant of its own
 */
record Stretch(Disk disk, int threads, int millis) {
    String text() {
        return "%s %d %d".formatted(disk.name(), threads, millis);
    }

    static Stretch parse(String text) {
        String[] parts = text.split(" ");
        return new Stretch(Disk.valueOf(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }
}
