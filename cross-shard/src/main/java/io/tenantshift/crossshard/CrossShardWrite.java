package io.tenantshift.crossshard;

import java.time.Duration;
import java.util.Set;

/**
 * A statement that was to write across tenants. Holds no values of the statement.
 *
 * @param router the router's name
 * @param reason the scope's; empty if none allowed it
 * @param shape the statement without its values
 * @param outcome what became of it
 * @param mapVersion the shard map that it was pinned to; 0 if it did not come so far
 * @param shards who was asked; empty if it did not come so far
 * @param rows how many rows it changed on all shards, committed or not
 * @param took until that was known
 */
public record CrossShardWrite(
        String router,
        String reason,
        String shape,
        Outcome outcome,
        long mapVersion,
        Set<String> shards,
        long rows,
        Duration took) {
    public CrossShardWrite {
        shards = Set.copyOf(shards);
    }

    /** What became of a statement. */
    public enum Outcome {
        /** All shards have committed. */
        COMMITTED,
        /** It was not sent, or rolled back everywhere: nothing allowed it, its shape is not on the list, or tenants move. */
        REFUSED,
        /** A shard refused it or did not answer, and it was rolled back everywhere. */
        FAILED,
        /** Some shards have committed, or may have, and others have not. */
        PARTLY_COMMITTED
    }
}
