package io.tenantshift.migration.internal.reconcile;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;
import java.util.Set;

/**
 * A column of the key as ranges are made of it: in an order that both databases share. Immutable.
 *
 * <p>Text sorts by collation, enumerations by the order in which they were made: the same bounds would then cut off different rows on the
 * two sides. Such columns are compared as text, by byte.
 *
 * @param expression what is compared
 * @param bound what it is compared with: a parameter
 * @param shown whether reports may show the value: numbers, ids and times; others show a digest
 */
record KeyPart(String name, String expression, String bound, boolean shown) {
    private static final String AS_TEXT = "?::text";

    /** Types whose order is their value's and the same everywhere. */
    private static final Set<String> OWN_ORDER = Set.of(
            "smallint",
            "integer",
            "bigint",
            "numeric",
            "boolean",
            "uuid",
            "date",
            "timestamp without time zone",
            "timestamp with time zone",
            "time without time zone",
            "bytea");

    /** Whether the primary key's index gives this order; otherwise every range reads and sorts all of the tenant's rows. */
    boolean isIndexed() {
        return !bound.equals(AS_TEXT);
    }

    static KeyPart of(Layout.Column column) {
        String value = "t." + Identifiers.quote(column.name());
        String type = column.type().replaceAll("\\(.*?\\)", "");
        if (OWN_ORDER.contains(type)) {
            return new KeyPart(column.name(), value, "?::" + column.type(), !type.equals("bytea"));
        }
        return new KeyPart(
                column.name(), "pg_catalog.format('%s', " + value + ") collate pg_catalog.\"C\"", AS_TEXT, false);
    }
}
