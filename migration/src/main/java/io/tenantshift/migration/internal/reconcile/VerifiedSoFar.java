package io.tenantshift.migration.internal.reconcile;

import io.tenantshift.migration.internal.reconcile.CompareWork.Place;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.List;

/**
 * Where a verification of a copy is, in the copy's row on the target: written in the transaction that compared the rows, so that after a
 * crash another process goes on there. Kept only while nothing has been found: what differs is reported by one call, whole. A target
 * without a copy of this lane keeps nothing. Stateless.
 */
public final class VerifiedSoFar {
    /** A verification that was left longer ago than this says too little about now, and begins anew. */
    private static final Duration FRESH = Duration.ofMinutes(10);

    private VerifiedSoFar() {}

    /** The place to go on from; the beginning if there is none. */
    public static Place read(Connection target, String tenant, String lane) throws SQLException {
        try (PreparedStatement select = target.prepareStatement("""
                select verifying_table, verifying_after, verifying_rows from tenantshift.copy
                where tenant_id = ? and lane = ? and verifying_at > clock_timestamp() - make_interval(secs => ?)""")) {
            select.setString(1, tenant);
            select.setString(2, lane);
            select.setDouble(3, (double) FRESH.toSeconds());
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return Place.START;
                }
                Array after = row.getArray(2);
                return new Place(
                        row.getInt(1), after == null ? null : List.of((String[]) after.getArray()), row.getLong(3));
            }
        }
    }

    /** Goes on from here after a crash. */
    public static void store(Connection target, String tenant, String lane, Place place) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.copy
                set verifying_table = ?, verifying_after = ?, verifying_rows = ?, verifying_at = clock_timestamp()
                where tenant_id = ? and lane = ?""")) {
            List<String> after = place.after();
            update.setInt(1, place.table());
            if (after == null) {
                update.setNull(2, Types.ARRAY);
            } else {
                update.setArray(2, target.createArrayOf("text", after.toArray()));
            }
            update.setLong(3, place.compared());
            update.setString(4, tenant);
            update.setString(5, lane);
            update.executeUpdate();
        }
    }

    /** Begins anew next time. */
    public static void clear(Connection target, String tenant, String lane) throws SQLException {
        try (PreparedStatement update = target.prepareStatement(
                "update tenantshift.copy set verifying_at = null where tenant_id = ? and lane = ?")) {
            update.setString(1, tenant);
            update.setString(2, lane);
            update.executeUpdate();
        }
    }
}
