package io.tenantshift.router;

import io.tenantshift.router.sql.Identifiers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The tables that move together: all rows of a tenant in them are on one shard. Must be closed under foreign keys, which the preflight
 * checks against the databases; here only what the names alone can tell. Immutable.
 *
 * @param name for messages
 * @param tenantType how the database compares tenants' ids
 * @param tenantColumns for each table, as {@code schema.table}, the column that holds the tenant's id; all names as the database stores
 *     them; in any order
 */
public record TableGroup(String name, TenantType tenantType, Map<String, String> tenantColumns) {
    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException naming everything that is wrong
     */
    public TableGroup {
        tenantColumns = Collections.unmodifiableMap(new LinkedHashMap<>(tenantColumns));
        refuse(name, findings(name, tenantColumns));
    }

    /** A group whose tenants' ids are text, in a column of the same name in every table. */
    public TableGroup(String name, String tenantColumn, List<String> tables) {
        this(name, TenantType.TEXT, sameColumn(name, tenantColumn, tables));
    }

    private static Map<String, String> sameColumn(String name, String tenantColumn, List<String> tables) {
        Map<String, String> columns = new LinkedHashMap<>();
        TreeSet<String> twice = new TreeSet<>();
        for (String table : tables) {
            if (columns.put(table, tenantColumn) != null) {
                twice.add(table);
            }
        }
        if (!twice.isEmpty()) {
            List<String> findings = findings(name, columns);
            twice.forEach(table -> findings.add("table \"%s\" is named twice".formatted(table)));
            refuse(name, findings);
        }
        return columns;
    }

    private static List<String> findings(String name, Map<String, String> columns) {
        List<String> findings = new ArrayList<>();
        if (name.isBlank()) {
            findings.add("it has no name");
        }
        if (columns.isEmpty()) {
            findings.add("it has no tables");
        }
        columns.forEach((table, column) -> {
            if (!isQualified(table)) {
                findings.add("table \"%s\" is not of the form schema.table".formatted(table));
            } else if (schemaOf(table).equals("tenantshift")) {
                findings.add("table \"%s\" is the library's own".formatted(table));
            }
            if (column.isBlank()) {
                findings.add("table \"%s\" has no tenant column".formatted(table));
            }
        });
        return findings;
    }

    private static void refuse(String name, List<String> findings) {
        if (!findings.isEmpty()) {
            throw new IllegalArgumentException(
                    "table group \"%s\" refused: %s".formatted(name, String.join("; ", findings)));
        }
    }

    /** The tables, as {@code schema.table}, in the order in which they were named. */
    public List<String> tables() {
        return List.copyOf(tenantColumns.keySet());
    }

    /**
     * The column that holds the tenant's id.
     *
     * @throws IllegalArgumentException if the table is not of this group
     */
    public String tenantColumn(String table) {
        String column = tenantColumns.get(table);
        if (column == null) {
            throw new IllegalArgumentException("table \"%s\" is not of the group \"%s\"".formatted(table, name));
        }
        return column;
    }

    /** Whether a name is of the form {@code schema.table}. */
    public static boolean isQualified(String table) {
        int dot = table.indexOf('.');
        return dot > 0 && dot == table.lastIndexOf('.') && dot < table.length() - 1;
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
