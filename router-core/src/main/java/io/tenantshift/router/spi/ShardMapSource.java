package io.tenantshift.router.spi;

import io.tenantshift.router.ShardMap;

/**
 * Knows the shard map that counts until the control database holds one: a file, a configuration service, anything. From then on what it
 * says is not followed.
 *
 * <p>Asked about four times a second, on a thread of the router's own, which also does other small work: answer from memory, do not
 * block. Implementations must be safe for any thread.
 *
 * <p>A map that is newer than the one in use is followed at once, with no look at where rows are: what moves by it must have none. A map
 * with an older version, with another content under a known version, or with a shard that is not configured is not followed; this is
 * logged once. The same holds for what this throws.
 */
@FunctionalInterface
public interface ShardMapSource {
    /**
     * The newest map that is known to be good.
     *
     * @throws RuntimeException if there is none; while the router is built, it is not built
     */
    ShardMap current();

    /** Says the same map for ever. */
    static ShardMapSource always(ShardMap map) {
        return () -> map;
    }
}
