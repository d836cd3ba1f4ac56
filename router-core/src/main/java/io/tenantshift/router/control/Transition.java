package io.tenantshift.router.control;

import io.tenantshift.router.ShardMap;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/**
 * The way from one shard map version to the next.
 *
 * @param from the older map: its homes are the sources
 * @param to the newer map: its homes are the targets
 * @param lanes into how many lanes the tenants between two shards are divided, in each direction; fixed before the transition opens
 */
public record Transition(ShardMap from, ShardMap to, Status status, int lanes) {
    /** The most lanes from one shard to another. */
    public static final int MOST_LANES = 16;

    public Transition {
        if (lanes < 1) {
            throw new IllegalArgumentException("a transition with %d lanes from one shard to another".formatted(lanes));
        }
    }

    /** With one lane from one shard to another. */
    public Transition(ShardMap from, ShardMap to, Status status) {
        this(from, to, status, 1);
    }

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

    /** All shards of both maps, in order of their names. */
    public Set<String> shards() {
        Set<String> shards = new TreeSet<>(from.shards());
        shards.addAll(to.shards());
        return shards;
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

    /**
     * In which of the lanes a tenant is, from 0: the CRC-32C of its id in UTF-8, of which the slot is the lowest twelve bits, without
     * those, modulo the number of lanes. So the tenants of any range of slots are spread over all lanes. As long as the transition lasts all
     * that is done for a tenant is in one lane, and in the lane of the same number on the way back.
     */
    public int laneOf(String tenant) {
        if (lanes == 1) {
            return 0;
        }
        CRC32C crc = new CRC32C();
        crc.update(tenant.getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() / ShardMap.SLOTS % lanes);
    }

    /** The name of the lane that carries a tenant's journal entries from one shard to another. */
    public String lane(String here, String there, String tenant) {
        return lane(here, there, laneOf(tenant), lanes);
    }

    /** The name of the lane that carries journal entries from one shard to another, where it is the only one. */
    public static String lane(String from, String to) {
        return from + "->" + to;
    }

    /** The name of one of several: {@code from->to#2/3} is the second of three. The only one has no number. */
    public static String lane(String from, String to, int number, int of) {
        String only = lane(from, to);
        return of == 1 ? only : only + "#" + (number + 1) + "/" + of;
    }
}
