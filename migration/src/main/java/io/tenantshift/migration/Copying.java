package io.tenantshift.migration;

import io.tenantshift.router.control.Transition;
import java.sql.SQLException;

/** {@link Backfill} and {@link Reconcile} as the steps ask for them. */
record Copying(Backfill backfill, Reconcile reconcile) implements Copies {
    @Override
    public void copy(Transition transition, String tenant, Observer observer) throws SQLException {
        try {
            backfill.copy(transition, tenant, progress -> observer.copied(progress.rows(), progress.expected()));
        } catch (InterruptedException e) {
            throw interrupted("copy", tenant, e);
        }
    }

    @Override
    public void purge(String shard, String tenant) throws SQLException {
        backfill.purge(shard, tenant);
    }

    @Override
    public long verify(Transition transition, String tenant) throws SQLException {
        try {
            return reconcile
                    .verify(transition.source(tenant), transition.target(tenant), tenant)
                    .mismatches();
        } catch (InterruptedException e) {
            throw interrupted("verification", tenant, e);
        }
    }

    private static SQLException interrupted(String what, String tenant, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new SQLException(
                "%s of tenant \"%s\" interrupted; what has been done stays; call again to go on"
                        .formatted(what, tenant),
                "57014",
                e);
    }
}
