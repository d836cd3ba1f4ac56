package io.tenantshift.migration.internal.copy;

import io.tenantshift.dualwrite.ImageSql;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tenant's rows of one table as images and writes them on the other side, set-wise. Immutable, safe for any thread.
 *
 * <p>An image holds each value as the capture writes it, by its type's output function, in the layout's order. Sort columns are qualified: {@code select
 * id::text … order by id} sorts by the text, and rows are never copied. The cursor is cast to the key's types and compared on the source,
 * whose collations order it. Every write names the tenant: a key alone could be a neighbour's.
 */
public final class TableCopy {
    private final Layout layout;
    private final List<Layout.Column> keys;
    private final String select;
    private final String sortColumns;
    private final String upsert;

    public TableCopy(Layout layout) {
        this.layout = layout;
        this.keys = Names.keyWithinTenant(layout);
        this.select = "select "
                + layout.columns().stream()
                        .map(column -> ImageSql.text(column, "t"))
                        .collect(Collectors.joining(", ")) + " from "
                + layout.quotedTable() + " as t";
        this.sortColumns =
                keys.stream().map(key -> "t." + Identifiers.quote(key.name())).collect(Collectors.joining(", "));
        this.upsert = upsertText();
    }

    /** The table that is copied. */
    public Layout layout() {
        return layout;
    }

