package io.tenantshift.router.internal;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What may follow what: versions grow and never change. Who follows a version that has another content for others, or goes back, sends
 * tenants where nobody else does. Stateless.
 */
public final class MapSuccession {
    private MapSuccession() {}

    /** What is wrong with a map that is to be followed by who follows another; nothing if it is the same. */
    public static List<String> findings(ShardMap before, ShardMap next) {
        if (next.version() < before.version()) {
            return List.of("shard map version %d is older than version %d, and versions never go backwards"
                    .formatted(next.version(), before.version()));
        }
        return changed(before, next);
    }

    /** The shards that a map names and that are not configured here; nothing if all are. */
    public static List<String> unknownShards(ShardMap map, Set<String> shards) {
        Set<String> unknown = new TreeSet<>(map.shards());
        unknown.removeAll(shards);
        return unknown.isEmpty()
                ? List.of()
                : List.of("shard map version %d names the shards %s, which are not among %s"
                        .formatted(map.version(), unknown, new TreeSet<>(shards)));
    }

    /** What is wrong with a topology that the control database says, for who follows another. */
    static List<String> findings(Topology before, Topology next) {
        List<String> findings = new ArrayList<>();
        if (next.version() < before.version()) {
            findings.add("its topology went back from version %d to %d".formatted(before.version(), next.version()));
        } else if (next.version() == before.version() && before.version() > 0 && !next.equals(before)) {
            findings.add("its topology changed under version %d".formatted(next.version()));
        }
        findings.addAll(findings(before.map(), next.map()));
        Transition known = before.transition();
        Transition told = next.transition();
        if (known != null) {
            findings.addAll(changed(known.to(), next.map()));
            if (told != null) {
                findings.addAll(changed(known.to(), told.to()));
            }
        }
        return findings;
    }

    private static List<String> changed(ShardMap known, ShardMap told) {
        return known.version() != told.version() || known.equals(told)
                ? List.of()
                : List.of("shard map version %d has another content than before: %s"
                        .formatted(told.version(), known.differenceTo(told).summary()));
    }
}
