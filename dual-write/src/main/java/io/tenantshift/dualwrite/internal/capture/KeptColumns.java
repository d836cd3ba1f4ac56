package io.tenantshift.dualwrite.internal.capture;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Composed;
import io.tenantshift.router.sql.Identifiers;
import io.tenantshift.router.sql.Modification;
import io.tenantshift.router.sql.Modification.Assignment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Assignments to the tenant column and to key columns, as statements have them that set all columns of a row: carried where the statement
 * itself can see to it that the value stays what it is, refused otherwise. Stateless.
 *
 * <p>An entry holds the row as it is afterwards. With another key it would say nothing of the old one, whose row would stay on the other
 * side. {@code RETURNING} does not show the old row before PostgreSQL 18 (there {@link OldKeys} carries the change), but the expressions of {@code SET} do see it, and under READ
 * COMMITTED they see the very version that is updated, after any wait. So they compare:
 *
 * <ul>
 *   <li>the tenant column keeps its value unless the old row is the entered tenant's. Either way the new row, or else the old one, shows
 *       another tenant in the entry if there is one, and {@link CaptureRewriter#entered} fails the statement;
 *   <li>a key column keeps its value if the new one is equal, and fails the statement if it is not. Only for types whose equal values are
 *       the same bytes: 1.0 and 1.00 are equal and not the same.
 * </ul>
 *
 * <p>Each expression of the caller stands once in the text, so that parameters keep their number and order and nothing is computed twice.
 */
final class KeptColumns {
    private static final Set<String> EQUAL_IS_SAME = Set.of(
            "smallint",
            "integer",
            "bigint",
            "uuid",
            "boolean",
            "text",
            "character varying",
            "date",
            "timestamp without time zone",
            "timestamp with time zone");

    private static final Set<String> COLLATED = Set.of("text", "character varying");

    private KeptColumns() {}

    /** A replacement in the text of the statement. */
    private record Edit(int start, int end, String text) {}

    /**
     * The statement from {@code start} to the end of its body, with what it needs; the caller's parts are marked.
     *
     * @param what for the messages: the statement and its table
     * @param keysMayChange whether the entries will say what keys there were
     * @throws CallerColumns.NotPossible if an assignment cannot be carried
     */
    static String body(
            String sql, int start, Modification modification, Layout layout, String what, boolean keysMayChange)
            throws CallerColumns.NotPossible {
        List<Edit> edits = new ArrayList<>();
        for (String column : modification.assignedColumns()) {
            if (layout.tenantColumn().equals(column)) {
                edits.add(tenant(sql, modification, layout));
            } else if (layout.keyColumns().contains(column) && !keysMayChange) {
                edits.add(key(sql, modification, layout, column, what));
            }
        }
        StringBuilder body = new StringBuilder();
        int next = start;
        for (Edit edit : edits) {
            body.append(Composed.part(sql, next, edit.start())).append(edit.text());
            next = edit.end();
        }
        return body.append(Composed.part(sql, next, modification.bodyEnd())).toString();
    }

    private static Edit tenant(String sql, Modification modification, Layout layout) throws CallerColumns.NotPossible {
        String column = layout.tenantColumn();
        Assignment assignment = single(modification, column);
        if (assignment == null || isDefault(sql, assignment)) {
            throw new CallerColumns.NotPossible(
                    "assigns the tenant column \"" + column + "\" in a form whose value cannot be compared",
                    "write it as \"" + column + "\" = value, or leave it out: a row cannot change its tenant");
        }
        String reference = modification.reference();
        return edit(
                assignment,
                "CASE WHEN (" + Image.tenant(layout, reference) + ") COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.=)"
                        + " pg_catalog.current_setting('tenantshift.tenant') THEN " + part(sql, assignment) + " ELSE "
                        + Identifiers.quote(reference) + "." + Identifiers.quote(column) + " END");
    }

    private static Edit key(String sql, Modification modification, Layout layout, String column, String what)
            throws CallerColumns.NotPossible {
        Assignment assignment = single(modification, column);
        String type = layout.column(column).type().replaceFirst("\\(.*?\\)", "");
        if (assignment == null || isDefault(sql, assignment) || !EQUAL_IS_SAME.contains(type)) {
            throw new CallerColumns.NotPossible(
                    "assigns the key column \"" + column
                            + "\" in a form or of a type whose values cannot be compared: the entry would not carry the old key",
                    "leave the key out of SET, or delete the row and insert it with the new key");
        }
        String old = Identifiers.quote(modification.reference()) + "." + Identifiers.quote(column);
        String message = what + " would change the key column \"" + column
                + "\": the entry would not carry the old key; delete the row and insert it with the new key";
        return edit(
                assignment,
                "CASE CAST(" + part(sql, assignment) + " AS " + type + ")"
                        + (COLLATED.contains(type) ? " COLLATE pg_catalog.\"C\"" : "") + " WHEN " + old + " THEN " + old
                        + " ELSE " + CaptureRewriter.refusal(message) + "::pg_catalog.text::" + type + " END");
    }

    /** The assignment of the column; null if it is assigned in another way, or more than once. */
    private static @Nullable Assignment single(Modification modification, String column) {
        List<Assignment> all = modification.assignments().stream()
                .filter(assignment -> assignment.column().equals(column))
                .toList();
        long times =
                modification.assignedColumns().stream().filter(column::equals).count();
        return all.size() == 1 && times == 1 ? all.get(0) : null;
    }

    private static boolean isDefault(String sql, Assignment assignment) {
        return text(sql, assignment).toLowerCase(Locale.ROOT).equals("default");
    }

    private static String text(String sql, Assignment assignment) {
        return sql.substring(assignment.start(), assignment.end());
    }

    private static String part(String sql, Assignment assignment) {
        return Composed.part(sql, assignment.start(), assignment.end());
    }

    private static Edit edit(Assignment assignment, String text) {
        return new Edit(assignment.start(), assignment.end(), text);
    }
}
