package io.tenantshift.migration;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the target knows of a tenant's copy. The row is made together with {@code following} and lives as long as the copy: a
 * verification that stands in it is of this copy.
 *
 * @param epoch the source's epoch at which this copy's capture began
 * @param complete whether every row that existed then has been copied
 * @param mismatches what the last verification found; null if there has been none
 */
record CopyRow(
        String tenant,
        long epoch,
        boolean complete,
        long rowsCopied,
        @Nullable Long mismatches) {
    /** Whether the copy may be read or given authority. */
    boolean isVerifiedClean() {
        return complete && mismatches != null && mismatches == 0;
    }

    /** What is missing until it may; empty if nothing is. */
    static List<String> findings(Optional<CopyRow> copy) {
        List<String> findings = new ArrayList<>();
        if (copy.isEmpty()) {
            findings.add("there is no copy");
        } else if (!copy.get().complete) {
            findings.add("the copy is not complete (%d rows so far)".formatted(copy.get().rowsCopied));
        } else if (copy.get().mismatches == null) {
            findings.add("the copy has not been verified");
        } else if (!copy.get().isVerifiedClean()) {
            findings.add("the last verification found %d mismatches (limit 0)".formatted(copy.get().mismatches));
        }
        return findings;
    }

    static Optional<CopyRow> read(Connection target, String tenant) throws SQLException {
        return Optional.ofNullable(read(target, List.of(tenant)).get(tenant));
    }

    static Map<String, CopyRow> read(Connection target, List<String> tenants) throws SQLException {
        Map<String, CopyRow> rows = new LinkedHashMap<>();
        try (PreparedStatement select = target.prepareStatement("""
                select tenant_id, epoch, status = 'complete', rows_copied, case when verified_at is not null then mismatches end
                from tenantshift.copy where tenant_id = any(?)""")) {
            select.setArray(1, target.createArrayOf("text", tenants.toArray()));
            try (ResultSet found = select.executeQuery()) {
                while (found.next()) {
                    CopyRow row = new CopyRow(
                            found.getString(1), found.getLong(2), found.getBoolean(3), found.getLong(4), (Long)
                                    found.getObject(5));
                    rows.put(row.tenant(), row);
                }
            }
        }
        return rows;
    }

    /** Begins a copy from nothing; a copy that was there before is void. */
    static void begin(Connection target, String tenant, String lane, long epoch) throws SQLException {
        delete(target, tenant);
        try (PreparedStatement insert = target.prepareStatement(
                "insert into tenantshift.copy (tenant_id, lane, epoch, status) values (?, ?, ?, 'copying')")) {
            insert.setString(1, tenant);
            insert.setString(2, lane);
            insert.setLong(3, epoch);
            insert.executeUpdate();
        }
    }

    /** The copies of a lane count as not verified, and a verification that was under way begins anew. */
    static void forgetVerifications(Connection target, String lane) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.copy set verified_at = null, mismatches = null, verifying_table = null, verifying_after = null,
                    verifying_rows = null, verifying_at = null where lane = ?""")) {
            update.setString(1, lane);
            update.executeUpdate();
        }
    }

    /**
     * Voids copy, cursor and verification, and with them a quarantine: what waits there is of the copy that is void. To be called under
     * the tenant's exclusive lock, in the transaction that ends his following or begins it anew.
     */
    static void delete(Connection target, String tenant) throws SQLException {
        for (String table : List.of("tenantshift.copy", "tenantshift.tenant_position")) {
            try (PreparedStatement delete = target.prepareStatement("delete from " + table + " where tenant_id = ?")) {
                delete.setString(1, tenant);
                delete.executeUpdate();
            }
        }
    }

    /** When every tenant is at rest: a side without a copy's row is whole by itself. */
    static void deleteAll(Connection side) throws SQLException {
        try (PreparedStatement delete = side.prepareStatement("delete from tenantshift.copy")) {
            delete.executeUpdate();
        }
    }
}
