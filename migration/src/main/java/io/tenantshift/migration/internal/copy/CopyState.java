package io.tenantshift.migration.internal.copy;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far a tenant's copy is, as the row on the target says. Written in the transactions that write the rows, so that a copy goes on after
 * a crash exactly where it was; the lane reads it to tell which journal entries are of rows that are there. Immutable.
 *
 * @param lane the lane that keeps the copied part up to date
 * @param epoch the source's epoch at which the copy's capture began
 * @param done layouts that are copied to their end
 * @param layout the one that is being copied; null before the first and after the last
 * @param cursor its last copied key, as text in the order of the layout's key columns; null before its first row
 */
public record CopyState(
        String tenant,
        String lane,
        long epoch,
        boolean complete,
        List<Integer> done,
        @Nullable Integer layout,
        @Nullable List<String> cursor,
        long rowsCopied) {

    /** Whether nothing has been copied yet: then all the tenant's rows on the target are void. */
    public boolean isFresh() {
        return !complete && done.isEmpty() && cursor == null;
    }

    /** The tenant's state on the target. */
    public static Optional<CopyState> read(Connection target, String tenant) throws SQLException {
        return read(target, tenant, "");
    }

    /** As {@link #read}; nobody else changes it until the transaction ends. */
    public static Optional<CopyState> lock(Connection target, String tenant) throws SQLException {
        return read(target, tenant, " for update");
    }

    private static Optional<CopyState> read(Connection target, String tenant, String locking) throws SQLException {
        try (PreparedStatement select = target.prepareStatement(
                "select lane, epoch, status = 'complete', done, layout, cursor, rows_copied from tenantshift.copy where tenant_id = ?"
                        + locking)) {
            select.setString(1, tenant);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                Array cursor = row.getArray(6);
                return Optional.of(new CopyState(
                        tenant,
                        row.getString(1),
                        row.getLong(2),
                        row.getBoolean(3),
                        List.of((Integer[]) row.getArray(4).getArray()),
                        row.getObject(5, Integer.class),
                        cursor == null ? null : List.of((String[]) cursor.getArray()),
                        row.getLong(7)));
            }
        }
    }

    /** A chunk of a layout was written, more is to come. */
    CopyState within(int current, List<String> newCursor, int rows) {
        return new CopyState(tenant, lane, epoch, false, done, current, newCursor, rowsCopied + rows);
    }

    /** A layout was written to its end. */
    CopyState after(int finished, @Nullable Integer next, int rows) {
        List<Integer> nowDone = new ArrayList<>(done);
        nowDone.add(finished);
        return new CopyState(tenant, lane, epoch, next == null, List.copyOf(nowDone), next, null, rowsCopied + rows);
    }

    /** Writes it, over the row that was read under {@link #lock}. */
    void store(Connection target) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.copy
                set status = ?, done = ?, layout = ?, cursor = ?, rows_copied = ?, updated_at = clock_timestamp()
                where tenant_id = ?""")) {
            update.setString(1, complete ? "complete" : "copying");
            update.setArray(2, target.createArrayOf("integer", done.toArray()));
            update.setObject(3, layout, java.sql.Types.INTEGER);
            update.setArray(4, cursor == null ? null : target.createArrayOf("text", cursor.toArray()));
            update.setLong(5, rowsCopied);
            update.setString(6, tenant);
            update.executeUpdate();
        }
    }

    /** Notes a comparison of all rows in the row of the copy that a lane keeps; does nothing if the target has none. */
    public static void storeVerified(Connection target, String tenant, String lane, long mismatches)
            throws SQLException {
        try (PreparedStatement update = target.prepareStatement(
                "update tenantshift.copy set verified_at = clock_timestamp(), mismatches = ? where tenant_id = ? and lane = ?")) {
            update.setLong(1, mismatches);
            update.setString(2, tenant);
            update.setString(3, lane);
            update.executeUpdate();
        }
    }
}
