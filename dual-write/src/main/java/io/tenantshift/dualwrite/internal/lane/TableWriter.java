package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes images of one layout into its table: any number of entries in one statement. Immutable, safe for any thread.
 *
 * <p>Every statement compares key <em>and</em> tenant: an upsert by a key that lacks the tenant column would take over a neighbour's row.
 * The number of rows it changed must be the number of entries, but for deletions that a cascade of the target has made already.
 */
final class TableWriter {
    private final Layout layout;
    private final List<String> columns;
    private final int[] keys;
    private final int tenant;
    private final String upsert;
    private final String delete;
    private final String left;

    TableWriter(Layout layout) {
        this.layout = layout;
        this.columns = layout.columns().stream().map(Layout.Column::name).toList();
        this.keys = layout.keyColumns().stream().mapToInt(this::ordinal).toArray();
        this.tenant = ordinal(layout.tenantColumn());
        this.upsert = upsertText();
        this.delete = deleteText();
        this.left = leftText();
    }

    Layout layout() {
        return layout;
    }

    /** The types of the key's columns. */
    List<String> keyTypes() {
        return IntStream.of(keys).mapToObj(this::type).toList();
    }

    /** The text of the entry's key. Different texts may still be the same key to the database: 1.0 and 1.00. */
    List<@Nullable String> key(Entry entry) {
        List<@Nullable String> key = new ArrayList<>(keys.length);
        for (int column : keys) {
            key.add(entry.image().get(column));
        }
        return key;
    }

    /**
     * Applies entries of one kind whose keys differ.
     *
     * @throws AppliedCountException if other rows than exactly one for each entry were changed
     */
    void write(Connection target, Entry.Op op, List<Entry> entries) throws SQLException {
        int changed = change(target, op, entries);
        // A cascade of the target's own has deleted rows with their parent, whose entry comes before theirs. They must
        // be gone, not a neighbour's.
        boolean cascaded = op == Entry.Op.DELETE
                && changed < entries.size()
                && cascadesHere(target)
                && noneIsLeft(target, entries);
        if (changed != entries.size() && !cascaded) {
            throw new AppliedCountException(op + " on " + tableName(), entries.size(), changed);
        }
    }

    /**
     * Deletes rows that may not be there, whose keys differ.
     *
     * @throws AppliedCountException if after that a row is left that has one of the keys: a neighbour's
     */
    void deleteIfThere(Connection target, List<Entry> entries) throws SQLException {
        int changed = change(target, Entry.Op.DELETE, entries);
        if (changed < entries.size() && !noneIsLeft(target, entries)) {
            throw new AppliedCountException(
                    "deletion of rows that came and went on " + tableName(), entries.size(), changed);
        }
    }

    private int change(Connection target, Entry.Op op, List<Entry> entries) throws SQLException {
        for (Entry entry : entries) {
            if (entry.image().size() != columns.size()) {
                throw new ApplyFailedException("%s has %d values, its layout has %d columns"
                        .formatted(entry, entry.image().size(), columns.size()));
            }
        }
        try (PreparedStatement statement = target.prepareStatement(op == Entry.Op.UPSERT ? upsert : delete)) {
            int parameter = 1;
            for (int column : op == Entry.Op.UPSERT ? allColumns() : deleteColumns()) {
                statement.setArray(parameter++, target.createArrayOf("text", values(entries, column)));
            }
            return statement.executeUpdate();
        }
    }

    /** As an array of strings, not of objects: that the driver sends in binary, which neither side has to quote and parse. */
    private static @Nullable String[] values(List<Entry> entries, int column) {
        @Nullable String[] values = new @Nullable String[entries.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = entries.get(i).image().get(column);
        }
        return values;
    }

    /** Whether no row has any of the keys. */
    private boolean noneIsLeft(Connection target, List<Entry> entries) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(left)) {
            int parameter = 1;
            for (int column : keys) {
                statement.setArray(parameter++, target.createArrayOf("text", values(entries, column)));
            }
            try (ResultSet row = statement.executeQuery()) {
                return !row.next();
            }
        }
    }

    private boolean cascadesHere(Connection target) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(
                "select from pg_constraint where conrelid = ?::regclass and contype = 'f' and confdeltype = 'c'")) {
            statement.setString(1, tableName());
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private String leftText() {
        String match = IntStream.range(0, keys.length)
                .mapToObj(i -> "t.%s = %s".formatted(Identifiers.quote(columns.get(keys[i])), value(i, keys[i])))
                .collect(Collectors.joining(" and "));
        return "select from " + tableName() + " as t, " + rows(keys.length) + " where " + match + " limit 1";
    }

    private String upsertText() {
        String values =
                IntStream.range(0, columns.size()).mapToObj(i -> value(i, i)).collect(Collectors.joining(", "));
        List<String> assigned = columns.stream()
                .filter(column -> !layout.keyColumns().contains(column))
                .toList();
        // With nothing to assign the row is still "updated", so that it counts.
        List<String> written = assigned.isEmpty() ? List.of(layout.tenantColumn()) : assigned;
        String assignments = written.stream()
                .map(column -> "%1$s = excluded.%1$s".formatted(Identifiers.quote(column)))
                .collect(Collectors.joining(", "));
        String tenantColumn = Identifiers.quote(layout.tenantColumn());
        return "insert into " + tableName() + " as t (" + names(columns) + ") overriding system value select "
                + values + " from " + rows(columns.size()) + " on conflict (" + names(layout.keyColumns())
                + ") do update set " + assignments + " where t." + tenantColumn + " = excluded." + tenantColumn;
    }

    private String deleteText() {
        int[] compared = deleteColumns();
        String match = IntStream.range(0, compared.length)
                .mapToObj(
                        i -> "t.%s = %s".formatted(Identifiers.quote(columns.get(compared[i])), value(i, compared[i])))
                .collect(Collectors.joining(" and "));
        return "delete from " + tableName() + " as t using " + rows(compared.length) + " where " + match;
    }

    private int[] allColumns() {
        return IntStream.range(0, columns.size()).toArray();
    }

    private int[] deleteColumns() {
        return IntStream.concat(IntStream.of(keys), IntStream.of(tenant))
                .distinct()
                .toArray();
    }

    /** A parameter's value as the column's type, by the type's input function. */
    private String value(int parameter, int column) {
        return "x.c" + parameter + "::" + type(column);
    }

    private static String rows(int columns) {
        return IntStream.range(0, columns).mapToObj(i -> "?::text[]").collect(Collectors.joining(", ", "unnest(", ")"))
                + IntStream.range(0, columns).mapToObj(i -> "c" + i).collect(Collectors.joining(", ", " as x(", ")"));
    }

    String tableName() {
        return layout.quotedTable();
    }

    private static String names(List<String> columns) {
        return columns.stream().map(Identifiers::quote).collect(Collectors.joining(", "));
    }

    private String type(int column) {
        return layout.columns().get(column).type();
    }

    private int ordinal(String column) {
        return columns.indexOf(column);
    }
}
