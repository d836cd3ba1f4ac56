package io.tenantshift.migration;

import io.tenantshift.router.control.Transition;
import java.sql.SQLException;

/** What this module's steps need of the copying of rows. Safe for any thread. */
interface Copies {
    /**
     * Copies the tenant's rows until the copy is complete; goes on where an earlier call was interrupted.
     *
     * @param observer told after each chunk; what it throws ends the copying
     */
    void copy(Transition transition, String tenant, Observer observer) throws SQLException;

    /** Deletes whatever rows of the tenant a side holds, in chunks, while that side is {@code following}. */
    void purge(String shard, String tenant) throws SQLException;

    /** Compares both sides; what was found stands in the copy's row. Returns the number of differing rows. */
    long verify(Transition transition, String tenant) throws SQLException;

    /** Sees the copying. */
    @FunctionalInterface
    interface Observer {
        /**
         * @param rows copied so far
         * @param estimate of all rows of the tenant; 0 if there is none
         */
        void copied(long rows, long estimate);
    }
}
