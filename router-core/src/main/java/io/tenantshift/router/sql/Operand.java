package io.tenantshift.router.sql;

import java.util.List;

/** One side of a comparison, as far as it matters for tenants. */
sealed interface Operand {
    /**
     * A tenant column.
     *
     * @param columns several if {@code USING} has made them one
     * @param merged whether {@code USING} has made the column one with others: then it is not told which of them it stands for
     */
    record Column(List<TenantColumn> columns, boolean merged) implements Operand {
        static Column of(TenantColumn column) {
            return new Column(List.of(column), false);
        }
    }

    /**
     * One value, or one of several: a column of a {@code VALUES} list.
     *
     * @param values at least one
     */
    record Values(List<TenantValue> values) implements Operand {
        static Values of(TenantValue value) {
            return new Values(List.of(value));
        }
    }

    record Row(List<Operand> items) implements Operand {}

    /** Anything else. */
    record Other() implements Operand {}

    Operand OTHER = new Other();
}
