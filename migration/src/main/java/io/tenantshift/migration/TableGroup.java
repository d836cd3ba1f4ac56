package io.tenantshift.migration;

import io.tenantshift.router.sql.Identifiers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The tables that move together: all rows of a tenant in them are on one shard. Must be closed under foreign keys, which the preflight
 * checks against the databases; here only what the names alone can tell.
 *
 * @param name for messages
 * @param tenantColumn the column that holds the tenant's id, of the same name in every table
 * @param tables {@code schema.table}, as the database stores the names; in any order
 */
public record TableGroup(String name, String tenantColumn, List<String> tables) {
    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException naming everything that is wrong
     */
    public TableGroup {
        tables = List.copyOf(tables);
        List<String> findings = new ArrayList<>();
        if (name.isBlank()) {
            findings.add("it has no name");
        }
        if (tenantColumn.isBlank()) {
            findings.add("it has no tenant column");
        }
        if (tables.isEmpty()) {
            findings.add("it has no tables");
        }
        Set<String> seen = new HashSet<>();
        for (String table : tables) {
            int dot = table.indexOf('.');
            if (dot < 1 || dot != table.lastIndexOf('.') || dot == table.length() - 1) {
                findings.add("table \"%s\" is not of the form schema.table".formatted(table));
            } else if (schemaOf(table).equals("tenantshift")) {
                findings.add("table \"%s\" is the library's own".formatted(table));
            }
            if (!seen.add(table)) {
                findings.add("table \"%s\" is named twice".formatted(table));
            }
        }
        if (!findings.isEmpty()) {
            throw new IllegalArgumentException(
                    "table group \"%s\" refused: %s".formatted(name, String.join("; ", findings)));
        }
    }

    /** The schema in {@code schema.table}. */
    public static String schemaOf(String table) {
        return table.substring(0, table.indexOf('.'));
    }

    /** The table in {@code schema.table}. */
    public static String tableOf(String table) {
        return table.substring(table.indexOf('.') + 1);
    }

    /** {@code schema.table} as it stands in SQL: both parts quoted. */
    public static String quoted(String table) {
        return Identifiers.quote(schemaOf(table)) + "." + Identifiers.quote(tableOf(table));
    }
}
