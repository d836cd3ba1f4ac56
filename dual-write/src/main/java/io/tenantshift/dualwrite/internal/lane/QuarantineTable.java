package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.dualwrite.QuarantinedTenant;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tenants of one lane that are in quarantine, on its target, each with a position of his own. Over the caller's connection and
 * transaction. Locks in order: the lane's row, the tenant's advisory lock, the tenant's row here.
 */
record QuarantineTable(LaneId lane) {
    /**
     * A tenant and how far he is.
     *
     * @param emptied floors of slots that were emptied since and held nothing of his, as text
     */
    record Held(QuarantinedTenant tenant, Position position, Set<String> emptied) {}

    private static final String SELECT = """
            select tenant_id, epoch, since, seq, xid::text, layout, table_name, sqlstate, reason, tries,
                   applied::text, next::text, after, emptied
            from tenantshift.tenant_position where lane = ?""";

    /** All of the lane, the first to come here first. */
    List<QuarantinedTenant> list(Connection target) throws SQLException {
        List<QuarantinedTenant> found = new ArrayList<>();
        try (PreparedStatement select = target.prepareStatement(SELECT + " order by since, tenant_id")) {
            select.setString(1, lane.name());
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    found.add(held(row).tenant());
                }
            }
        }
        return found;
    }

    /** How far each of them is. */
    List<Held> positions(Connection target) throws SQLException {
        List<Held> found = new ArrayList<>();
        try (PreparedStatement select = target.prepareStatement(SELECT)) {
            select.setString(1, lane.name());
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    found.add(held(row));
                }
            }
        }
        return found;
    }

    Optional<Held> find(Connection target, String tenant) throws SQLException {
        return find(target, tenant, "");
    }

    /** As {@link #find}; nobody else moves or releases him until the transaction ends. */
    Optional<Held> lock(Connection target, String tenant) throws SQLException {
        return find(target, tenant, " for update");
    }

    private Optional<Held> find(Connection target, String tenant, String locking) throws SQLException {
        try (PreparedStatement select = target.prepareStatement(SELECT + " and tenant_id = ?" + locking)) {
            select.setString(1, lane.name());
            select.setString(2, tenant);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(held(row)) : Optional.empty();
            }
        }
    }

    /** Puts a tenant here, at a position of his lane. */
    void put(Connection target, TenantFailedException failure, @Nullable String xid, long epoch, Position position)
            throws SQLException {
        try (PreparedStatement insert = target.prepareStatement("""
                insert into tenantshift.tenant_position
                    (lane, tenant_id, epoch, seq, xid, layout, table_name, sqlstate, reason, applied, next, after)
                values (?, ?, ?, ?, ?::xid8, ?, ?, ?, ?, ?::pg_snapshot, ?::pg_snapshot, ?)""")) {
            insert.setString(1, lane.name());
            insert.setString(2, failure.tenant());
            insert.setLong(3, epoch);
            insert.setLong(4, failure.entry().seq());
            insert.setString(5, xid);
            insert.setInt(6, failure.entry().layout());
            insert.setString(7, failure.table());
            insert.setString(8, failure.state());
            insert.setString(9, failure.reason());
            bind(insert, 10, position);
            insert.executeUpdate();
        }
    }

    /** Moves a tenant, in the transaction that applies his entries. */
    void advance(Connection target, String tenant, Position position) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.tenant_position set applied = ?::pg_snapshot, next = ?::pg_snapshot, after = ?
                where lane = ? and tenant_id = ?""")) {
            int next = bind(update, 1, position);
            update.setString(next, lane.name());
            update.setString(next + 1, tenant);
            update.executeUpdate();
        }
    }

    /** Notes the floor of a slot that is to be emptied and holds nothing of his that waits. */
    void emptied(Connection target, String tenant, Snapshot floor) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.tenant_position set emptied = emptied || ?::text
                where lane = ? and tenant_id = ? and not ?::text = any (emptied)""")) {
            update.setString(1, floor.toString());
            update.setString(2, lane.name());
            update.setString(3, tenant);
            update.setString(4, floor.toString());
            update.executeUpdate();
        }
    }

    /** Notes that a release failed, and by which entry. */
    void failedAgain(Connection target, TenantFailedException failure, @Nullable String xid) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.tenant_position
                set seq = ?, xid = ?::xid8, layout = ?, table_name = ?, sqlstate = ?, reason = ?,
                    tries = tries + 1, tried_at = clock_timestamp()
                where lane = ? and tenant_id = ?""")) {
            update.setLong(1, failure.entry().seq());
            update.setString(2, xid);
            update.setInt(3, failure.entry().layout());
            update.setString(4, failure.table());
            update.setString(5, failure.state());
            update.setString(6, failure.reason());
            update.setString(7, lane.name());
            update.setString(8, failure.tenant());
            update.executeUpdate();
        }
    }

    /** Lets the lane take him along again, in the transaction that has brought him to the lane's position. */
    void remove(Connection target, String tenant) throws SQLException {
        try (PreparedStatement delete =
                target.prepareStatement("delete from tenantshift.tenant_position where lane = ? and tenant_id = ?")) {
            delete.setString(1, lane.name());
            delete.setString(2, tenant);
            delete.executeUpdate();
        }
    }

    private static int bind(PreparedStatement statement, int parameter, Position position) throws SQLException {
        Snapshot next = position.next();
        statement.setString(parameter, position.applied().toString());
        statement.setString(parameter + 1, next == null ? null : next.toString());
        statement.setLong(parameter + 2, position.after());
        return parameter + 3;
    }

    private Held held(ResultSet row) throws SQLException {
        return new Held(
                new QuarantinedTenant(
                        lane.name(),
                        row.getString(1),
                        row.getLong(2),
                        row.getObject(3, OffsetDateTime.class).toInstant(),
                        row.getLong(4),
                        row.getString(5),
                        row.getInt(6),
                        row.getString(7),
                        row.getString(8),
                        row.getString(9),
                        row.getInt(10)),
                LaneTable.position(row, 11),
                Set.of((String[]) row.getArray(14).getArray()));
    }
}
