package io.tenantshift.migration.internal.reconcile;

import io.tenantshift.migration.internal.copy.CopyState;
import io.tenantshift.migration.internal.copy.Session;
import io.tenantshift.router.spi.Boundaries;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares the next rows of a tenant in a step of its lane: the source under the step's snapshot, the target in the step's transaction
 * after the window, which is the same instant. Small tables share a step. Immutable.
 *
 * @param tables in the order in which they are walked
 * @param from where the step begins
 * @param rows rows of the step, counted on the source; more where ranges are expensive to cut
 * @param each what is done with differing rows, on the target in the same transaction
 * @param progress what is done at the end of the step, in the same transaction
 */
public record CompareWork(
        String tenant,
        long captureEpoch,
        String lane,
        List<ComparedTable> tables,
        Place from,
        int rows,
        Each each,
        Progress progress)
        implements Boundaries.Work<CompareWork.Place> {
    /** SQLState of a comparison with a copy that is not complete. */
    public static final String NOT_COMPLETE = "TS035";

    /**
     * A place in the walk.
     *
     * @param table number of the table; that of tables at the end
     * @param after the last key that has been compared in it; null at its beginning
     * @param compared rows of the source until here
     */
    public record Place(int table, @Nullable List<String> after, long compared) {
        /** The beginning. */
        public static final Place START = new Place(0, null, 0);
    }

    /** Is told of differing rows. */
    @FunctionalInterface
    public interface Each {
        /** @param table number of the table */
        void differ(Connection source, Connection target, int table, List<RowDifference> rows) throws SQLException;
    }

    /** Is told how far the comparison is. */
    @FunctionalInterface
    public interface Progress {
        void reached(Connection target, Place place) throws SQLException;
    }

    @Override
    public Place run(Connection source, Connection target) throws SQLException {
        Optional<CopyState> copy =
                CopyState.read(target, tenant).filter(state -> state.lane().equals(lane));
        if (copy.isPresent() && !copy.get().complete()) {
            throw new SQLException(
                    "the copy is not complete, %d rows so far; what is not copied yet would all differ"
                            .formatted(copy.get().rowsCopied()),
                    NOT_COMPLETE);
        }
        Session.pinReader(source);
        Session.pinWriter(target);
        int table = from.table();
        List<String> after = from.after();
        long compared = 0;
        while (compared < rows && table < tables.size()) {
            ComparedTable current = tables.get(table);
            int number = table;
            KeyRange rest = new KeyRange(after, null);
            List<String> upTo = current.keyAt(source, tenant, rest, (rows - compared) * current.stride() - 1);
            compared += new Comparison(current, source, target, tenant)
                    .compare(new KeyRange(after, upTo), found -> each.differ(source, target, number, found));
            table = upTo == null ? table + 1 : table;
            after = upTo;
        }
        Place reached = new Place(table, after, from.compared() + compared);
        progress.reached(target, reached);
        return reached;
    }
}
