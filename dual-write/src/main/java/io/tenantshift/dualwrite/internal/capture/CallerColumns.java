package io.tenantshift.dualwrite.internal.capture;

import static java.util.Objects.requireNonNull;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Composed;
import io.tenantshift.router.sql.Identifiers;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.Modification;
import io.tenantshift.router.sql.ReturningItem;
import io.tenantshift.router.sql.ReturningItem.Shape;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    private final Labels labels;
    private final List<String> inner = new ArrayList<>();
    private final List<String> outer = new ArrayList<>();
    private boolean wholeRow;
    private boolean keys;

    private CallerColumns(Layout layout, Modification modification, Labels labels) {
        this.layout = layout;
        this.modification = modification;
        this.labels = labels;
    }

    /**
     * As pgjdbc does it: a {@code RETURNING} in the text comes before a request for keys.
     *
     * @throws SQLException if the server was asked for names and did not say them
     */
    static CallerColumns of(String sql, Modification modification, KeysRequest keys, Layout layout, Labels labels)
            throws NotPossible, SQLException {
        CallerColumns columns = new CallerColumns(layout, modification, labels);
        if (!modification.returning().isEmpty()) {
            List<ReturningItem> items = modification.returning();
            List<@Nullable String> names = columns.names(sql, items);
            for (int i = 0; i < items.size(); i++) {
                columns.add(sql, items.get(i), names.get(i));
            }
        } else if (keys instanceof KeysRequest.All) {
            columns.addAll("RETURN_GENERATED_KEYS");
        } else if (keys instanceof KeysRequest.Columns named) {
            if (named.isStar()) {
                columns.addAll("generated keys \"*\"");
            } else {
                named.names().forEach(name -> columns.addValue(Identifiers.quote(name), name));
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

    /** The names of the items; those that the text does not tell are the server's to say. */
    private List<@Nullable String> names(String sql, List<ReturningItem> items) throws NotPossible, SQLException {
        List<@Nullable String> names =
                new ArrayList<>(items.stream().map(ReturningItem::name).toList());
        List<String> said = null;
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).shape() == Shape.VALUE && names.get(i) == null) {
                said = said == null ? labels.of(layout, sql) : said;
                // How many columns a star stands for is not asked: one item is counted from the side without one.
                boolean starBefore = hasStar(items.subList(0, i));
                int column = starBefore ? said.size() - items.size() + i : i;
                if (column < 0 || column >= said.size() || (starBefore && hasStar(items.subList(i, items.size())))) {
                    throw new NotPossible(
                            "RETURNING has an expression without a name between two stars (item " + (i + 1) + ")",
                            "give it a name with AS");
                }
                names.set(i, said.get(column));
            }
        }
        return names;
    }

    private static boolean hasStar(List<ReturningItem> items) {
        return items.stream().anyMatch(item -> item.shape() != Shape.VALUE);
    }

    private void add(String sql, ReturningItem item, @Nullable String name) throws NotPossible {
        String expression = sql.substring(item.start(), item.end());
        switch (item.shape()) {
            case ALL -> addAll("RETURNING *");
            case ROW_OF -> {
                List<String> sources = modification.sources();
                if (modification.reference().equals(name)) {
                    addRow();
                } else if (name != null && sources != null && sources.contains(name)) {
                    addRowOf(name);
                } else {
                    throw new NotPossible(
                            "RETURNING " + expression
                                    + " asks for all columns of something that is not plainly a table",
                            "list the columns that you need");
                }
            }
            case VALUE ->
                addValue(Composed.part(sql, item.start(), item.end()), requireNonNull(name, "every value has a name"));
        }
    }

    private void addAll(String request) throws NotPossible {
        List<String> sources = modification.sources();
        if (sources == null) {
            throw new NotPossible(
                    request + " asks for the columns of a join by common columns, a function or the like",
                    "list the columns that you need");
        }
        addRow();
        sources.forEach(this::addRowOf);
    }

    private void addRow() {
        if (!wholeRow) {
            inner.add(Image.row(layout, modification.reference()) + " AS " + ROW);
            wholeRow = true;
        }
        outer.add("(" + ROW + ").*");
    }

    /**
     * A row beside the one written. Its columns are told apart by the server at each execution, as it does for a star: nothing is known of
     * them here, and nothing can become outdated. The cast changes nothing; it keeps a column that bears the table's name from being meant.
     */
    private void addRowOf(String source) {
        String ours = "\"tenantshift " + (inner.size() + 1) + "\"";
        inner.add("(" + Identifiers.quote(source) + ".*)::pg_catalog.record AS " + ours);
        outer.add("(" + ours + ").*");
    }

    private void addValue(String expression, String name) {
        String ours = "\"tenantshift " + (inner.size() + 1) + "\"";
        inner.add(expression + " AS " + ours);
        outer.add(ours + " AS " + Identifiers.quote(name));
    }
}
