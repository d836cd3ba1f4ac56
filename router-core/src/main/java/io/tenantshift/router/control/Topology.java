package io.tenantshift.router.control;

import io.tenantshift.router.ShardMap;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an instance must follow: the shard map in force, the transition that is open, the shards with guards. Immutable.
 *
 * @param version grows with every publication of any of it; 0 is the configured map, before the control database holds one
 * @param map the map in force: during a transition the older one
 * @param transition the transition that is not closed; null if there is none
 * @param guarded the shards where every write transaction enters
 */
public record Topology(long version, ShardMap map, @Nullable Transition transition, Set<String> guarded) {
    /** The topology of a service whose control database knows nothing yet. */
    public static Topology configured(ShardMap map) {
        return new Topology(0, map, null, Set.of());
    }

    /** All shards on which tenants may be, in order of their names. */
    public Set<String> shards() {
        Set<String> shards = new TreeSet<>(map.shards());
        if (transition != null) {
            shards.addAll(transition.shards());
        }
        return shards;
    }

    /** Whether write transactions on a shard must enter. */
    public boolean isGuarded(String shard) {
        return guarded.contains(shard);
    }
}
