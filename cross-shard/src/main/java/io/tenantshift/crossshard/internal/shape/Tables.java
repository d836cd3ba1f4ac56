package io.tenantshift.crossshard.internal.shape;

import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.TableName;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The tables that statements across tenants may name, by their bare names. Immutable.
 *
 * @param tenantColumns the tenants' tables with their tenant columns
 * @param references the tables that every shard has with the same rows
 */
public record Tables(Map<String, String> tenantColumns, Set<String> references) {
    public Tables {
        tenantColumns = Map.copyOf(tenantColumns);
        references = Set.copyOf(references);
    }

    /** Refuses a statement of which the router's own reader and the parser's tree have not found the same tables. */
    void requireAgreement(SqlFacts facts, Set<String> used) {
        Set<String> named = new HashSet<>();
        for (TableName table : facts.tables()) {
            named.add(table.name());
            if (table.schema() != null || !isKnown(table.name())) {
                throw new Refusal(Rule.UNKNOWN_TABLE, "\"%s\"".formatted(table));
            }
        }
        if (!named.containsAll(used)) {
            throw new Refusal(Rule.NOT_UNDERSTOOD, "its tables");
        }
    }

    private boolean isKnown(String table) {
        return tenantColumns.containsKey(table) || references.contains(table);
    }
}
