package io.tenantshift.dualwrite;

import io.tenantshift.router.sql.Identifiers;
import java.util.List;

/**
 * Which columns of a table an entry's image holds, and in which order. Immutable: a table that changes gets a new
 * layout with a new id, and entries in flight keep theirs.
 *
 * @param id chosen by whoever opens a transition; unique on both sides of a lane
 * @param schema the table's schema
 * @param table the table
 * @param columns the columns that are carried: all but generated ones
 * @param keyColumns the primary key's columns in its order
 * @param tenantColumn the column that says whose row it is
 */
public record Layout(
        int id, String schema, String table, List<Column> columns, List<String> keyColumns, String tenantColumn) {
    /**
     * A column of an image.
     *
     * @param name its name, not quoted
     * @param type as {@code format_type} writes it, with modifiers and, outside {@code pg_catalog}, with its schema:
     *     fit to be put into SQL as it is
     */
    public record Column(String name, String type) {}

    /** @throws IllegalArgumentException if the key or the tenant column is not among the columns */
    public Layout {
        columns = List.copyOf(columns);
        keyColumns = List.copyOf(keyColumns);
        List<String> names = columns.stream().map(Column::name).toList();
        if (keyColumns.isEmpty() || !names.containsAll(keyColumns) || !names.contains(tenantColumn)) {
            throw new IllegalArgumentException(
                    "layout %d of table %s.%s: key %s and tenant column \"%s\" must be among the carried columns %s"
                            .formatted(id, schema, table, keyColumns, tenantColumn, names));
        }
    }

    /** The table as it stands in SQL: with its schema, both quoted. */
    public String quotedTable() {
        return Identifiers.quote(schema) + "." + Identifiers.quote(table);
    }

    /** The column of a name that the layout holds. */
    public Column column(String name) {
        return columns.stream()
                .filter(column -> column.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Whether the image holds a column of this name. */
    public boolean holds(String column) {
        return columns.stream().anyMatch(c -> c.name().equals(column));
    }
}
