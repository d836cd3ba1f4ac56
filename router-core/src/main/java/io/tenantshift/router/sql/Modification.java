package io.tenantshift.router.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of an {@code INSERT}, {@code UPDATE} or {@code DELETE}. Of a {@code MERGE} only target and alias are read.
 * Column names are normalised: lower case unless quoted.
 *
 * @param target the table written, as written
 * @param alias its alias, null if it has none
 * @param only whether {@code ONLY} stands before it
 * @param sources what else is in the scope of {@code RETURNING} ({@code FROM}, {@code USING}), by the names that the statement's expressions
 *     know, in the order of {@code *}; empty if nothing is, null if that cannot be told
 * @param insertColumns the column list of an {@code INSERT}, null if there is none
 * @param assignedColumns the columns assigned by {@code SET}, be it of an {@code UPDATE} or of {@code DO UPDATE}
 * @param assignments those of them that are {@code column = expression}: one column, whole, one expression
 * @param onConflict whether {@code ON CONFLICT} is present
 * @param bodyEnd offset after the last token before {@code RETURNING}, or after the last token of the statement
 * @param returning the items of {@code RETURNING}, empty if there is none
 */
public record Modification(
        TableName target,
        @Nullable String alias,
        boolean only,
        @Nullable List<String> sources,
        @Nullable List<String> insertColumns,
        List<String> assignedColumns,
        List<Assignment> assignments,
        boolean onConflict,
        int bodyEnd,
        List<ReturningItem> returning) {
    public Modification {
        sources = sources == null ? null : List.copyOf(sources);
        insertColumns = insertColumns == null ? null : List.copyOf(insertColumns);
        assignedColumns = List.copyOf(assignedColumns);
        assignments = List.copyOf(assignments);
        returning = List.copyOf(returning);
    }

    /**
     * One {@code column = expression}.
     *
     * @param column the column's name
     * @param start offset of the expression's first character
     * @param end offset after its last one
     */
    public record Assignment(String column, int start, int end) {}

    /** The name by which the statement's expressions know the target: its alias or its bare name. */
    public String reference() {
        return alias == null ? target.name() : alias;
    }
}
