package io.tenantshift.migration.internal.copy;

import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Deletes what the target holds of a tenant before its copy begins. Reads nothing on the source, so it is no step of a lane; but each of
 * its transactions takes the tenant's shared lock on the target and requires {@code following} at the epoch that was found first. Only
 * while the copy's row says that nothing has been copied: without that row this side is the tenant's home, or its way back.
 */
public final class Purge {
    /** SQLState of a purge that was not allowed. */
    public static final String REFUSED = "TS034";

    private final List<TableCopy> tables;
    private final int limit;

    /**
     * @param tables in copying order; purged from last to first
     * @param limit rows of a transaction
     */
    public Purge(List<TableCopy> tables, int limit) {
        this.tables = tables;
        this.limit = limit;
    }

    /** Purges; returns how many rows there were. */
    public long run(Connection target, String tenant) throws SQLException {
        target.setAutoCommit(false);
        try {
            Optional<FenceRow> row = Fence.read(target, tenant);
            Optional<CopyState> copy = CopyState.read(target, tenant);
            target.rollback();
            long deleted = 0;
            for (int i = tables.size() - 1; i >= 0; i--) {
                int chunk;
                do {
                    Session.pinWriter(target);
                    check(target, tenant, row, copy);
                    chunk = tables.get(i).deleteSome(target, tenant, limit);
                    target.commit();
                    deleted += chunk;
                } while (chunk == limit);
            }
            return deleted;
        } finally {
            target.rollback();
            target.setAutoCommit(true);
        }
    }

    private static void check(
            Connection target, String tenant, Optional<FenceRow> before, Optional<CopyState> copyBefore)
            throws SQLException {
        Fence.lockShared(target, List.of(tenant));
        Optional<FenceRow> row = Fence.read(target, tenant);
        Optional<CopyState> copy = CopyState.lock(target, tenant);
        boolean following = row.isPresent() && row.get().state() == FenceState.FOLLOWING && row.equals(before);
        boolean fresh = copy.isPresent() && copy.get().isFresh() && copy.equals(copyBefore);
        if (!following || !fresh) {
            throw new SQLException(
                    "its row here is %s (expected following, unchanged) and its copy %s (expected not begun); rows of a side that has or may get authority are not deleted"
                            .formatted(
                                    row.map(FenceRow::toString).orElse("none"),
                                    copy.isEmpty() ? "none" : copy.get().isFresh() ? "another one" : "under way"),
                    REFUSED);
        }
    }
}
