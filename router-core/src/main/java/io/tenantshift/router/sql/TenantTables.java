package io.tenantshift.router.sql;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tables of all groups, found by the names that statements use. A name without a schema is every table of that name, for the search
 * path is not known. Immutable.
 */
final class TenantTables {
    /** The tenant column of a table and the type of its values. */
    record Column(String name, TenantType type) {}

    private record Entry(String schema, Column column) {}

    private final Map<String, List<Entry>> byName = new HashMap<>();

    TenantTables(Collection<TableGroup> groups) {
        for (TableGroup group : groups) {
            group.tenantColumns()
                    .forEach((table, column) -> byName.computeIfAbsent(
                                    TableGroup.tableOf(table), name -> new ArrayList<>())
                            .add(new Entry(TableGroup.schemaOf(table), new Column(column, group.tenantType()))));
        }
    }

    boolean isEmpty() {
        return byName.isEmpty();
    }

    /** The tenant columns that a table of this name may have: none if it is of no group, several if that depends on the search path. */
    Set<Column> columns(TableName table) {
        Set<Column> columns = new HashSet<>();
        for (Entry entry : byName.getOrDefault(table.name(), List.of())) {
            if (table.schema() == null || table.schema().equals(entry.schema)) {
                columns.add(entry.column);
            }
        }
        return columns;
    }

    boolean isTenantTable(TableName table) {
        return !columns(table).isEmpty();
    }

    /** The one tenant column of a table of this name; null if there is none or more than one. */
    @Nullable
    Column column(TableName table) {
        Set<Column> columns = columns(table);
        return columns.size() == 1 ? columns.iterator().next() : null;
    }
}
