package io.tenantshift.testkit.jdbc;

import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ParameterMetaData;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is told of the database, of results and of parameters. */
final class MetaDataBehaviours {

    private MetaDataBehaviours() {}

    /** A method of {@link DatabaseMetaData} that lists something. */
    @FunctionalInterface
    private interface Listing {
        ResultSet of(DatabaseMetaData meta) throws SQLException;
    }

    static void addTo(Behaviours b) {
        properties(b);
        listings()
                .forEach((name, listing) -> b.add(name, (c, o) -> {
                    DatabaseMetaData meta = c.getMetaData();
                    o.table("listing", () -> listing.of(meta));
                    ResultSet again = listing.of(meta);
                    o.see("connection", () -> again.getStatement().getConnection() == c);
                    o.see("type", again::getType);
                    o.see("first", again::next);
                }));
        // Types of one JDBC number come in the order in which the catalog has them at the moment.
        b.add("types", (c, o) -> o.unordered("listing", () -> c.getMetaData().getTypeInfo()));
        listingsInTransactions(b);
        results(b);
        parameters(b);
    }

    private static void properties(Behaviours b) {
        b.add("the meta data belong to the connection", (c, o) -> {
            DatabaseMetaData meta = c.getMetaData();
            o.see("connection", () -> meta.getConnection() == c);
            o.see("url", () -> meta.getURL().split("\\?", 2)[0]);
            o.see("user", meta::getUserName);
            o.see("is wrapper", () -> meta.isWrapperFor(DatabaseMetaData.class));
            o.see("is no wrapper", () -> meta.isWrapperFor(String.class));
            o.see("unwrap", () -> meta.unwrap(DatabaseMetaData.class) != null);
            o.see("unwrap to something else", () -> meta.unwrap(String.class));
            c.close();
            o.see("connection after close", meta::getConnection);
            o.see("a listing after close", () -> meta.getSchemas());
        });
        for (Class<?> type : List.of(boolean.class, int.class, String.class, Object.class)) {
            b.add(
                    "all properties of type " + type.getSimpleName(),
                    (c, o) -> Methods.seeAll(
                            o,
                            Methods.of(
                                    DatabaseMetaData.class,
                                    method -> method.getParameterCount() == 0
                                            && method.getReturnType() != Connection.class
                                            && method.getReturnType() != ResultSet.class
                                            && !method.getName().equals("getURL") // its parameters are the DataSource's
                                            && (type == method.getReturnType()
                                                    || (type == Object.class && !isPlain(method.getReturnType())))),
                            c.getMetaData()));
        }
        b.add("all properties that depend on a number", (c, o) -> {
            List<Method> methods = Methods.of(
                    DatabaseMetaData.class,
                    method -> method.getParameterCount() > 0
                            && java.util.Arrays.stream(method.getParameterTypes())
                                    .allMatch(type -> type == int.class));
            DatabaseMetaData meta = c.getMetaData();
            for (Method method : methods) {
                for (int first : new int[] {-1, 0, 1, 2, 4, 8, 12, 1003, 1004, 1005, 1007, 1008}) {
                    Object[] arguments = method.getParameterCount() == 1
                            ? new Object[] {first}
                            : new Object[] {first, ResultSet.CONCUR_UPDATABLE};
                    o.see(Methods.signature(method) + " of " + first, () -> Methods.call(method, meta, arguments));
                }
            }
        });
    }

    private static boolean isPlain(Class<?> type) {
        return type == boolean.class || type == int.class || type == String.class;
    }

