package io.tenantshift.router.fence;

import io.tenantshift.router.Phase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The statements on the fence table of one side, over the caller's connection and transaction. Stateless.
 *
 * <p>Locks in order: the tenant's advisory lock on the authority, then the one on the other side; several tenants by the order of their
 * ids. Rows are read after the lock, in a statement of their own: a read in the statement that waits would show the past.
 */
public final class Fence {
    /** SQLState of a write that entered with another epoch, on a side that is not open, or where the tenant has no row. */
    public static final String FENCED = "TS001";

    /** SQLState of a write that the guard refused because its transaction has not entered. */
    public static final String NOT_ENTERED = "TS002";

    /** SQLState of an entry refused because values of the session would lose digits or dates as text. */
    public static final String LOSSY = "TS003";

    /** SQLState of a write that the guard refused because it would not reach the journal. */
    public static final String NOT_CAPTURED = "TS004";

    private static final String COLUMNS = "tenant_id, epoch, state, phase, lane, attempt";

    private Fence() {}

    /** The tenant's row on this side; empty if it has none. */
    public static Optional<FenceRow> read(Connection side, String tenant) throws SQLException {
        return Optional.ofNullable(read(side, List.of(tenant)).get(tenant));
    }

    /** The rows of tenants on this side, by tenant; tenants without a row are not in the answer. */
    public static Map<String, FenceRow> read(Connection side, Collection<String> tenants) throws SQLException {
        Map<String, FenceRow> rows = new LinkedHashMap<>();
        try (PreparedStatement select =
                side.prepareStatement("select " + COLUMNS + " from tenantshift.fence where tenant_id = any(?)")) {
            select.setArray(1, side.createArrayOf("text", tenants.toArray()));
            try (ResultSet found = select.executeQuery()) {
                while (found.next()) {
                    FenceRow row = new FenceRow(
                            found.getString(1),
                            found.getLong(2),
                            FenceState.of(found.getString(3)),
                            Phase.valueOf(found.getString(4)),
                            found.getString(5),
                            found.getObject(6, UUID.class));
                    rows.put(row.tenant(), row);
                }
            }
        }
        return rows;
    }

    /** The tenants that have a lane here: all that an opening gave rows for. */
    public static Set<String> moving(Connection side) throws SQLException {
        Set<String> tenants = new TreeSet<>();
        try (PreparedStatement select =
                        side.prepareStatement("select tenant_id from tenantshift.fence where lane is not null");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                tenants.add(row.getString(1));
            }
        }
        return tenants;
    }

    /**
     * Changes a row from exactly what was read to something else; false, and nothing changed, if the row is no longer that.
     *
     * @param expected the row as it was read: epoch, state and attempt are compared
     */
    public static boolean compareAndSet(Connection side, FenceRow expected, FenceRow next) throws SQLException {
        try (PreparedStatement update = side.prepareStatement("""
                update tenantshift.fence set epoch = ?, state = ?, phase = ?, lane = ?, attempt = ?, since = now()
                where tenant_id = ? and epoch = ? and state = ? and attempt = ?""")) {
            update.setLong(1, next.epoch());
            update.setString(2, next.state().text());
            update.setString(3, next.phase().name());
            update.setString(4, next.lane());
            update.setObject(5, next.attempt());
            update.setString(6, expected.tenant());
            update.setLong(7, expected.epoch());
            update.setString(8, expected.state().text());
            update.setObject(9, expected.attempt());
            return update.executeUpdate() == 1;
        }
    }

    /** Inserts rows for tenants that have none here; those that have one are left as they are. Returns how many were inserted. */
    public static int insertMissing(Connection side, Collection<FenceRow> rows) throws SQLException {
        try (PreparedStatement insert = side.prepareStatement("""
                insert into tenantshift.fence (tenant_id, epoch, state, phase, lane, attempt)
                select * from unnest(?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::uuid[])
                on conflict (tenant_id) do nothing""")) {
            insert.setArray(
                    1,
                    side.createArrayOf(
                            "text", rows.stream().map(FenceRow::tenant).toArray()));
            insert.setArray(
                    2,
                    side.createArrayOf(
                            "bigint", rows.stream().map(FenceRow::epoch).toArray()));
            insert.setArray(
                    3,
                    side.createArrayOf(
                            "text", rows.stream().map(r -> r.state().text()).toArray()));
            insert.setArray(
                    4,
                    side.createArrayOf(
                            "text", rows.stream().map(r -> r.phase().name()).toArray()));
            insert.setArray(
                    5,
                    side.createArrayOf("text", rows.stream().map(FenceRow::lane).toArray()));
            insert.setArray(
                    6,
                    side.createArrayOf(
                            "uuid", rows.stream().map(FenceRow::attempt).toArray()));
            return insert.executeUpdate();
        }
    }

    /** Waits for the tenant's exclusive lock, until the transaction ends. The server's lock_timeout bounds the wait. */
    public static void lockExclusive(Connection side, String tenant) throws SQLException {
        call(side, "select pg_advisory_xact_lock(tenantshift.lock_key(?))", tenant);
    }

    /**
     * Waits for the shared locks of tenants, in one order for everybody, until the transaction ends. The server's lock table is finite: who has
     * the choice asks for hundreds.
     */
    public static void lockShared(Connection side, Collection<String> tenants) throws SQLException {
        List<String> ordered = new ArrayList<>(new TreeSet<>(tenants));
        try (PreparedStatement lock = side.prepareStatement("""
                select count(pg_advisory_xact_lock_shared(tenantshift.lock_key(t)))
                from (select t from unnest(?) with ordinality as u(t, i) order by i) as ordered""")) {
            lock.setArray(1, side.createArrayOf("text", ordered.toArray()));
            lock.executeQuery().close();
        }
    }

    /** Takes the tenant's shared lock if nobody holds or awaits it exclusively; until the transaction ends. */
    public static boolean tryLockShared(Connection side, String tenant) throws SQLException {
        try (PreparedStatement lock =
                side.prepareStatement("select pg_try_advisory_xact_lock_shared(tenantshift.lock_key(?))")) {
            lock.setString(1, tenant);
            try (ResultSet answer = lock.executeQuery()) {
                answer.next();
                return answer.getBoolean(1);
            }
        }
    }

    private static void call(Connection side, String sql, String tenant) throws SQLException {
        try (PreparedStatement statement = side.prepareStatement(sql)) {
            statement.setString(1, tenant);
            statement.executeQuery().close();
        }
    }
}
