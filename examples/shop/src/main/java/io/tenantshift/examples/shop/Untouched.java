package io.tenantshift.examples.shop;

import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The rows that the load does not change: read once before it, they must be the same at its end, wherever they are then. Immutable. */
final class Untouched {
    private static final List<ShopTable> TABLES = List.of(ShopTable.TENANTS, ShopTable.CUSTOMERS, ShopTable.PRODUCTS);

    private final Map<ShopTable, Map<String, Long>> before;

    private Untouched(Map<ShopTable, Map<String, Long>> before) {
        this.before = before;
    }

    /** Reads them. */
    static Untouched read(Shards shards, Map<String, ? extends Collection<String>> tenantsByShard) throws SQLException {
        Map<ShopTable, Map<String, Long>> rows = new HashMap<>();
        for (ShopTable table : TABLES) {
            Map<String, Long> hashes = new HashMap<>();
            for (Map.Entry<String, ? extends Collection<String>> home : tenantsByShard.entrySet()) {
                shards.read(
                        home.getKey(),
                        home.getValue(),
                        "select row(%s)::text, hashtextextended(t::text, 0) from %s t where tenant_id = any(?)"
                                .formatted(table.key(), table.sqlName()),
                        row -> hashes.put(row.getString(1), row.getLong(2)));
            }
            rows.put(table, hashes);
        }
        return new Untouched(rows);
    }

    /** Reports what has changed between this and a later reading. */
    void compare(Untouched later, Consumer<Finding> findings) {
        for (ShopTable table : TABLES) {
            Map<String, Long> expected = before.getOrDefault(table, Map.of());
            Map<String, Long> found = later.before.getOrDefault(table, Map.of());
            expected.forEach((key, hash) -> {
                Long now = found.get(key);
                if (now == null) {
                    findings.accept(new Finding(
                            Finding.Kind.LOST, table.shortName(), key, "the row from before the load is not there"));
                } else if (!now.equals(hash)) {
                    findings.accept(new Finding(
                            Finding.Kind.LOST, table.shortName(), key, "nobody changed the row and it is another"));
                }
            });
            for (String key : found.keySet()) {
                if (!expected.containsKey(key)) {
                    findings.accept(
                            new Finding(Finding.Kind.DOUBLED, table.shortName(), key, "nobody inserted this row"));
                }
            }
        }
    }
}
