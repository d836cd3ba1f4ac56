package io.tenantshift.router.control;

import io.tenantshift.router.ShardMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The way from one shard map version to the next.
 *
 * @param from the older map: its homes are the sources
 * @param to the newer map: its homes are the targets
 */
public record Transition(ShardMap from, ShardMap to, Status status) {
    /** How far the transition as a whole is; each tenant's phase is in its fence row. */
    public enum Status {
        /** Published; guards are being installed. Everybody lives on the source and enters. */
        OPENING,
        /** Tenants move. */
        OPEN,
        /** All tenants are at rest on the newer map's homes. */
        CLOSED
    }

    /** The shard that the tenant leaves. */
    public String source(String tenant) {
        return from.shardOf(tenant);
    }

    /** The shard that the tenant goes to. */
    public String target(String tenant) {
        return to.shardOf(tenant);
    }

    /** Whether the tenant changes its shard; others are bystanders. */
    public boolean moves(String tenant) {
        return !source(tenant).equals(target(tenant));
    }

    /** The pairs of shards between which tenants may move: each source with its targets. Slots without a tenant count too. */
    public Map<String, Set<String>> routes() {
        Map<String, Set<String>> routes = new TreeMap<>();
        for (int slot = 0; slot < ShardMap.SLOTS; slot++) {
            add(routes, from.shardOfSlot(slot), to.shardOfSlot(slot));
        }
        Set<String> pinned = new TreeSet<>(from.pinned());
        pinned.addAll(to.pinned());
        pinned.forEach(tenant -> add(routes, source(tenant), target(tenant)));
        return routes;
    }

    private static void add(Map<String, Set<String>> routes, String source, String target) {
        if (!source.equals(target)) {
            routes.computeIfAbsent(source, s -> new TreeSet<>()).add(target);
        }
    }

    /** The name of the lane that carries journal entries from one shard to another. */
    public static String lane(String from, String to) {
        return from + "->" + to;
    }
}
