package io.tenantshift.router.sql;

import org.jspecify.annotations.Nullable;

/** The queries that {@code WITH} clauses have named where a query stands, the nearest first. Immutable. */
record WithNames(@Nullable WithNames outer, String name, QueryOutput output) {
    /** What the bare name stands for; null if it is a table. */
    static @Nullable QueryOutput find(@Nullable WithNames names, String name) {
        for (WithNames n = names; n != null; n = n.outer) {
            if (n.name.equals(name)) {
                return n.output;
            }
        }
        return null;
    }
}
