package io.tenantshift.examples.shop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Tenants that are moved together.
 *
 * @param name the share of all tenants that has been asked to move once this cohort has
 */
record Cohort(String name, List<String> tenants) {
    private static final int[] PERCENT = {1, 10, 50, 100};

    Cohort {
        tenants = List.copyOf(tenants);
    }

    /** All tenants, dealt by the seed into cohorts that end at 1 %, 10 %, 50 % and 100 %. */
    static List<Cohort> deal(Marketplace marketplace) {
        List<String> all =
                new ArrayList<>(marketplace.tenants().stream().map(Tenant::id).toList());
        Collections.shuffle(all, new Random(marketplace.seed()));
        List<Cohort> cohorts = new ArrayList<>();
        int from = 0;
        for (int percent : PERCENT) {
            int to = Math.max(Math.min(from + 1, all.size()), all.size() * percent / 100);
            cohorts.add(new Cohort(percent + " %", all.subList(from, to)));
            from = to;
        }
        return cohorts;
    }

    /** The tenants by the shard that each is on. */
    static Map<String, List<String>> byShard(
            Iterable<String> tenants, java.util.function.UnaryOperator<String> shardOf) {
        Map<String, List<String>> byShard = new LinkedHashMap<>();
        for (String tenant : tenants) {
            byShard.computeIfAbsent(shardOf.apply(tenant), any -> new ArrayList<>())
                    .add(tenant);
        }
        return byShard;
    }
}
