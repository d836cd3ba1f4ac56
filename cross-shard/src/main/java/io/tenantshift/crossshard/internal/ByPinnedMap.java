package io.tenantshift.crossshard.internal;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.shardingsphere.sharding.api.sharding.hint.HintShardingAlgorithm;
import org.apache.shardingsphere.sharding.api.sharding.hint.HintShardingValue;

/**
 * ShardingSphere's choice of shards: those that our shard map named when the statement was pinned. By hint and not by ShardingSphere's
 * reading of the conditions, which takes the condition of an outer join for one on the rows that it keeps. Made by ShardingSphere through
 * reflection. Safe for any thread.
 */
public final class ByPinnedMap implements HintShardingAlgorithm<Pin> {
    @Override
    public Collection<String> doSharding(Collection<String> available, HintShardingValue<Pin> hint) {
        Set<String> chosen = new LinkedHashSet<>();
        for (Pin pin : hint.getValues()) {
            pin.shards().forEach(shard -> chosen.add(pin.unit().alias(shard)));
        }
        if (chosen.isEmpty() || !available.containsAll(chosen)) {
            throw new IllegalStateException(
                    "a statement is pinned to %s, and there are %s".formatted(chosen, available));
        }
        return chosen;
    }
}
