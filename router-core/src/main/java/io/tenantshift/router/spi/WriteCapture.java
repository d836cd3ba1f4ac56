package io.tenantshift.router.spi;

import io.tenantshift.router.Placement;
import io.tenantshift.router.sql.Composed;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.SqlFacts;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites the writes of a captured tenant so that the row images reach the journal in the same statement. Implemented by {@code
 * dual-write}. Safe for any thread; called on the path of every captured statement, so answers should be cached by statement text.
 */
public interface WriteCapture {
    /** Called once, before the first statement. */
    void attach(RouterServices services);

    /**
     * The form of a statement that is sent instead of it.
     *
     * @param shard the shard on which the statement will run
     * @param sql the statement as the caller wrote it
     * @param facts what is known of it
     * @param keys which generated keys the caller asked for
     * @throws io.tenantshift.router.StatementRefusedException if the statement cannot be captured without loss
     * @throws SQLException if the layouts of the shard cannot be read
     */
    Plan plan(String shard, String sql, SqlFacts facts, KeysRequest keys) throws SQLException;

    /**
     * Whether writes that the driver makes on its own, past {@link #plan}, reach the journal or are refused by the database: an updatable
     * result writes a row, {@code CopyManager} writes rows. Only where such a write meets a trigger on whatever table it goes to.
     *
     * @param shard the shard on which they are made
     * @param facts the statement whose result is to be updated; null if the table is not known
     * @throws SQLException if the layouts of the shard cannot be read
     */
    default boolean seesDriversWrites(String shard, @Nullable SqlFacts facts) throws SQLException {
        return false;
    }

    /**
     * A transaction that has entered for a captured tenant was committed: there may be something to apply. Called on the caller's thread after
     * each such commit, so it must not block. Not called for what other processes commit, nor if a commit's answer is lost.
     */
    default void committed(Placement placement) {}

    /**
     * @param sql the text to send; its parameters are the caller's, in the caller's order
     * @param returnsRows whether the statement's result is rows (the caller's own RETURNING, or the generated keys asked for) instead
     *     of a count. The keys are then part of the text and must not be asked of the driver again
     * @param captured false if the statement writes no table in transition and is sent as it is
     * @param composed which parts of the text to send are the caller's, so that the positions in the server's error messages can be
     *     his; null if that is not known: then he is told no positions
     */
    record Plan(
            String sql,
            boolean returnsRows,
            boolean captured,
            @Nullable Composed composed) {
        /** A plan that does not know whose its parts are. */
        public Plan(String sql, boolean returnsRows, boolean captured) {
            this(sql, returnsRows, captured, null);
        }
    }
}
