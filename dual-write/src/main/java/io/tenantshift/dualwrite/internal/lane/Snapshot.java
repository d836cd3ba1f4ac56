package io.tenantshift.dualwrite.internal.lane;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A {@code pg_snapshot}: which transactions of one server had been committed or rolled back at one instant. Immutable.
 *
 * @param xmin every transaction below is seen
 * @param xmax no transaction from here on is seen
 * @param running those between that were in progress
 */
record Snapshot(long xmin, long xmax, Set<Long> running) {
    /** Reads {@code xmin:xmax:running,…}. */
    static Snapshot parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("\"%s\" is not a pg_snapshot".formatted(text));
        }
        Set<Long> running = parts[2].isEmpty()
                ? Set.of()
                : Arrays.stream(parts[2].split(",", -1))
                        .map(Long::parseUnsignedLong)
                        .collect(Collectors.toUnmodifiableSet());
        return new Snapshot(Long.parseUnsignedLong(parts[0]), Long.parseUnsignedLong(parts[1]), running);
    }

    /** Whether everything that the other one sees is seen here too. */
    boolean covers(Snapshot other) {
        return Long.compareUnsigned(other.xmax, xmax) <= 0
                && running.stream()
                        .allMatch(xid -> Long.compareUnsigned(xid, other.xmax) >= 0 || other.running.contains(xid));
    }

    /** The same of the transactions below a number only. */
    Snapshot until(long end) {
        Set<Long> below = running.stream()
                .filter(xid -> Long.compareUnsigned(xid, end) < 0)
                .collect(Collectors.toUnmodifiableSet());
        long first = below.stream().min(Long::compareUnsigned).orElse(end);
        return new Snapshot(first, end, below);
    }

    /** The transactions in progress, as text for an array parameter. */
    Object[] runningTexts() {
        return texts().toArray();
    }

    private List<String> texts() {
        return running.stream()
                .sorted(Long::compareUnsigned)
                .map(Long::toUnsignedString)
                .toList();
    }

    /** As PostgreSQL writes it. */
    @Override
    public String toString() {
        return Long.toUnsignedString(xmin) + ":" + Long.toUnsignedString(xmax) + ":" + String.join(",", texts());
    }
}
