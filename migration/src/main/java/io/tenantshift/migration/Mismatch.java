package io.tenantshift.migration;

import java.util.List;

/**
 * A row that differs between the two sides of a tenant, both read at one boundary of the lane. Holds no values.
 *
 * @param table {@code schema.table}
 * @param row the key within the tenant, as {@code id=17}; instead of texts, which could be somebody's name, it shows a digest
 * @param kind how it differs
 * @param columns the columns whose values differ; empty if one side lacks the row
 */
public record Mismatch(String table, String row, Kind kind, List<String> columns) {
    /** How a row differs. */
    public enum Kind {
        /** The source has it, the target has not. */
        MISSING_ON_TARGET,
        /** The target has it, the source has not. */
        MISSING_ON_SOURCE,
        /** Both have it, with different values. */
        VALUE_DIFFERS
    }

    public Mismatch {
        columns = List.copyOf(columns);
    }

    @Override
    public String toString() {
        return "%s (%s) %s%s".formatted(table, row, kind, columns.isEmpty() ? "" : " in " + String.join(", ", columns));
    }
}