    /**
     * The next rows by key.
     *
     * @param cursor the key's texts of the last row before them, in the order of the layout's key columns; null for the first rows
     */
    public List<Image> read(Connection source, String tenant, @Nullable List<String> cursor, int limit)
            throws SQLException {
        if (keys.isEmpty() && cursor != null) {
            // A tenant has one row at most, and that is behind the cursor.
            return List.of();
        }
        List<String> after = cursor == null ? List.of() : withoutTenant(cursor);
        String sql = select + " where " + Names.ofTenant(layout)
                + (after.isEmpty() ? "" : " and (" + sortColumns + ") > (" + casts() + ")")
                + (keys.isEmpty() ? "" : " order by " + sortColumns) + " limit ?";
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            statement.setString(1, tenant);
            int parameter = 2;
            for (String text : after) {
                statement.setString(parameter++, text);
            }
            statement.setInt(parameter, limit);
            return images(statement);
        }
    }

    /** The rows with these keys that are there; keys are texts without the tenant column's. */
    public List<Image> read(Connection source, String tenant, List<List<String>> keysWithinTenant) throws SQLException {
        if (keysWithinTenant.isEmpty()) {
            return List.of();
        }
        String sql = select + (keys.isEmpty() ? "" : ", " + keyRows()) + " where " + Names.ofTenant(layout) + sameKey();
        try (PreparedStatement statement = source.prepareStatement(sql)) {
            int parameter = setKeys(statement, 1, keysWithinTenant);
            statement.setString(parameter, tenant);
            return images(statement);
        }
    }

    /** Creates the rows, or makes those that are there equal to their images. */
    public void write(Connection target, List<Image> images) throws SQLException {
        if (images.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = target.prepareStatement(upsert)) {
            for (int column = 0; column < layout.columns().size(); column++) {
                @Nullable Object[] values = new @Nullable Object[images.size()];
                for (int row = 0; row < values.length; row++) {
                    values[row] = images.get(row).values().get(column);
                }
                statement.setArray(column + 1, target.createArrayOf("text", values));
            }
            int written = statement.executeUpdate();
            if (written != images.size()) {
                throw new SQLException(
                        "%d rows of %s were to be written and %d were: a key belongs to another tenant on this side"
                                .formatted(images.size(), Names.plain(layout), written),
                        "TS033");
            }
        }
    }

    /** Deletes rows by key; keys are texts without the tenant column's. Returns how many were there. */
    public int delete(Connection target, String tenant, List<List<String>> keysWithinTenant) throws SQLException {
        if (keysWithinTenant.isEmpty()) {
            return 0;
        }
        String sql = "delete from " + layout.quotedTable() + " as t" + (keys.isEmpty() ? "" : " using " + keyRows())
                + " where " + Names.ofTenant(layout) + sameKey();
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            int parameter = setKeys(statement, 1, keysWithinTenant);
            statement.setString(parameter, tenant);
            return statement.executeUpdate();
        }
    }

    /** Deletes some of the tenant's rows, whichever. Returns how many; fewer than the limit if these were the last. */
    public int deleteSome(Connection target, String tenant, int limit) throws SQLException {
        // A place is one row's within its partition only: in another one it may be a neighbour's.
        String sql = """
                with x as materialized (select t.tableoid as part, t.ctid as place from %1$s as t where %2$s limit ?)
                delete from %1$s as d where d.ctid = any (array(select place from x))
                and exists (select from x where x.part = d.tableoid and x.place = d.ctid)""".formatted(layout.quotedTable(), Names.ofTenant(layout));
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            statement.setString(1, tenant);
            statement.setInt(2, limit);
            return statement.executeUpdate();
        }
    }

    /** Whether the tenant has a row here. */
    public boolean hasRows(Connection side, String tenant) throws SQLException {
        return number(side, tenant, "select count(*) from (select 1 from %s as t where %s limit 1) as row") > 0;
    }

    /** How many rows the tenant has here. */
    public long count(Connection side, String tenant) throws SQLException {
        return number(side, tenant, "select count(*) from %s as t where %s");
    }

    /** The key of an image, as a cursor. */
    public List<String> key(Image image) throws SQLException {
        List<String> key = new ArrayList<>();
        for (String name : layout.keyColumns()) {
            String text = image.values().get(ordinal(name));
            if (text == null) {
                throw new SQLException("key column \"%s\" of %s is null".formatted(name, Names.plain(layout)));
            }
            key.add(text);
        }
        return List.copyOf(key);
    }

    private long number(Connection side, String tenant, String sql) throws SQLException {
        try (PreparedStatement statement =
                side.prepareStatement(sql.formatted(layout.quotedTable(), Names.ofTenant(layout)))) {
            statement.setString(1, tenant);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private List<Image> images(PreparedStatement statement) throws SQLException {
        List<Image> images = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                List<@Nullable String> values = new ArrayList<>(layout.columns().size());
                for (int column = 1; column <= layout.columns().size(); column++) {
                    values.add(row.getString(column));
                }
                images.add(new Image(Collections.unmodifiableList(values)));
            }
        }
        return images;
    }

    private int setKeys(PreparedStatement statement, int first, List<List<String>> keysWithinTenant)
            throws SQLException {
        for (int key = 0; key < keys.size(); key++) {
            Object[] texts = new Object[keysWithinTenant.size()];
            for (int row = 0; row < texts.length; row++) {
                texts[row] = keysWithinTenant.get(row).get(key);
            }
            statement.setArray(first + key, statement.getConnection().createArrayOf("text", texts));
        }
        return first + keys.size();
    }

    private List<String> withoutTenant(List<String> cursor) {
        return IntStream.range(0, cursor.size())
                .filter(i -> !layout.keyColumns().get(i).equals(layout.tenantColumn()))
                .mapToObj(cursor::get)
                .toList();
    }

    private String upsertText() {
        List<Layout.Column> columns = layout.columns();
        String values = IntStream.range(0, columns.size())
                .mapToObj(i -> "x.c" + i + "::" + columns.get(i).type())
                .collect(Collectors.joining(", "));
        List<String> plain = columns.stream()
                .map(Layout.Column::name)
                .filter(name -> !layout.keyColumns().contains(name))
                .toList();
        // With nothing to assign the row is still "updated", so that it counts.
        String assigned = (plain.isEmpty() ? List.of(layout.tenantColumn()) : plain)
                .stream()
                        .map(name -> "%1$s = excluded.%1$s".formatted(Identifiers.quote(name)))
                        .collect(Collectors.joining(", "));
        String names =
                columns.stream().map(column -> Identifiers.quote(column.name())).collect(Collectors.joining(", "));
        String key = layout.keyColumns().stream().map(Identifiers::quote).collect(Collectors.joining(", "));
        return "insert into %s as t (%s) overriding system value select %s from %s on conflict (%s) do update set %s where t.%7$s = excluded.%7$s"
                .formatted(
                        layout.quotedTable(),
                        names,
                        values,
                        rows("c", columns.size()),
                        key,
                        assigned,
                        Identifiers.quote(layout.tenantColumn()));
    }

    private String casts() {
        return keys.stream().map(key -> "?::" + key.type()).collect(Collectors.joining(", "));
    }

    private String keyRows() {
        return rows("k", keys.size());
    }

    private String sameKey() {
        return IntStream.range(0, keys.size())
                .mapToObj(i -> " and t.%s = x.k%d::%s"
                        .formatted(
                                Identifiers.quote(keys.get(i).name()),
                                i,
                                keys.get(i).type()))
                .collect(Collectors.joining());
    }

    private static String rows(String prefix, int columns) {
        return IntStream.range(0, columns).mapToObj(i -> "?::text[]").collect(Collectors.joining(", ", "unnest(", ")"))
                + IntStream.range(0, columns)
                        .mapToObj(i -> prefix + i)
                        .collect(Collectors.joining(", ", " as x(", ")"));
    }

    private int ordinal(String column) {
        return layout.columns().stream().map(Layout.Column::name).toList().indexOf(column);
    }
}
