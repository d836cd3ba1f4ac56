package io.tenantshift.migration.internal.preflight;

import org.jspecify.annotations.Nullable;

/**
 * The generated ids that belong to one shard, cut by the shard's number: no two shards share one, for ever.
 *
 * <p>At both ends one increment is left out: a client that fetches ids in blocks of the increment reaches below the first value, or
 * above the last.
 *
 * @param min the lowest id of the shard
 * @param max the highest one; when it has been drawn, the next one fails loudly
 * @param first the first value of a sequence that has not given one yet
 */
public record IdRange(long min, long max, long first) {
    /** 4.4 trillion ids per shard, two million shards; the first 2,048 stay within what a JavaScript number can hold. */
    private static final int BIGINT_STRIDE_BITS = 42;

    /** 33.5 million ids per shard, 64 shards: an integer has no more to give. */
    private static final int INTEGER_STRIDE_BITS = 25;

    /**
     * The range of a shard.
     *
     * @param bits 32 or 64
     * @return null if there is none for so high a number
     */
    public static @Nullable IdRange of(int ordinal, int bits, long increment) {
        int strideBits = bits == 64 ? BIGINT_STRIDE_BITS : INTEGER_STRIDE_BITS;
        long shards = 1L << (bits - 1 - strideBits);
        if (ordinal < 0 || ordinal >= shards) {
            return null;
        }
        long below = (long) ordinal << strideBits;
        // Not below + stride: that overflows for the last shard.
        long end = below + ((1L << strideBits) - 1);
        return new IdRange(below + 1, end - increment, ordinal == 0 ? 1 : below + 1 + increment);
    }

    /** Whether an id was given by this shard, or could be. */
    public boolean contains(long id) {
        return id >= min && id <= max;
    }

    @Override
    public String toString() {
        return min + " to " + max;
    }
}
