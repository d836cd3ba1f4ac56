package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.sql.Composed;
import io.tenantshift.router.sql.RowBlock;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the entries of a batch of captured inserts become statements of several rows, where the driver was told to do so with plain ones
 * ({@code reWriteBatchedInserts}); it does not recognise the captured form. In blocks of powers of two, so that few texts are prepared,
 * and with the update counts that the driver then gives. Immutable.
 */
final class BatchBlocks {
    private static final int MOST_ROWS = 128;
    /** Of one statement, in the protocol. */
    private static final int MOST_PARAMETERS = 65_535;

    private final Sending sending;
    private final Composed composed;
    private final RowBlock rows;
    private final int most;

    private BatchBlocks(Sending sending, Composed composed, RowBlock rows) {
        this.sending = sending;
        this.composed = composed;
        this.rows = rows;
        int bound = rows.parameters() == 0 ? MOST_ROWS : Math.max(1, MOST_PARAMETERS / rows.parameters());
        this.most = Integer.highestOneBit(Math.min(bound, MOST_ROWS));
    }

    /** Null if the batch is sent entry by entry. */
    static @Nullable BatchBlocks of(Sending sending, Analysis analysis, ShardConnection where) {
        Composed composed = sending.composed();
        if (composed == null || sending.capturedRows() || !where.rewritesBatches()) {
            return null;
        }
        RowBlock rows = RowBlock.of(analysis.sql(), analysis.facts());
        return rows == null || rows.repeated(composed, 1) == null ? null : new BatchBlocks(sending, composed, rows);
    }

    /** How many entries each statement takes, in their order. */
    List<Integer> sizes(int entries) {
        List<Integer> sizes = new ArrayList<>();
        int left = entries;
        while (left > 0) {
            int size = left >= most ? most : Integer.highestOneBit(left);
            sizes.add(size);
            left -= size;
        }
        return sizes;
    }

    /** How many parameters an entry has. */
    int parameters() {
        return rows.parameters();
    }

    /** What is sent for so many entries. */
    Sending sending(int size) {
        Composed repeated = size == 1 ? composed : rows.repeated(composed, size);
        return repeated == null ? sending : sending.with(repeated);
    }

    /** Notes the count of one statement for each of its entries: of several it is not known which of them wrote. */
    static void note(long[] counts, int first, int size, long written) {
        Arrays.fill(counts, first, first + size, size == 1 || written == 0 ? written : Statement.SUCCESS_NO_INFO);
    }

    /** The failure of one of the statements, as that of the whole batch. */
    static SQLException failed(SQLException e, int entries) {
        if (!(e instanceof BatchUpdateException batch)) {
            return e;
        }
        long[] counts = new long[entries];
        Arrays.fill(counts, Statement.EXECUTE_FAILED);
        BatchUpdateException whole = new BatchUpdateException(
                batch.getMessage(), batch.getSQLState(), batch.getErrorCode(), counts, batch.getCause());
        return ErrorPositions.like(batch, whole, batch.getNextException());
    }
}
