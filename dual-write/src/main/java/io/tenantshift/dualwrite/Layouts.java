package io.tenantshift.dualwrite;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Reads layouts from the catalog and keeps them in {@code tenantshift.layout}. Stateless; runs on the caller's
 * connection, in the caller's transaction if there is one.
 */
public final class Layouts {
    private static final String NOT_DESCRIBED = "TS040";

    private static final String TABLE = """
            select c.oid, c.relkind in ('r', 'p'),
                   c.relispartition
                       or c.relkind = 'r' and exists (select from pg_inherits i where c.oid in (i.inhparent, i.inhrelid))
              from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = ? and c.relname = ?""";

    private static final String COLUMNS = """
            select a.attname, format_type(a.atttypid, a.atttypmod)
              from pg_attribute a
             where a.attrelid = ? and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
             order by a.attnum""";

    private static final String KEY = """
            select a.attname
              from pg_index i
              cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, position)
              join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
             where i.indrelid = ? and i.indisprimary and i.indimmediate and k.position <= i.indnkeyatts
             order by k.position""";

    private Layouts() {}

    /** All layouts that a database knows, by id. */
    public static List<Layout> load(Connection connection) throws SQLException {
        List<Layout> layouts = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        select id, table_schema, table_name, columns, types, key_columns, tenant_column
                          from tenantshift.layout order by id""")) {
            while (row.next()) {
                List<String> names = strings(row.getArray(4));
                List<String> types = strings(row.getArray(5));
                List<Layout.Column> columns = new ArrayList<>();
                for (int i = 0; i < names.size(); i++) {
                    columns.add(new Layout.Column(names.get(i), types.get(i)));
                }
                layouts.add(new Layout(
                        row.getInt(1),
                        row.getString(2),
                        row.getString(3),
                        columns,
                        strings(row.getArray(6)),
                        row.getString(7)));
            }
        }
        return layouts;
    }

    /**
     * The layout that a table has now. Nothing is stored.
     *
     * @throws SQLException SQLState {@code TS040} if the table cannot be carried: it does not exist, is no table, a partition
     *     or part of an inheritance tree, or lacks the tenant column or a primary key that is checked at once
     */
    public static Layout describe(Connection connection, int id, String schema, String table, String tenantColumn)
            throws SQLException {
        long oid = table(connection, schema, table);
        List<Layout.Column> columns = columns(connection, oid);
        List<String> key = key(connection, oid);
        if (key.isEmpty()) {
            throw refused(schema, table, "it has no primary key that is checked at once (not deferrable)");
        }
        List<String> names = columns.stream().map(Layout.Column::name).toList();
        if (!names.contains(tenantColumn) || !names.containsAll(key)) {
            throw refused(
                    schema,
                    table,
                    "tenant column \"" + tenantColumn + "\" and key " + key + " are not all among its columns " + names
                            + ", generated ones left out");
        }
        return new Layout(id, schema, table, columns, key, tenantColumn);
    }

    /**
     * Stores layouts; does nothing for those that are there.
     *
     * @throws SQLException SQLState {@code TS040} if an id is taken by a different layout; in a transaction, roll back
     */
    public static void register(Connection connection, Collection<Layout> layouts) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into tenantshift.layout
                    (id, table_schema, table_name, columns, types, key_columns, tenant_column)
                values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing""")) {
            for (Layout layout : layouts) {
                insert.setInt(1, layout.id());
                insert.setString(2, layout.schema());
                insert.setString(3, layout.table());
                insert.setArray(
                        4,
                        array(
                                connection,
                                layout.columns().stream()
                                        .map(Layout.Column::name)
                                        .toList()));
                insert.setArray(
                        5,
                        array(
                                connection,
                                layout.columns().stream()
                                        .map(Layout.Column::type)
                                        .toList()));
                insert.setArray(6, array(connection, layout.keyColumns()));
                insert.setString(7, layout.tenantColumn());
                insert.executeUpdate();
            }
        }
        List<Layout> stored = load(connection);
        for (Layout layout : layouts) {
            if (!stored.contains(layout)) {
                throw new SQLException(
                        "layout %d of table %s.%s was not registered: the database has another layout with this id, and layouts never change; use a new id"
                                .formatted(layout.id(), layout.schema(), layout.table()),
                        NOT_DESCRIBED);
            }
        }
    }

    private static long table(Connection connection, String schema, String table) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(TABLE)) {
            query.setString(1, schema);
            query.setString(2, table);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    throw refused(schema, table, "there is no such table");
                } else if (!row.getBoolean(2)) {
                    throw refused(schema, table, "it is not a table");
                } else if (row.getBoolean(3)) {
                    // A write to a partition does not name the table that has the layout: it would not be captured.
                    throw refused(schema, table, "it is a partition or has inheritance relatives");
                }
                return row.getLong(1);
            }
        }
    }

    /**
     * Under a search path of pg_catalog alone, so that the types' names mean the same to every session. For one transaction: behind a
     * pooler in transaction mode a session's path would be set on one session and put back on another, and the first one's next client
     * finds none of its tables.
     */
    private static List<Layout.Column> columns(Connection connection, long oid) throws SQLException {
        boolean alone = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try {
            String before = searchPath(connection, "pg_catalog");
            List<Layout.Column> columns = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(COLUMNS)) {
                query.setLong(1, oid);
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        columns.add(new Layout.Column(row.getString(1), row.getString(2)));
                    }
                }
            }
            if (!alone) {
                searchPath(connection, before);
            }
            return columns;
        } finally {
            if (alone) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    private static List<String> key(Connection connection, long oid) throws SQLException {
        List<String> key = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(KEY)) {
            query.setLong(1, oid);
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    key.add(row.getString(1));
                }
            }
        }
        return key;
    }

    /** Sets the transaction's search path; gives the one before. */
    private static String searchPath(Connection connection, String path) throws SQLException {
        try (PreparedStatement set = connection.prepareStatement(
                "select current_setting('search_path'), set_config('search_path', ?, true)")) {
            set.setString(1, path);
            try (ResultSet row = set.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private static Array array(Connection connection, List<String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray());
    }

    private static List<String> strings(Array array) throws SQLException {
        return List.copyOf(Arrays.asList((String[]) array.getArray()));
    }

    private static SQLException refused(String schema, String table, String found) {
        return new SQLException(
                "table %s.%s cannot be carried: %s; nothing was changed".formatted(schema, table, found),
                NOT_DESCRIBED);
    }
}
