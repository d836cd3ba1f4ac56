package io.tenantshift.router.config;

import io.tenantshift.router.spi.ShardMapSource;
import org.jspecify.annotations.Nullable;

/** Where a router's first shard map comes from. */
@FunctionalInterface
interface MapOrigin {
    /** Who knows the map; null if that is an object which cannot be made, which the creation reports. */
    @Nullable
    ShardMapSource source(Creation creation);

    static MapOrigin of(ShardMapSource known) {
        return creation -> known;
    }
}
