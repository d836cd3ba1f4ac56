package io.tenantshift.router.spi;

import io.tenantshift.router.Placement;
import io.tenantshift.router.control.Transition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;

/**
 * Work on both sides of a lane at one boundary: the moment at which the target holds exactly what the lane's snapshot sees on the source.
 * Implemented by the lanes of {@code dual-write}; used by backfill, reconcile and shadow reads. Safe for any thread.
 */
public interface Boundaries {
    /**
     * Queues work for its tenant's lane from {@code source} to {@code target}. The future completes after the commit on the target; it fails if
     * the work or the checks of its tenant failed, and then nothing of it is on the target.
     */
    <R> CompletableFuture<R> submit(String source, String target, Work<R> work);

    /**
     * Whether the lane away from the placement's shard has applied everything of the tenant that a snapshot saw.
     *
     * @param snapshot a {@code pg_snapshot} of the placement's shard, as text
     */
    boolean covers(Placement placement, String snapshot) throws SQLException;

    /** The name of the lane that carries what is committed for a tenant from one shard to another: there may be several. */
    default String lane(String source, String target, String tenant) {
        return Transition.lane(source, target);
    }

    /** One step's work for one tenant. */
    interface Work<R> {
        /** The tenant whose rows are read and written. */
        String tenant();

        /**
         * The epoch at which this copy's capture began: the step is refused if its snapshot does not see the source's fence row
         * open at this epoch or a later one.
         */
        long captureEpoch();

        /**
         * Runs inside the step. Before this the window has been applied, the tenant's lock on the target is held, its row there says
         * {@code following} at the epoch that it had before the source was read.
         *
         * @param source under the step's REPEATABLE READ snapshot; read only
         * @param target in the transaction that also moves the lane's position; neither commit nor roll back
         */
        R run(Connection source, Connection target) throws SQLException;
    }
}
