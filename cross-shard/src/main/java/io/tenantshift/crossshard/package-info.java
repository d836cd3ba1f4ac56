/** Reads across tenants: fan-out and merge by Apache ShardingSphere-JDBC over the router's shards and shard map. */
@NullMarked
package io.tenantshift.crossshard;

import org.jspecify.annotations.NullMarked;
