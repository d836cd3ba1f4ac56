package io.tenantshift.dualwrite.internal.capture;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.Modification;
import io.tenantshift.router.sql.ReturningItem;
import java.util.ArrayList;
import java.util.List;

/**
 * The columns that the caller wants back from a write, by its {@code RETURNING} or by a request for generated keys:
 * what to compute beside the image, and how to give it out again in the caller's order and under the names that the
 * plain statement would have given. Used by one rewrite, then dropped.
 */
final class CallerColumns {
    /** Refused, with the reason; never leaves the package. */
    static final class NotPossible extends Exception {
        private static final long serialVersionUID = 1L;
        final Outcome.Refused refused;

        NotPossible(String reason, String wayOut) {
            super(reason, null, false, false);
            this.refused = new Outcome.Refused(reason, wayOut);
        }
    }

    private static final String ROW = "\"tenantshift row\"";
    /**
     * A column that is always true, by a name that says nothing to the server. But the driver gives out the rows of a batch as its generated
     * keys only if it sees the word RETURNING outside brackets, and behind AS or a dot a column may be called so.
     */
    private static final String DRIVERS_MARK = "true AS returning";

    private final Layout layout;
    private final Modification modification;
    private final List<String> inner = new ArrayList<>();
    private final List<String> outer = new ArrayList<>();
    private boolean wholeRow;
    private boolean keys;

    private CallerColumns(Layout layout, Modification modification) {
        this.layout = layout;
        this.modification = modification;
    }

    /** As pgjdbc does it: a {@code RETURNING} in the text comes before a request for keys. */
    static CallerColumns of(String sql, Modification modification, KeysRequest keys, Layout layout) throws NotPossible {
        CallerColumns columns = new CallerColumns(layout, modification);
        if (!modification.returning().isEmpty()) {
            for (ReturningItem item : modification.returning()) {
                columns.add(sql, item);
            }
        } else if (keys instanceof KeysRequest.All) {
            columns.addAll("RETURN_GENERATED_KEYS");
        } else if (keys instanceof KeysRequest.Columns named) {
            for (String name : named.names()) {
                if (named.names().size() == 1 && name.startsWith("*")) {
                    columns.addAll("generated keys \"*\"");
                } else {
                    columns.addValue(Identifiers.quote(name), name);
                }
            }
        }
        if (keys != KeysRequest.NONE && !columns.isEmpty()) {
            columns.keys = true;
            columns.inner.add(DRIVERS_MARK);
        }
        return columns;
    }

    boolean isEmpty() {
        return outer.isEmpty();
    }

    /** The expressions for our {@code RETURNING}. */
    List<String> computed() {
        return inner;
    }

    /** The output list for the caller. */
    String output() {
        return String.join(", ", outer);
    }

    /** What is to stand behind the {@code FROM} of the caller's columns. */
    String condition() {
        return keys ? " AS r WHERE r.returning" : "";
    }

    private void add(String sql, ReturningItem item) throws NotPossible {
        String expression = sql.substring(item.start(), item.end());
        String name = item.name();
        switch (item.shape()) {
            case ALL -> addAll("RETURNING *");
            case ROW_OF -> {
                if (!modification.reference().equals(name)) {
                    throw new NotPossible(
                            "RETURNING " + expression + " asks for all columns of another table than the one written",
                            "list the columns that you need");
                }
                addRow();
            }
            case VALUE -> {
                if (name == null) {
                    throw new NotPossible(
                            "RETURNING has an expression without a name (item " + (outer.size() + 1) + ")",
                            "give it a name with AS");
                }
                addValue(expression, name);
            }
        }
    }

    private void addAll(String request) throws NotPossible {
        if (modification.joined()) {
            throw new NotPossible(
                    request + " together with FROM or USING asks for the columns of several tables",
                    "list the columns that you need");
        }
        addRow();
    }

    private void addRow() {
        if (!wholeRow) {
            inner.add(Image.row(layout, modification.reference()) + " AS " + ROW);
            wholeRow = true;
        }
        outer.add("(" + ROW + ").*");
    }

    private void addValue(String expression, String name) {
        String ours = "\"tenantshift " + (inner.size() + 1) + "\"";
        inner.add(expression + " AS " + ours);
        outer.add(ours + " AS " + Identifiers.quote(name));
    }
}
