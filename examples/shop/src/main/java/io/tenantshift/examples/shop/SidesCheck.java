package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Finding.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the two sides of tenants row by row, each row as the text that PostgreSQL makes of it. Shares nothing with the library's own
 * reconciliation. The clients must be held and the lanes drained.
 */
final class SidesCheck {
    private SidesCheck() {}

    /** Every row of these tenants that is not the same on both shards. */
    static List<Finding> compare(Shards shards, String source, String target, Collection<String> tenants)
            throws SQLException {
        List<Finding> findings = new ArrayList<>();
        for (ShopTable table : ShopTable.values()) {
            try (Side left = new Side(shards.open(source), source, table, tenants);
                    Side right = new Side(shards.open(target), target, table, tenants)) {
                merge(table, left, right, findings);
            }
        }
        return findings;
    }

    private static void merge(ShopTable table, Side left, Side right, List<Finding> findings) throws SQLException {
        left.next();
        right.next();
        while (true) {
            String leftKey = left.key;
            String rightKey = right.key;
            if (leftKey == null && rightKey == null) {
                return;
            }
            if (rightKey == null || (leftKey != null && compareBytes(leftKey, rightKey) < 0)) {
                findings.add(new Finding(
                        Kind.DIVERGED,
                        table.shortName(),
                        String.valueOf(leftKey),
                        "is on " + left.shard + " and not on " + right.shard));
                left.next();
            } else if (leftKey == null || compareBytes(leftKey, rightKey) > 0) {
                findings.add(new Finding(
                        Kind.DIVERGED,
                        table.shortName(),
                        rightKey,
                        "is on " + right.shard + " and not on " + left.shard));
                right.next();
            } else {
                if (!left.row.equals(right.row)) {
                    findings.add(new Finding(
                            Kind.DIVERGED,
                            table.shortName(),
                            leftKey,
                            "differs between " + left.shard + " and " + right.shard));
                }
                left.next();
                right.next();
            }
        }
    }

    /** As the database sorts under the collation "C": by the bytes of UTF-8, that is by code point. */
    private static int compareBytes(String a, String b) {
        return java.util.Arrays.compareUnsigned(
                a.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                b.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** The rows of one side, by key. */
    private static final class Side implements AutoCloseable {
        private final String shard;
        private final Connection connection;
        private final ResultSet rows;
        private @Nullable String key;
        private String row = "";

        Side(Connection connection, String shard, ShopTable table, Collection<String> tenants) throws SQLException {
            this.connection = connection;
            this.shard = shard;
            connection.setAutoCommit(false); // or the driver takes all rows at once
            PreparedStatement select = connection.prepareStatement(
                    "select row(%s)::text collate \"C\" as key, t::text from %s t where tenant_id = any(?) order by key"
                            .formatted(table.key(), table.sqlName()));
            select.closeOnCompletion();
            select.setFetchSize(2_000);
            select.setArray(1, connection.createArrayOf("text", tenants.toArray()));
            this.rows = select.executeQuery();
        }

        void next() throws SQLException {
            boolean found = rows.next();
            key = found ? rows.getString(1) : null;
            row = found ? rows.getString(2) : "";
        }

        @Override
        public void close() throws SQLException {
            try (connection) {
                rows.close();
                connection.rollback();
            }
        }
    }
}
