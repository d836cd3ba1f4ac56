package io.tenantshift.dualwrite.internal.capture;

import io.tenantshift.dualwrite.ImageSql;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;
import io.tenantshift.router.sql.Modification;
import io.tenantshift.router.sql.ReturningItem;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The SQL by which a statement that assigns key columns carries the keys that there were: from PostgreSQL 18 on {@code RETURNING} shows the
 * old row too. A row whose key changes makes two entries, the old row's deletion and the new row. All deletions of a statement come before
 * all new rows: {@code SET id = id + 1} gives one row the key that another one had. Keys are compared as text, so that 1.0 and 1.00 are two.
 * Stateless.
 */
final class OldKeys {
    /** A name for the old row that cannot be a table's. */
    private static final String OLD = "tenantshift old";

    private static final Pattern OLD_WORD = Pattern.compile("\\bold\\b");

    private OldKeys() {}

    /** Whether the statement may change a key. */
    static boolean assigned(Modification modification, Layout layout) {
        return modification.assignedColumns().stream()
                .anyMatch(column -> layout.keyColumns().contains(column) && !column.equals(layout.tenantColumn()));
    }

    /** @throws CallerColumns.NotPossible if the caller asks for the old row by the name that it would lose */
    static void check(String sql, Modification modification) throws CallerColumns.NotPossible {
        for (ReturningItem item : modification.returning()) {
            String text = sql.substring(item.start(), item.end()).toLowerCase(Locale.ROOT);
            if (OLD_WORD.matcher(text).find()) {
                throw new CallerColumns.NotPossible(
                        "assigns a key column and returns what may be the old row",
                        "read the row before, in the same transaction");
            }
        }
    }

    /** Follows {@code RETURNING}. */
    static String with() {
        return "WITH (OLD AS " + Identifiers.quote(OLD) + ") ";
    }

    /** What is to be returned beside the image. */
    static List<String> returning(Layout layout, Modification modification) {
        String key = layout.keyColumns().get(0);
        return List.of(
                Image.tenant(layout, OLD) + " AS \"tenantshift old tenant\"",
                Image.values(layout, OLD) + " AS \"tenantshift old image\"",
                // Of a row that ON CONFLICT inserted there is no old one; a key is never null.
                Identifiers.quote(OLD) + "." + Identifiers.quote(key) + " IS DISTINCT FROM NULL AND "
                        + ImageSql.keys(layout, OLD) + " OPERATOR(pg_catalog.<>) "
                        + ImageSql.keys(layout, modification.reference())
                        + " AS \"tenantshift rekeyed\"");
    }

    /** The common table expression that journals the deletions. */
    static String deletions(String layoutId, String rows, String what) {
        return ", \"tenantshift deletions\" AS (INSERT INTO tenantshift.journal (tenant_id, layout, op, image)"
                + " SELECT " + CaptureRewriter.entered("\"tenantshift old tenant\"", what) + ", " + layoutId
                + ", 'D', \"tenantshift old image\" FROM " + rows
                + " WHERE \"tenantshift rekeyed\" RETURNING 1)";
    }

    /** A condition that is true, after all deletions have drawn their numbers. */
    static String afterDeletions() {
        return " WHERE (SELECT pg_catalog.count(*) FROM \"tenantshift deletions\") OPERATOR(pg_catalog.>=) 0";
    }
}
