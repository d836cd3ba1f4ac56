package io.tenantshift.crossshard;

import java.time.Duration;
import java.util.Set;

/**
 * A statement that was to read across tenants. Holds no values of the statement.
 *
 * @param router the router's name
 * @param reason why it was allowed: the scope's, or the one configured for its shape; empty if nothing allowed it
 * @param shape the statement without its values
 * @param outcome what became of it
 * @param mapVersion the shard map that it was pinned to; 0 if it did not come so far
 * @param shards who was asked; empty if it did not come so far
 * @param attempts how often it was run: more than once if a tenant was cut over meanwhile
 * @param took until its first rows were there
 */
public record CrossShardRead(
        String router,
        String reason,
        String shape,
        Outcome outcome,
        long mapVersion,
        Set<String> shards,
        int attempts,
        Duration took) {
    public CrossShardRead {
        shards = Set.copyOf(shards);
    }

    /** What became of a statement. */
    public enum Outcome {
        /** Its rows are there. */
        ANSWERED,
        /** It was not sent: nothing allowed it, its shape is not known to be right, or the tenants did not come to rest. */
        REFUSED,
        /** A shard refused it, or did not answer. */
        FAILED
    }
}
