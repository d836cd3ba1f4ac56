package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.router.control.Transition;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One direction between two shards, or one of several lanes in that direction, among which the tenants are divided.
 *
 * @param source whose journal is read
 * @param target where its entries are applied, and where the lane's row lives
 * @param number which of them, from 0
 * @param of how many there are; fixed as long as the transition lasts
 */
public record LaneId(String source, String target, int number, int of) implements Comparable<LaneId> {
    private static final Pattern NAME = Pattern.compile("(.+?)->(.+?)(?:#(\\d{1,4})/(\\d{1,4}))?", Pattern.DOTALL);
    private static final Comparator<LaneId> ORDER = Comparator.comparing(LaneId::source)
            .thenComparing(LaneId::target)
            .thenComparingInt(LaneId::of)
            .thenComparingInt(LaneId::number);

    public LaneId {
        if (number < 0 || number >= of) {
            throw new IllegalArgumentException(
                    "lane %d of %d from \"%s\" to \"%s\"".formatted(number + 1, of, source, target));
        }
    }

    /** The only lane of its direction. */
    public LaneId(String source, String target) {
        this(source, target, 0, 1);
    }

    /** The lanes of a transition, of both directions. */
    public static Set<LaneId> of(Transition transition) {
        Set<LaneId> lanes = new TreeSet<>();
        for (Map.Entry<String, Set<String>> route : transition.routes().entrySet()) {
            for (String target : route.getValue()) {
                lanes.addAll(between(route.getKey(), target, transition.lanes()));
                lanes.addAll(between(target, route.getKey(), transition.lanes()));
            }
        }
        return lanes;
    }

    /** All lanes of one direction. */
    static Set<LaneId> between(String source, String target, int of) {
        Set<LaneId> lanes = new TreeSet<>();
        for (int number = 0; number < of; number++) {
            lanes.add(new LaneId(source, target, number, of));
        }
        return lanes;
    }

    /** Reads what {@link #name} gave. */
    public static LaneId parse(String name) {
        Matcher parts = NAME.matcher(name);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "\"%s\" is not the name of a lane: source->target, or source->target#2/3".formatted(name));
        }
        return parts.group(3) == null
                ? new LaneId(parts.group(1), parts.group(2))
                : new LaneId(
                        parts.group(1),
                        parts.group(2),
                        Integer.parseInt(parts.group(3)) - 1,
                        Integer.parseInt(parts.group(4)));
    }

    /** As fence rows, journal entries, lane rows and metrics show it. */
    public String name() {
        return Transition.lane(source, target, number, of);
    }

    @Override
    public int compareTo(LaneId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return name();
    }
}
