package io.tenantshift.dualwrite;

import io.tenantshift.router.spi.Boundaries.Work;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A chunk of a tenant's copy, as a backfill would write it: rows by key beyond the cursor, and the cursor, in one step. */
class CopyWork implements Work<Integer> {
    private static final int ALL = 1_000_000;

    private final LaneFixture fixture;
    private final String tenant;
    private final int layout;
    private final int rows;

    /** Copies the next rows of a table. */
    CopyWork(LaneFixture fixture, String tenant, int layout, int rows) {
        this.fixture = fixture;
        this.tenant = tenant;
        this.layout = layout;
        this.rows = rows;
    }

    static CopyWork all(LaneFixture fixture, String tenant, int layout) {
        return new CopyWork(fixture, tenant, layout, ALL);
    }

    /** Marks a tenant's copy as begun: nothing has been copied. */
    static void begin(LaneFixture fixture, String tenant) throws SQLException {
        fixture.cluster.execute(
                fixture.target,
                "insert into tenantshift.copy (tenant_id, lane, epoch, status) values ('%s', '%s', %d, 'copying')"
                        .formatted(tenant, fixture.lane(tenant), LaneFixture.EPOCH));
    }

    @Override
    public String tenant() {
        return tenant;
    }

    @Override
    public long captureEpoch() {
        return LaneFixture.EPOCH;
    }

    /** Called between the read of the chunk and its write. */
    void afterRead() throws SQLException {}

    @Override
    public Integer run(Connection source, Connection target) throws SQLException {
        String table = layout == LaneFixture.PARENT ? "public.parent" : "public.child";
        int after = cursor(target);
        List<String> ids = new ArrayList<>();
        List<String> images = new ArrayList<>();
        try (PreparedStatement select = source.prepareStatement("select t.id, t::text from " + table
                + " t where t.tenant_id = ? and t.id > ? order by t.tenant_id, t.id limit ?")) {
            select.setString(1, tenant);
            select.setInt(2, after);
            select.setInt(3, rows);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    ids.add(row.getString(1));
                    images.add(row.getString(2));
                }
            }
        }
        afterRead();
        try (PreparedStatement insert = target.prepareStatement(
                "insert into " + table + " select (x::" + table + ").* from unnest(?::text[]) as x")) {
            insert.setArray(1, target.createArrayOf("text", images.toArray()));
            insert.executeUpdate();
        }
        store(target, ids);
        return ids.size();
    }

    private int cursor(Connection target) throws SQLException {
        try (PreparedStatement select = target.prepareStatement(
                "select case when layout = ? then cursor[2] end from tenantshift.copy where tenant_id = ?")) {
            select.setInt(1, layout);
            select.setString(2, tenant);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    private void store(Connection target, List<String> ids) throws SQLException {
        boolean end = ids.size() < rows;
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.copy set layout = ?, cursor = ?, done = case when ? then done || ?::integer else done end
                where tenant_id = ?""")) {
            update.setInt(1, layout);
            String last = ids.isEmpty() ? "0" : ids.get(ids.size() - 1);
            update.setArray(2, target.createArrayOf("text", new Object[] {tenant, last}));
            update.setBoolean(3, end);
            update.setInt(4, layout);
            update.setString(5, tenant);
            update.executeUpdate();
        }
    }
}
