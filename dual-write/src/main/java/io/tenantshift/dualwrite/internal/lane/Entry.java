package io.tenantshift.dualwrite.internal.lane;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the journal: the image of a row after an insert or update, or before a delete.
 *
 * @param seq drawn under the row's lock: for one row, its order is commit order
 * @param order the last {@code seq} of the entry's transaction: transactions are applied whole, in this order
 * @param epoch of the tenant's fence row on the source when it was written
 * @param image the values as text, in the order of the layout's columns
 */
record Entry(long seq, long order, String tenant, long epoch, int layout, Op op, List<@Nullable String> image) {
    /** What is done with the row. */
    enum Op {
        UPSERT,
        DELETE;

        static Op of(String code) {
            return switch (code) {
                case "U" -> UPSERT;
                case "D" -> DELETE;
                default -> throw new IllegalArgumentException("journal entry with unknown operation " + code);
            };
        }
    }

    /** No row values: this may end up in a log. */
    @Override
    public String toString() {
        return "entry %d (%s, layout %d, tenant \"%s\")".formatted(seq, op, layout, tenant);
    }
}
