package io.tenantshift.router.sql;

import io.tenantshift.router.TenantType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which tenant one SQL text names. Immutable.
 *
 * @param coverage how the statement's uses of tenant tables are bound to a tenant
 * @param values every value that the statement compares (by {@code =} or {@code IN}, not below {@code NOT}) with a
 *     tenant column or puts into one ({@code INSERT}, {@code SET}), in the order of reading, each once. Whoever executes the
 *     statement must see that all are one tenant. With {@link Coverage#UNKNOWN} some may be missing
 * @param type the tenant type of the tables' group; null if no table of a group is used
 * @param reason for {@link Coverage#PARTIAL} and {@link Coverage#UNKNOWN}: what is not bound or was not understood, in
 *     words for a message; else empty. Holds names of tables and columns, never a value
 */
public record TenantFacts(
        Coverage coverage,
        List<TenantValue> values,
        @Nullable TenantType type,
        String reason) {
    /** How far a statement keeps to the tenants that it names. */
    public enum Coverage {
        /** No table of a group is read or written. Views and functions may still do so: their names say nothing. */
        NO_TENANT_TABLE,
        /**
         * Each use of a tenant table is restricted to the values: by a condition of its own, by the column that an
         * {@code INSERT} fills, or by equality of its tenant column with that of a use that is. If all values are one tenant, rows
         * of other tenants neither appear nor change, and their presence makes no difference, but for unique keys without the
         * tenant column, which refuse a row for the sake of another tenant's.
         */
        ALL,
        /** Some use is not restricted: without a context the statement crosses tenants. */
        PARTIAL,
        /** Not understood well enough to say. */
        UNKNOWN
    }

    static final TenantFacts NONE = new TenantFacts(Coverage.NO_TENANT_TABLE, List.of(), null, "");

    public TenantFacts {
        values = List.copyOf(values);
    }

    static TenantFacts unknown(@Nullable TenantType type, String reason) {
        return new TenantFacts(Coverage.UNKNOWN, List.of(), type, reason);
    }
}
