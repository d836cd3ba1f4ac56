package io.tenantshift.migration.internal.reconcile;

import java.util.List;

/**
 * A row that differs. Immutable.
 *
 * @param key texts of the key without the tenant column
 * @param kind how it differs
 * @param columns the columns whose values differ; empty if one side lacks the row
 */
public record RowDifference(List<String> key, Kind kind, List<String> columns) {
    /** How a row differs. */
    public enum Kind {
        /** The source has it, the target has not. */
        MISSING_ON_TARGET,
        /** The target has it, the source has not. */
        MISSING_ON_SOURCE,
        /** Both have it, with different values. */
        VALUE_DIFFERS
    }

    /** No key values: this may end up in a log. */
    @Override
    public String toString() {
        return kind + " " + columns;
    }
}
