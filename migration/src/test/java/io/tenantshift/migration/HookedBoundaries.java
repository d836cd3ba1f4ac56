package io.tenantshift.migration;

import io.tenantshift.router.Placement;
import io.tenantshift.router.spi.Boundaries;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;

/**
 * Real boundaries with something happening at the two ends of every work: the step's snapshot has been taken and nothing of the work read;
 * the work is written and not committed. A hook that throws ends the work there.
 */
record HookedBoundaries(Boundaries lanes, Hook snapshotTaken, Hook notCommitted) implements Boundaries {
    /** Runs on the lane's thread. */
    @FunctionalInterface
    interface Hook {
        Hook NONE = (source, target) -> {};

        void run(Connection source, Connection target) throws SQLException;
    }

    @Override
    public <R> CompletableFuture<R> submit(String source, String target, Work<R> work) {
        return lanes.submit(source, target, new Work<R>() {
            @Override
            public String tenant() {
                return work.tenant();
            }

            @Override
            public long captureEpoch() {
                return work.captureEpoch();
            }

            @Override
            public R run(Connection here, Connection there) throws SQLException {
                snapshotTaken.run(here, there);
                R result = work.run(here, there);
                notCommitted.run(here, there);
                return result;
            }
        });
    }

    @Override
    public String lane(String source, String target, String tenant) {
        return lanes.lane(source, target, tenant);
    }

    @Override
    public boolean covers(Placement placement, String snapshot) throws SQLException {
        return lanes.covers(placement, snapshot);
    }
}
