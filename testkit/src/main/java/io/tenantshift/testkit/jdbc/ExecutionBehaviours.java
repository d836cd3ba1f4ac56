package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/** Every kind of SQL by every method that executes. */
final class ExecutionBehaviours {

    private ExecutionBehaviours() {}

    static void addTo(Behaviours b) {
        for (Map.Entry<String, String> sql : statements().entrySet()) {
            for (Kind kind : new Kind[] {Kind.PLAIN, Kind.PREPARED}) {
                b.add(kind.words() + ": " + sql.getKey(), (c, o) -> byEachMethod(c, o, kind, sql.getValue()));
            }
            b.addInTransaction("in a transaction: " + sql.getKey(), (c, o) -> {
                Statement s = c.createStatement();
                o.see("execute", () -> s.execute(sql.getValue()));
                StatementBehaviours.seeResults(s, o, 2);
                o.see("next", () -> c.createStatement().execute("select 1"));
                c.rollback();
            });
        }
        b.add("a prepared statement takes no text", (c, o) -> takesNoText(c.prepareStatement("select 1"), o));
        b.add("a callable statement takes no text", (c, o) -> takesNoText(c.prepareCall("select 1"), o));
        b.add("no text at all", (c, o) -> {
            Statement s = c.createStatement();
            o.see("query", () -> s.executeQuery(null));
            o.see("update", () -> s.executeUpdate(null));
            o.see("prepare", () -> c.prepareStatement(null));
            o.see("call", () -> c.prepareCall(null));
            o.see("native", () -> c.nativeSQL(null));
            o.see("batch", () -> s.addBatch(null));
        });
        b.add("executing again closes the earlier result", (c, o) -> {
            Statement s = c.createStatement();
            ResultSet first = s.executeQuery("select 1");
            ResultSet second = s.executeQuery("select 2");
            o.see("first", first::isClosed);
            o.see("second", second::isClosed);
            s.executeUpdate("update plain set b = 'z'");
            o.see("second after an update", second::isClosed);
            o.see("read it", second::next);
        });
        b.add("an error in the middle of a string", (c, o) -> {
            Statement s = c.createStatement();
            o.see("execute", () -> s.execute("select 1; select 1 / 0; select 2"));
            StatementBehaviours.seeResults(s, o, 3);
            o.see("later syntax", () -> s.execute("select 1; selec 2"));
            StatementBehaviours.seeResults(s, o, 2);
        });
    }

    private static void takesNoText(PreparedStatement p, Observed o) {
        o.see("query", () -> p.executeQuery("select 1"));
        o.see("update", () -> p.executeUpdate("delete from plain"));
        o.see("large update", () -> p.executeLargeUpdate("delete from plain"));
        o.see("execute", () -> p.execute("select 1"));
        o.see("execute with flag", () -> p.execute("select 1", Statement.RETURN_GENERATED_KEYS));
        o.see("execute with indexes", () -> p.execute("select 1", new int[] {1}));
        o.see("execute with names", () -> p.execute("select 1", new String[] {"a"}));
        o.see("update with flag", () -> p.executeUpdate("select 1", Statement.RETURN_GENERATED_KEYS));
        o.see("update with indexes", () -> p.executeUpdate("select 1", new int[] {1}));
        o.see("update with names", () -> p.executeUpdate("select 1", new String[] {"a"}));
        o.see("large with flag", () -> p.executeLargeUpdate("select 1", Statement.RETURN_GENERATED_KEYS));
        o.see("large with indexes", () -> p.executeLargeUpdate("select 1", new int[] {1}));
        o.see("large with names", () -> p.executeLargeUpdate("select 1", new String[] {"a"}));
        o.see("batch", () -> p.addBatch("select 1"));
        o.rows("itself", () -> p.executeQuery());
    }

