package io.tenantshift.router.sql;

import io.tenantshift.router.TableGroup;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The tables that every shard has with the same rows, found by the names that statements use. Immutable. */
final class ReferenceTables {
    private final Map<String, Set<String>> schemasByName = new HashMap<>();

    ReferenceTables(Collection<String> tables) {
        for (String table : tables) {
            schemasByName
                    .computeIfAbsent(TableGroup.tableOf(table), name -> new HashSet<>())
                    .add(TableGroup.schemaOf(table));
        }
    }

    boolean contains(TableName table) {
        Set<String> schemas = schemasByName.get(table.name());
        return schemas != null && (table.schema() == null || schemas.contains(table.schema()));
    }

    /** Whether it is one of the system's, which each database has of its own. */
    static boolean isSystem(TableName table) {
        return table.schema() == null
                ? table.name().startsWith("pg_")
                : table.schema().startsWith("pg_") || table.schema().equals("information_schema");
    }
}