    private static Map<String, Listing> listings() {
        Map<String, Listing> all = new LinkedHashMap<>();
        all.put("schemas", m -> m.getSchemas());
        all.put("schemas by pattern", m -> m.getSchemas(null, "pub%"));
        all.put("schemas of another catalog", m -> m.getSchemas("elsewhere", "%"));
        all.put("table types", m -> m.getTableTypes());
        all.put("tables", m -> m.getTables(null, "public", "%", null));
        all.put("tables of kinds", m -> m.getTables(null, null, "item%", new String[] {"TABLE", "VIEW"}));
        all.put("tables of no kind", m -> m.getTables(null, "public", "%", new String[] {"NO SUCH"}));
        all.put("tables of another catalog", m -> m.getTables("elsewhere", null, "%", null));
        all.put("tables with odd names", m -> m.getTables("", "public", "Odd \"Name", null));
        all.put(
                "partitioned tables",
                m -> m.getTables(null, "public", "parted%", new String[] {"PARTITIONED TABLE", "TABLE"}));
        all.put("sequences", m -> m.getTables(null, "public", "%", new String[] {"SEQUENCE"}));
        all.put("columns", m -> m.getColumns(null, "public", "item", "%"));
        all.put("columns of every type", m -> m.getColumns(null, "public", "everything", null));
        all.put("columns with defaults and generated ones", m -> m.getColumns(null, "public", "generated", "%"));
        all.put("columns by pattern", m -> m.getColumns(null, "publi_", "it_m", "n%"));
        all.put("columns with odd names", m -> m.getColumns(null, null, "Odd \"Name", "A column"));
        all.put("columns of nothing", m -> m.getColumns(null, null, "nowhere", "%"));
        all.put("columns of a view", m -> m.getColumns(null, null, "item_view", "%"));
        all.put("primary key", m -> m.getPrimaryKeys(null, null, "item"));
        all.put("primary key of two columns", m -> m.getPrimaryKeys(null, "public", "composite_key"));
        all.put("primary key of nothing", m -> m.getPrimaryKeys(null, null, "plain"));
        all.put("imported keys", m -> m.getImportedKeys(null, null, "part"));
        all.put("imported keys of two columns", m -> m.getImportedKeys(null, null, "composite_child"));
        all.put("exported keys", m -> m.getExportedKeys(null, null, "item"));
        all.put("cross reference", m -> m.getCrossReference(null, null, "item", null, null, "part"));
        all.put("indexes", m -> m.getIndexInfo(null, null, "item", false, true));
        all.put("unique indexes", m -> m.getIndexInfo(null, "public", "item", true, false));
        all.put(
                "best row identifier",
                m -> m.getBestRowIdentifier(null, null, "item", DatabaseMetaData.bestRowSession, true));
        all.put("best row identifier of none", m -> m.getBestRowIdentifier(null, null, "plain", 0, false));
        all.put("version columns", m -> m.getVersionColumns(null, null, "item"));
        all.put("functions", m -> m.getFunctions(null, "public", "%"));
        all.put("function columns", m -> m.getFunctionColumns(null, "public", "%", "%"));
        all.put("procedures", m -> m.getProcedures(null, "public", "%"));
        all.put("procedure columns", m -> m.getProcedureColumns(null, "public", "%", null));
        all.put("client info", m -> m.getClientInfoProperties());
        all.put("user-defined types", m -> m.getUDTs(null, "public", "%", null));
        all.put("user-defined types of a kind", m -> m.getUDTs(null, null, "pa%", new int[] {java.sql.Types.STRUCT}));
        all.put("table privileges", m -> m.getTablePrivileges(null, "public", "item"));
        all.put("column privileges", m -> m.getColumnPrivileges(null, "public", "item", "n%"));
        return all;
    }

    private static void listingsInTransactions(Behaviours b) {
        b.add("catalogs", (c, o) -> {
            ResultSet r = c.getMetaData().getCatalogs();
            while (r.next()) {
                if (r.getString(1).equals(c.getCatalog())) {
                    o.note("own", r.getObject("TABLE_CAT"));
                }
            }
            o.see("statement", () -> r.getStatement().getConnection() == c);
        });
        b.add("listings that are not there", (c, o) -> {
            DatabaseMetaData meta = c.getMetaData();
            o.see("pseudo columns", () -> meta.getPseudoColumns(null, null, "item", "%"));
            o.see("super types", () -> meta.getSuperTypes(null, null, "%"));
            o.see("super tables", () -> meta.getSuperTables(null, null, "%"));
            o.see("attributes", () -> meta.getAttributes(null, null, "pair", "%"));
        });
        b.addInTransaction("a listing is part of the transaction", (c, o) -> {
            c.createStatement().execute("create table scratch.made (a int primary key)");
            o.table("made", () -> c.getMetaData().getTables(null, "scratch", "%", null));
            o.table("key", () -> c.getMetaData().getPrimaryKeys(null, "scratch", "made"));
            c.rollback();
            o.rows("gone", () -> c.getMetaData().getTables(null, "scratch", "%", null));
            o.see("fails", () -> c.createStatement().execute("select 1 / 0"));
            o.see("in a failed transaction", () -> c.getMetaData().getTables(null, "scratch", "%", null));
            o.see("properties in a failed transaction", () -> c.getMetaData().getDatabaseProductName());
        });
        b.add("two listings at once, and a statement between", (c, o) -> {
            DatabaseMetaData meta = c.getMetaData();
            ResultSet tables = meta.getTables(null, "public", "i%", null);
            ResultSet columns = meta.getColumns(null, "public", "plain", "%");
            o.see("statement", () -> c.createStatement().execute("select 1"));
            o.rows("tables", () -> tables);
            o.rows("columns", () -> columns);
            o.see("closing the statement", () -> tables.getStatement().close());
            o.see("closed", tables::isClosed);
        });
        b.add("names follow the search path", (c, o) -> {
            c.createStatement()
                    .execute("create table scratch.item (only_here int); set search_path to scratch, public");
            o.table("primary key", () -> c.getMetaData().getPrimaryKeys(null, null, "item"));
            o.table("columns", () -> c.getMetaData().getColumns(null, null, "item", "%"));
        });
    }