    private static void byEachMethod(Connection c, Observed o, Kind kind, String sql) throws Exception {
        Statement s = kind.make(c, sql);
        o.see("execute", () -> kind.execute(s, sql));
        StatementBehaviours.seeResults(s, o, 3);
        Statement update = kind.make(c, sql);
        o.see("executeUpdate", () -> kind.executeUpdate(update, sql));
        StatementBehaviours.seeResults(update, o, 1);
        Statement large = kind.make(c, sql);
        o.see("executeLargeUpdate", () -> kind.executeLargeUpdate(large, sql));
        Statement query = kind.make(c, sql);
        o.table("executeQuery", () -> kind.executeQuery(query, sql));
        o.see("count", query::getUpdateCount);
        Statement again = kind.make(c, sql);
        for (int i = 0; i < 6; i++) {
            o.see("again " + i, () -> kind.execute(again, sql));
            o.see("count " + i, again::getUpdateCount);
        }
        o.rows("items", () -> c.createStatement().executeQuery("select * from item order by id"));
        o.rows("plain", () -> c.createStatement().executeQuery("select * from plain order by a, b"));
    }

    private static Map<String, String> statements() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("select", "select id, name from item order by id");
        all.put("select without rows", "select id, name from item where false");
        all.put("select without columns", "select from item");
        all.put("select of a writing function", "select add_item('by function')");
        all.put("select for update", "select id from item order by id for update");
        all.put("values", "values (1, 'a'), (2, 'b')");
        all.put("table", "table plain");
        all.put("insert", "insert into plain values (5, 'five')");
        all.put("insert of several rows", "insert into plain select n, 'n' from generate_series(10, 14) n");
        all.put("insert that does nothing", "insert into item (id, name) values (1, 'one') on conflict do nothing");
        all.put(
                "insert or update",
                "insert into item (name, n) values ('one', 5) on conflict (name) do update set n = item.n + 1");
        all.put("insert returning", "insert into plain values (6, 'six') returning a, b as letter");
        all.put("update", "update item set n = n + 1 where id < 3");
        all.put("update of no row", "update item set n = 0 where id = 1000");
        all.put("update returning", "update item set n = n + 1 where id = 2 returning id, n");
        all.put("delete", "delete from plain where a = 1");
        all.put("delete returning", "delete from plain where a = 2 returning *");
        all.put("a query with a with clause", "with x as (select 1 as one) select * from x");
        all.put("a writing with clause", "with x as (insert into plain values (7, 'cte') returning a) select a from x");
        all.put(
                "a with clause before an update",
                "with x as (select 1 as id) update item set n = 100 from x where x.id = item.id");
        all.put("create table", "create table if not exists scratch.made (a int)");
        all.put("create table as", "create table if not exists scratch.copied as select * from plain");
        all.put("drop", "drop table if exists scratch.not_there");
        all.put("truncate", "truncate plain");
        all.put("set", "set my.setting = 'x'");
        all.put("show", "show my_no_such_setting");
        all.put("show server version", "show server_encoding");
        all.put("explain", "explain (costs off) select * from item where id = 1");
        all.put("call", "call rename_item(1, 'renamed')");
        all.put("call with a result", "call double_it(21)");
        all.put("do", "do $$ begin insert into plain values (8, 'done'); end $$");
        all.put("copy in", "copy plain from stdin");
        all.put("copy out", "copy plain to stdout");
        all.put("lock outside a transaction", "lock table plain");
        all.put("listen", "listen contract");
        all.put("prepare by SQL", "prepare by_sql_not_there as select $1");
        all.put("execute by SQL", "execute nothing_prepared");
        all.put("an unknown word", "frobnicate everything");
        all.put("nothing", "");
        all.put("a comment", "-- nothing but a comment");
        all.put("semicolons", ";;");
        all.put("a trailing semicolon", "select 1;");
        all.put("two statements", "select 1; select 2");
        all.put("an update and a query", "update plain set b = 'u'; select count(*) from plain");
        all.put(
                "quotes and comments",
                "/* it's ? */ select 'a?b', \"a\" -- ?\n from plain where b <> $x$?$x$ order by a");
        all.put("a type cast", "select '5'::int, 'x'::text collate \"C\"");
        all.put("a void function", "select nothing()");
        all.put("a set-returning function", "select * from items_above(1)");
        return all;
    }
}
