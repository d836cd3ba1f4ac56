package io.tenantshift.migration.internal.reconcile;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The questions by which one table is compared: the same text for both sides, columns by name. Shares no reading code with the copy.
 * Immutable, safe for any thread.
 *
 * <p>A row's text is {@code format('%L,%L,…')}: each value by its type's output function, quoted, so that no two rows look alike; null
 * stands without quotes and differs from the empty string and from {@code 'NULL'}.
 */
public final class ComparedTable {
    /** Ranges of a key that no index sorts are larger by this, since each one reads all of the tenant's rows. */
    private static final int UNINDEXED_STRIDE = 10;

    /** A function takes at most 100 arguments. */
    private static final int FORMAT_COLUMNS = 90;

    private static final long FIRST_SEED = 0;
    private static final long SECOND_SEED = 0x5bd1_e995_9d1b_58d3L;

    private final Layout layout;
    private final List<KeyPart> keys;
    private final String from;
    private final String image;
    private final String rows;

    public ComparedTable(Layout layout) {
        this.layout = layout;
        Map<String, Layout.Column> columns =
                layout.columns().stream().collect(Collectors.toMap(Layout.Column::name, column -> column));
        this.keys = layout.keyColumns().stream()
                .filter(name -> !name.equals(layout.tenantColumn()))
                .map(name -> KeyPart.of(Objects.requireNonNull(columns.get(name))))
                .toList();
        this.from = " from %s.%s as t where t.%s = ?::%s"
                .formatted(
                        Identifiers.quote(layout.schema()),
                        Identifiers.quote(layout.table()),
                        Identifiers.quote(layout.tenantColumn()),
                        Objects.requireNonNull(columns.get(layout.tenantColumn()))
                                .type());
        this.image = image(layout);
        List<String> values = new ArrayList<>();
        keys.forEach(key -> values.add("pg_catalog.format('%s', " + key.expression() + ")"));
        layout.columns()
                .forEach(column -> values.add("pg_catalog.format('%L', t." + Identifiers.quote(column.name()) + ")"));
        this.rows = "select " + String.join(", ", values) + from;
    }

    /** {@code schema.table}. */
    public String name() {
        return layout.schema() + "." + layout.table();
    }

    /** A row's key as a report may show it: {@code id=17}; what could be somebody's name is a digest. */
    public String shown(List<String> key) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            KeyPart part = keys.get(i);
            parts.add(part.name() + "=" + (part.shown() ? key.get(i) : Digest.of(key.get(i))));
        }
        return parts.isEmpty() ? "the tenant's row" : String.join(", ", parts);
    }

    /** How many times the usual rows a range of this table should have. */
    int stride() {
        return keys.stream().allMatch(KeyPart::isIndexed) ? 1 : UNINDEXED_STRIDE;
    }

    /** Whether ranges can be cut: a tenant with one row at most has none. */
    boolean isDivisible() {
        return !keys.isEmpty();
    }

    /** The key at a position of a range, from 0; null if the range has fewer rows. */
    @Nullable
    List<String> keyAt(Connection side, String tenant, KeyRange range, long position) throws SQLException {
        if (keys.isEmpty()) {
            return null;
        }
        String select = keys.stream()
                .map(key -> "pg_catalog.format('%s', " + key.expression() + ")")
                .collect(Collectors.joining(", "));
        String order = keys.stream().map(KeyPart::expression).collect(Collectors.joining(", "));
        String sql = "select " + select + from + within(range) + " order by " + order + " limit 1 offset ?";
        try (PreparedStatement statement = side.prepareStatement(sql)) {
            statement.setLong(bind(statement, tenant, range), position);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? key(row) : null;
            }
        }
    }

    ChunkHash hash(Connection side, String tenant, KeyRange range) throws SQLException {
        // "offset 0" keeps the row's text from being made once for each hash.
        String sql = "select count(*), coalesce(sum(pg_catalog.hashtextextended(i.image, " + FIRST_SEED
                + ")), 0), coalesce(sum(pg_catalog.hashtextextended(i.image, " + SECOND_SEED + ")), 0) from (select ("
                + image + ") collate pg_catalog.\"C\" as image" + from + within(range) + " offset 0) as i";
        try (PreparedStatement statement = side.prepareStatement(sql)) {
            bind(statement, tenant, range);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new ChunkHash(row.getLong(1), row.getBigDecimal(2), row.getBigDecimal(3));
            }
        }
    }

    /** All rows of a range: by key, the values in the order of the layout's columns. */
    Map<List<String>, List<String>> rows(Connection side, String tenant, KeyRange range) throws SQLException {
        Map<List<String>, List<String>> found = new LinkedHashMap<>();
        try (PreparedStatement statement = side.prepareStatement(rows + within(range))) {
            bind(statement, tenant, range);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    List<String> values = new ArrayList<>(layout.columns().size());
                    for (int column = 1; column <= layout.columns().size(); column++) {
                        values.add(row.getString(keys.size() + column));
                    }
                    found.put(key(row), values);
                }
            }
        }
        return found;
    }

    /** The names of the columns in which two rows differ. */
    List<String> differing(List<String> one, List<String> other) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < one.size(); i++) {
            if (!one.get(i).equals(other.get(i))) {
                names.add(layout.columns().get(i).name());
            }
        }
        return names;
    }

    private List<String> key(ResultSet row) throws SQLException {
        List<String> key = new ArrayList<>(keys.size());
        for (int i = 1; i <= keys.size(); i++) {
            key.add(row.getString(i));
        }
        return List.copyOf(key);
    }

    private String within(KeyRange range) {
        String expressions = keys.stream().map(KeyPart::expression).collect(Collectors.joining(", "));
        String bounds = keys.stream().map(KeyPart::bound).collect(Collectors.joining(", "));
        return (range.after() == null ? "" : " and (" + expressions + ") > (" + bounds + ")")
                + (range.upTo() == null ? "" : " and (" + expressions + ") <= (" + bounds + ")");
    }

    /** Binds tenant and range; returns the next parameter's number. */
    private static int bind(PreparedStatement statement, String tenant, KeyRange range) throws SQLException {
        statement.setString(1, tenant);
        int parameter = 2;
        for (List<String> bound : bounds(range)) {
            for (String text : bound) {
                statement.setString(parameter++, text);
            }
        }
        return parameter;
    }

    private static List<List<String>> bounds(KeyRange range) {
        List<List<String>> bounds = new ArrayList<>();
        if (range.after() != null) {
            bounds.add(range.after());
        }
        if (range.upTo() != null) {
            bounds.add(range.upTo());
        }
        return bounds;
    }

    private static String image(Layout layout) {
        List<String> parts = new ArrayList<>();
        for (int first = 0; first < layout.columns().size(); first += FORMAT_COLUMNS) {
            List<Layout.Column> part =
                    layout.columns().subList(first, Math.min(layout.columns().size(), first + FORMAT_COLUMNS));
            parts.add(part.stream()
                    .map(column -> "t." + Identifiers.quote(column.name()))
                    .collect(Collectors.joining(", ", "pg_catalog.format('" + "%L,".repeat(part.size()) + "', ", ")")));
        }
        return String.join(" || ", parts);
    }
}