    private static void results(Behaviours b) {
        for (String sql : new String[] {
            "select * from item",
            "select i.id as item_id, p.label, i.n + 1 as sum, count(*) over () from item i join part p on p.item_id = i.id",
            "select 'x' as constant, null as nothing, 1.5::numeric(5,2) as dec, now()::timestamp(3) as t",
            "select * from item_view",
            "select \"A column\", \"select\" as \"Label With Space\" from \"Odd \"\"Name\"",
            // not name_c, point_c, box_c: what the driver tells of these depends on what its connection was asked
            // before
            "select "
                    + GetterBehaviours.COLUMNS.stream()
                            .filter(column ->
                                    !List.of("name_c", "point_c", "box_c").contains(column))
                            .collect(java.util.stream.Collectors.joining(", "))
                    + " from everything",
            "select row(1, 'x') as r, (select array_agg(id) from item) as ids",
            "insert into plain values (5, 'x') returning a as b, b as a"
        }) {
            b.add("columns of " + sql, (c, o) -> {
                ResultSet r = c.createStatement().executeQuery(sql);
                ResultSetMetaData meta = r.getMetaData();
                o.see("count", meta::getColumnCount);
                o.shown("columns", () -> ResultText.columns(meta));
                for (int column : new int[] {0, -1, 100}) {
                    o.see("label of " + column, () -> meta.getColumnLabel(column));
                    o.see("type of " + column, () -> meta.getColumnType(column));
                    o.see("table of " + column, () -> meta.getTableName(column));
                }
                o.see("wrapper", () -> meta.isWrapperFor(ResultSetMetaData.class));
                o.see("unwrap", () -> meta.unwrap(ResultSetMetaData.class) != null);
                o.see("unwrap to something else", () -> meta.unwrap(String.class));
                o.see("of the driver", () -> meta.isWrapperFor(org.postgresql.PGResultSetMetaData.class));
                o.see(
                        "base names",
                        () -> meta.unwrap(org.postgresql.PGResultSetMetaData.class)
                                .getBaseTableName(1));
                r.close();
                o.see("closed", () -> r.getMetaData());
                o.see("count when closed", meta::getColumnCount);
                o.see("table when closed", () -> meta.getTableName(1));
            });
        }
    }

    private static void parameters(Behaviours b) {
        for (String sql : new String[] {
            "select * from item where id = ? and name = ? and price > ? and note is not distinct from ?",
            "insert into everything (int2_c, json_c, uuid_c, timestamptz_c, int4_array_c, mood_c) values (?, ?, ?, ?, ?, ?)",
            "select 1",
            "select ?::text || ?, ?",
            "call rename_item(?, ?)",
            "select add(?, ?)",
            "select ? from nowhere",
            "update item set n = n + ? where id in (?, ?) returning ?::int"
        }) {
            b.add(
                    "parameters of " + sql,
                    (c, o) -> o.see("ask", () -> {
                        var p = c.prepareStatement(sql);
                        ParameterMetaData meta = p.getParameterMetaData();
                        o.see("count", meta::getParameterCount);
                        List<Method> byIndex =
                                Methods.of(ParameterMetaData.class, method -> Methods.beginsWith(method, int.class));
                        for (int i = 0; i <= meta.getParameterCount() + 1; i++) {
                            int index = i;
                            for (Method method : byIndex) {
                                o.see(index + " " + method.getName(), () -> Methods.call(method, meta, index));
                            }
                        }
                        o.see("wrapper", () -> meta.isWrapperFor(ParameterMetaData.class));
                        o.see("unwrap", () -> meta.unwrap(ParameterMetaData.class) != null);
                        o.see("unwrap to something else", () -> meta.unwrap(String.class));
                        o.see("execute unset", () -> p.execute());
                        p.close();
                        o.see("closed", () -> p.getParameterMetaData());
                    }));
        }
    }
}
