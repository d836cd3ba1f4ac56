package io.tenantshift.dualwrite.internal.capture;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The SQL by which an {@code INSERT} notices columns that the table got after its layout was made: their defaults, or values by position,
 * would be in the row and in no entry. Stateless.
 *
 * <p>Whether the table has as many columns as expected is settled while the server reads the statement, and costs its execution nothing:
 * a row of the table, followed by a mark, is given as many column names as expected. If there are more columns, the mark keeps its own
 * name; if not, that name means the mark outside, which says the contrary. A catalog query would cost more than that. Only if there are more
 * columns the catalog is asked what they are.
 */
final class AddedColumns {
    private static final String MARK = "\"tenantshift as expected\"";

    private AddedColumns() {}

    /**
     * What stands behind {@code FROM}, for {@link #checked} to refer to.
     *
     * @param generated how many generated columns the table has beside those of the layout. If some of them go, nothing else is mistaken
     */
    static String source(Layout layout, int generated) {
        int expected = layout.columns().size() + generated;
        String names = IntStream.rangeClosed(1, expected).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
        return ", (SELECT true AS " + MARK + ") AS k, LATERAL (SELECT " + MARK + " AS expected FROM (SELECT (NULL::"
                + table(layout) + ").*, false AS " + MARK + ", NULL".repeat(generated) + ") AS v (" + names
                + ", c0)) AS a";
    }

    /**
     * The id, unless the table has other columns that would get a value.
     *
     * @param listed whether the statement lists its columns: then a column without a default stays null, as it does on the other side
     */
    static String checked(Layout layout, String id, boolean listed) {
        String message = "INSERT into " + table(layout) + ", which has got columns since layout " + layout.id()
                + " was made: the entry would not hold what the row holds; "
                + (listed ? "drop their defaults until the transition is closed" : "list the columns that layout has");
        String visible =
                " FROM pg_catalog.pg_attribute AS b JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) b.atttypid"
                        + " WHERE b.attrelid OPERATOR(pg_catalog.=) " + CaptureRewriter.literal(table(layout))
                        + "::pg_catalog.regclass AND b.attnum OPERATOR(pg_catalog.>) 0 AND NOT b.attisdropped";
        String carried = layout.columns().stream()
                .map(column -> CaptureRewriter.literal(column.name()))
                .collect(Collectors.joining(", ", "ARRAY[", "]::pg_catalog.name[]"));
        String filled = "EXISTS (SELECT" + visible
                + " AND b.attgenerated OPERATOR(pg_catalog.=) '' AND b.attname OPERATOR(pg_catalog.<>) ALL ("
                + carried + ")"
                + (listed
                        ? " AND (b.atthasdef OR b.attidentity OPERATOR(pg_catalog.<>) '' OR t.typdefault IS NOT NULL)"
                        : "")
                + ")";
        // An older snapshot shows the catalog as it was, but the statement is read with the table as it is.
        String unseen =
                "(SELECT pg_catalog.count(*)" + visible + ") OPERATOR(pg_catalog.<>) (SELECT pg_catalog.count(*) FROM"
                        + " pg_catalog.json_object_keys(pg_catalog.row_to_json(ROW((NULL::" + table(layout) + ").*))))";
        return "CASE WHEN a.expected THEN " + id + " WHEN " + filled + " OR " + unseen + " THEN "
                + CaptureRewriter.refusal(message) + " ELSE " + id + " END";
    }

    private static String table(Layout layout) {
        return Identifiers.quote(layout.schema()) + "." + Identifiers.quote(layout.table());
    }
}
