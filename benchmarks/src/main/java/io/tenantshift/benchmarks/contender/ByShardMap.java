package io.tenantshift.benchmarks.contender;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.shardingsphere.sharding.api.sharding.standard.PreciseShardingValue;
import org.apache.shardingsphere.sharding.api.sharding.standard.RangeShardingValue;
import org.apache.shardingsphere.sharding.api.sharding.standard.StandardShardingAlgorithm;

/**
 * ShardingSphere's choice of a shard, by the library's map: every contender finds a tenant in the same place, and ShardingSphere is
 * spared its expression language. Made by ShardingSphere through reflection. Safe for any thread.
 */
public final class ByShardMap implements StandardShardingAlgorithm<String> {
    private final Map<String, String> shardOf = new ConcurrentHashMap<>();

    @Override
    public String doSharding(Collection<String> shards, PreciseShardingValue<String> tenant) {
        return shardOf.computeIfAbsent(
                tenant.getValue(),
                each -> Site.map(List.copyOf(new TreeSet<>(shards))).shardOf(each));
    }

    @Override
    public Collection<String> doSharding(Collection<String> shards, RangeShardingValue<String> tenants) {
        return shards;
    }
}
