package io.tenantshift.router.internal;

import io.tenantshift.router.internal.jdbc.ShardPool;
import io.tenantshift.router.internal.jdbc.ShardReplicas;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One shard of a router. Nothing of it is open before it is used.
 *
 * @param sources open its physical connections, its replicas' too
 * @param pool the application's connections
 * @param system the library's own
 * @param replicas null if it has none
 */
public record Shard(
        String name,
        List<DataSource> sources,
        ShardPool pool,
        SystemPool system,
        @Nullable ShardReplicas replicas) implements AutoCloseable {
    public Shard {
        sources = List.copyOf(sources);
    }

    /** How many of its connections somebody has or waits for now. */
    int inUse() {
        return pool.inUse() + system.inUse();
    }

    @Override
    public void close() {
        pool.close();
        if (replicas != null) {
            replicas.close();
        }
        system.close();
    }
}
