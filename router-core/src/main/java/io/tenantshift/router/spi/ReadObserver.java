package io.tenantshift.router.spi;

import io.tenantshift.router.Placement;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Sees the reads of tenants in a phase with shadow reads. Implemented by {@code shadow-read}. Called on the caller's thread: must not
 * block, and whatever it throws is counted and ignored; the caller's answer is never touched.
 */
public interface ReadObserver {
    /** Called once, before the first statement. */
    void attach(RouterServices services);

    /** Called when a read has been executed in autocommit and its rows are about to go to the caller; null if it is not sampled. */
    @Nullable
    RowCollector begin(Read read);

    /**
     * A read as it was executed.
     *
     * @param placement where the control read ran
     * @param sql the caller's text
     * @param parameters binds the caller's parameters to a statement of the same text
     */
    record Read(Placement placement, String sql, Parameters parameters) {}

    /** The caller's parameters, bound again on any thread. */
    @FunctionalInterface
    interface Parameters {
        /** Sets all parameters. */
        void bind(PreparedStatement statement) throws SQLException;
    }

    /** Receives the rows that the caller fetches. */
    interface RowCollector {
        /** The caller has moved to a row; getters only. */
        void row(ResultSet current) throws SQLException;

        /** The caller is done: {@code complete} if it has seen the last row. Called once, after which no row follows. */
        void end(boolean complete);
    }
}
