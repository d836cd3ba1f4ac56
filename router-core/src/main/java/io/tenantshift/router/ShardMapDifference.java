package io.tenantshift.router;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What moves from one shard map to another, and from where to where. Immutable.
 *
 * <p>It tells homes, not rows: a slot moves also if no tenant is in it. A tenant that is pinned in one of the maps is listed by itself, if
 * its shard differs, and does not go with its slot.
 *
 * @param from the version that is left
 * @param to the version that comes
 * @param slots ranges of slots that move, in order
 * @param tenants pinned tenants that move, by id
 */
public record ShardMapDifference(long from, long to, List<Slots> slots, List<Pinned> tenants) {
    /** How many lines {@link #text()} has for the slots, and how many for the tenants. */
    private static final int LINES = 50;

    /** Neighbouring slots that move from one shard to one other, {@code first} and {@code last} included. */
    public record Slots(int first, int last, String source, String target) {
        /** How many they are. */
        public int count() {
            return last - first + 1;
        }
    }

    /** A tenant that is pinned before or after, and moves. */
    public record Pinned(String tenant, String source, String target) {}

    public ShardMapDifference {
        slots = List.copyOf(slots);
        tenants = List.copyOf(tenants);
    }

    static ShardMapDifference between(ShardMap from, ShardMap to) {
        List<Slots> slots = new ArrayList<>();
        for (int first = 0; first < ShardMap.SLOTS; ) {
            int last = Math.min(from.endOfRange(first), to.endOfRange(first));
            String source = from.shardOfSlot(first);
            String target = to.shardOfSlot(first);
            if (!source.equals(target)) {
                slots.add(new Slots(first, last, source, target));
            }
            first = last + 1;
        }
        List<Pinned> tenants = new ArrayList<>();
        Set<String> pinned = new TreeSet<>(from.pinned());
        pinned.addAll(to.pinned());
        for (String tenant : pinned) {
            // What the directory says is not in the maps.
            if (!from.knows(tenant) || !to.knows(tenant)) {
                continue;
            }
            String source = from.shardOf(tenant);
            String target = to.shardOf(tenant);
            if (!source.equals(target)) {
                tenants.add(new Pinned(tenant, source, target));
            }
        }
        return new ShardMapDifference(from.version(), to.version(), slots, tenants);
    }

    /** Whether every tenant stays where it is. */
    public boolean isEmpty() {
        return slots.isEmpty() && tenants.isEmpty();
    }

    /** How many slots move. */
    public int movedSlots() {
        return slots.stream().mapToInt(Slots::count).sum();
    }

    /** The shards that something leaves or comes to, sorted by name. */
    public Set<String> shards() {
        Set<String> shards = new TreeSet<>();
        slots.forEach(move -> shards.addAll(List.of(move.source, move.target)));
        tenants.forEach(move -> shards.addAll(List.of(move.source, move.target)));
        return shards;
    }

    /** One line. */
    public String summary() {
        return isEmpty()
                ? "nothing moves from shard map version %d to %d".formatted(from, to)
                : "from shard map version %d to %d: %d of %d slots and %d pinned tenants move, between the shards %s"
                        .formatted(from, to, movedSlots(), ShardMap.SLOTS, tenants.size(), shards());
    }

    /** For humans: the summary and a line for each move, the first {@value #LINES} of each kind. */
    public String text() {
        StringBuilder out = new StringBuilder(summary());
        slots.stream()
                .limit(LINES)
                .forEach(move -> out.append("\n  slots %d-%d (%d): %s -> %s"
                        .formatted(move.first, move.last, move.count(), move.source, move.target)));
        more(out, slots.size(), "ranges of slots");
        tenants.stream()
                .limit(LINES)
                .forEach(move ->
                        out.append("\n  tenant \"%s\": %s -> %s".formatted(move.tenant, move.source, move.target)));
        more(out, tenants.size(), "tenants");
        return out.toString();
    }

    private static void more(StringBuilder out, int size, String what) {
        if (size > LINES) {
            out.append("\n  and %d more %s".formatted(size - LINES, what));
        }
    }
}
