package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.Boundaries;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.CompletionException;

/** Copies {@link Moving}'s one table as one chunk, and counts differences, both at a boundary of the lane. */
record ToyCopies(RouterServices services, DualWrite dualWrite) implements Copies {
    private interface Step {
        long run(Connection source, Connection target) throws SQLException;
    }

    @Override
    public void copy(Transition transition, String tenant, Observer observer) throws SQLException {
        long rows = step(transition, tenant, (source, target) -> {
            long copied = 0;
            try (PreparedStatement select =
                            source.prepareStatement("select id, n from public.acc where tenant_id = ?");
                    PreparedStatement insert = target.prepareStatement(
                            "insert into public.acc values (?, ?, ?) on conflict (tenant_id, id) do update set n = excluded.n")) {
                select.setString(1, tenant);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        insert.setString(1, tenant);
                        insert.setInt(2, row.getInt(1));
                        insert.setLong(3, row.getLong(2));
                        insert.executeUpdate();
                        copied++;
                    }
                }
            }
            set(target, tenant, "status = 'complete', done = '{1}', rows_copied = " + copied);
            return copied;
        });
        observer.copied(rows, rows);
    }

    @Override
    public void purge(Transition transition, String tenant) throws SQLException {
        try (Connection target = services.connect(transition.target(tenant))) {
            target.setAutoCommit(false);
            try (PreparedStatement delete = target.prepareStatement(
                    "with applier as materialized (select set_config('tenantshift.applier', 'on', true)) delete from public.acc using applier where tenant_id = ?")) {
                try (var set = target.createStatement()) {
                    set.execute("select set_config('tenantshift.applier', 'on', true)");
                }
                delete.setString(1, tenant);
                delete.executeUpdate();
                target.commit();
            } finally {
                target.rollback();
                target.setAutoCommit(true);
            }
        }
    }

    @Override
    public long verify(Transition transition, String tenant) throws SQLException {
        return step(transition, tenant, (source, target) -> {
            long mismatches = sum(source, tenant) == sum(target, tenant) ? 0 : 1;
            set(target, tenant, "verified_at = now(), mismatches = " + mismatches);
            return mismatches;
        });
    }

    private static long sum(Connection side, String tenant) throws SQLException {
        try (PreparedStatement select =
                side.prepareStatement("select coalesce(sum(n * 1000 + id), 0) from public.acc where tenant_id = ?")) {
            select.setString(1, tenant);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static void set(Connection target, String tenant, String what) throws SQLException {
        try (PreparedStatement update =
                target.prepareStatement("update tenantshift.copy set " + what + " where tenant_id = ?")) {
            update.setString(1, tenant);
            update.executeUpdate();
        }
    }

    private long step(Transition transition, String tenant, Step step) throws SQLException {
        long epoch;
        try (Connection target = services.connect(transition.target(tenant))) {
            epoch = CopyRow.read(target, tenant).orElseThrow().epoch();
        }
        try {
            return dualWrite
                    .submit(transition.source(tenant), transition.target(tenant), new Boundaries.Work<Long>() {
                        @Override
                        public String tenant() {
                            return tenant;
                        }

                        @Override
                        public long captureEpoch() {
                            return epoch;
                        }

                        @Override
                        public Long run(Connection source, Connection target) throws SQLException {
                            return step.run(source, target);
                        }
                    })
                    .join();
        } catch (CompletionException e) {
            throw new SQLException("step failed", e);
        }
    }
}
