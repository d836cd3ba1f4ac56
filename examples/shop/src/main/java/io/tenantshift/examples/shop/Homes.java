package io.tenantshift.examples.shop;

import io.tenantshift.router.ShardMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Groups tenants by shard. */
final class Homes {
    private Homes() {}

    /** The tenants by the shard on which a map places them. */
    static Map<String, List<String>> of(Collection<String> tenants, ShardMap map) {
        Map<String, List<String>> homes = new TreeMap<>();
        for (String tenant : tenants) {
            homes.computeIfAbsent(map.shardOf(tenant), any -> new ArrayList<>()).add(tenant);
        }
        return homes;
    }
}
