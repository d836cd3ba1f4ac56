package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.router.control.Transition;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One direction between two shards.
 *
 * @param source whose journal is read
 * @param target where its entries are applied, and where the lane's row lives
 */
public record LaneId(String source, String target) implements Comparable<LaneId> {
    /** The lanes of a transition, of both directions. */
    public static Set<LaneId> of(Transition transition) {
        Set<LaneId> lanes = new TreeSet<>();
        for (Map.Entry<String, Set<String>> route : transition.routes().entrySet()) {
            for (String target : route.getValue()) {
                lanes.add(new LaneId(route.getKey(), target));
                lanes.add(new LaneId(target, route.getKey()));
            }
        }
        return lanes;
    }

    /** Reads what {@link #name} gave. */
    public static LaneId parse(String name) {
        int arrow = name.indexOf("->");
        if (arrow <= 0 || arrow + 2 == name.length()) {
            throw new IllegalArgumentException("\"%s\" is not the name of a lane: source->target".formatted(name));
        }
        return new LaneId(name.substring(0, arrow), name.substring(arrow + 2));
    }

    /** As journal entries, lane rows and metrics show it. */
    public String name() {
        return Transition.lane(source, target);
    }

    @Override
    public int compareTo(LaneId other) {
        return name().compareTo(other.name());
    }

    @Override
    public String toString() {
        return name();
    }
}
