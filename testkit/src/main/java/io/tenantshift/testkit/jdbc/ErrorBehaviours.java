package io.tenantshift.testkit.jdbc;

import io.tenantshift.testkit.Actor;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.postgresql.util.PSQLException;

/** Errors and warnings of the server. */
final class ErrorBehaviours {

    private ErrorBehaviours() {}

    static void addTo(Behaviours b) {
        failing()
                .forEach((name, sql) -> b.add(name, (c, o) -> {
                    Statement s = c.createStatement();
                    o.see("plain", () -> s.execute(sql));
                    o.see("as update", () -> s.executeUpdate(sql));
                    o.see("prepared", () -> c.prepareStatement(sql).execute());
                    c.setAutoCommit(false);
                    o.see("in a transaction", () -> s.execute(sql));
                    o.see("next", () -> s.execute("select 1"));
                    c.rollback();
                    o.see("is the driver's", () -> kindOfFailure(s, sql));
                }));
        between(b);
        warnings(b);
    }

    private static String kindOfFailure(Statement s, String sql) {
        try {
            s.execute(sql);
            return "none";
        } catch (PSQLException e) {
            return "the driver's";
        } catch (java.sql.SQLException e) {
            return "another";
        }
    }

    private static Map<String, String> failing() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("unique", "insert into item (name) values ('one')");
        all.put("foreign key", "insert into part (item_id) values (1000)");
        all.put(
                "foreign key of a parent",
                "delete from composite_key where false; delete from item where id = 1; select 1 / 0");
        all.put("check", "update item set n = -1");
        all.put("not null", "insert into item (name) values (null)");
        all.put("domain", "insert into everything (positive_c) values (-1)");
        all.put("generated column", "insert into generated (id, half) values (1, 1)");
        all.put("no such partition", "insert into parted values (1, 'south')");
        all.put("syntax", "select * form item");
        all.put("unterminated", "select 'x");
        all.put("no such table", "select * from nowhere");
        all.put("no such column", "select nowhere from item");
        all.put("no such function", "select nowhere(1)");
        all.put("no such schema", "select * from nowhere.item");
        all.put("ambiguous", "select id from item, part");
        all.put("division by zero", "select 1 / 0");
        all.put("numeric overflow", "select 2147483647 + 1");
        all.put("text too long", "insert into part (label) values (repeat('x', 21))");
        all.put("not a number", "select 'x'::int");
        all.put("not a date", "select '2024-02-30'::date");
        all.put("no such enum value", "select 'angry'::mood");
        all.put("several rows from a scalar query", "select (select id from item)");
        all.put("table exists", "create table item (a int)");
        all.put("depends", "drop table item");
        all.put("own code", "select fail_with('P0042')");
        all.put("own class", "select fail_with('ZZ001')");
        all.put("serialization by hand", "select fail_with('40001')");
        all.put("connection class by hand", "select fail_with('08006')");
        all.put("lock not available by hand", "select fail_with('55P03')");
        all.put("feature not supported by hand", "select fail_with('0A000')");
        all.put("cancelled by hand", "select fail_with('57014')");
        all.put("cached plan by hand", "select fail_with('26000')");
        all.put("outside a transaction", "savepoint x");
        all.put("no permission", "set role pg_monitor; update item set n = 1; reset role");
        all.put(
                "out of stack",
                "with recursive r(n) as (select 1 union all select n + 1 from r) select 1 / (50 - n) from r");
        return all;
    }

    private static void between(Behaviours b) {
        b.addOnSide("two serializable transactions that cannot both be", (side, o) -> {
            Connection one = side.connect();
            Connection two = side.connect();
            for (Connection c : new Connection[] {one, two}) {
                c.setAutoCommit(false);
                c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                c.createStatement().executeQuery("select sum(a) from plain");
            }
            o.see("first writes", () -> one.createStatement().executeUpdate("insert into plain values (50, 'one')"));
            o.see("second writes", () -> two.createStatement().executeUpdate("insert into plain values (51, 'two')"));
            o.see("first commits", () -> one.commit());
            o.see("second commits", () -> two.commit());
            o.see("second goes on", () -> two.createStatement().executeUpdate("insert into plain values (51, 'two')"));
            o.see("second commits now", () -> two.commit());
        });
        b.addOnSide("a deadlock", (side, o) -> {
            Connection c = side.connect();
            c.setAutoCommit(false);
            c.createStatement().execute("set local deadlock_timeout = '10ms'; update item set n = n + 1 where id = 1");
            try (Connection other = side.outside()) {
                other.setAutoCommit(false);
                other.createStatement()
                        .execute("set local deadlock_timeout = '10min'; update item set n = n + 1 where id = 2");
                Actor<Boolean> crossing = Actor.run(
                        "crossing", () -> other.createStatement().execute("update item set n = n + 1 where id = 1"));
                side.awaitRunning("where id = 1", "Lock");
                o.see("update", () -> c.createStatement().executeUpdate("update item set n = n + 1 where id = 2"));
                c.rollback();
                crossing.await();
                other.rollback();
            }
        });
        b.add("one error after the other", (c, o) -> {
            Statement s = c.createStatement();
            PreparedStatement p = c.prepareStatement("select 1 / ?");
            for (int i = 0; i < 8; i++) {
                p.setInt(1, i % 2);
                o.rows("prepared " + i, () -> p.executeQuery());
                o.see("plain " + i, () -> s.execute("select nowhere"));
                o.see("result " + i, s::getResultSet);
                o.see("count " + i, s::getUpdateCount);
            }
        });
        b.add("an error while a result is open", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery("select id from item order by id");
            r.next();
            o.see("error", () -> c.createStatement().execute("select 1 / 0"));
            o.rows("rest", () -> r);
        });
    }

    private static void warnings(Behaviours b) {
        b.add("warnings of a statement", (c, o) -> {
            Statement s = c.createStatement();
            o.see("none", s::getWarnings);
            s.execute("select notices()");
            o.see("some", s::getWarnings);
            o.see("of the connection", c::getWarnings);
            o.see("again", s::getWarnings);
            s.execute("select warn(2)");
            o.see("of the next execution", s::getWarnings);
            s.clearWarnings();
            o.see("cleared", s::getWarnings);
            s.execute("select 1");
            o.see("without", s::getWarnings);
        });
        for (Kind kind : Kind.values()) {
            b.add(kind.words() + ": warnings stay until the next execution", (c, o) -> {
                String sql = "select warn(3)";
                Statement s = kind.make(c, sql);
                for (int i = 0; i < 7; i++) {
                    ResultSet r = kind.executeQuery(s, sql);
                    o.see("statement " + i, s::getWarnings);
                    o.see("result " + i, r::getWarnings);
                    r.clearWarnings();
                }
            });
        }
        b.add("warnings of other statements", (c, o) -> {
            for (String sql : new String[] {
                "drop table if exists scratch.not_there",
                "commit",
                "rollback",
                "create table if not exists item (a int)",
                "do $$ begin raise warning 'done'; end $$",
                "call double_it(1)",
                "set local my.setting = 'x'"
            }) {
                Statement s = c.createStatement();
                o.see(sql, () -> s.execute(sql));
                o.see("warnings of " + sql, s::getWarnings);
            }
        });
        b.add("warnings beside an error, and in a batch", (c, o) -> {
            Statement s = c.createStatement();
            o.see("both", () -> s.execute("select warn(1), 1 / (warn(1) - 1)"));
            o.see("warnings", s::getWarnings);
            s.addBatch("do $$ begin raise warning 'one'; end $$");
            s.addBatch("do $$ begin raise warning 'two'; end $$");
            o.see("batch", () -> s.executeBatch());
            o.see("warnings of the batch", s::getWarnings);
        });
        b.add("warnings below the client's level", (c, o) -> {
            Statement s = c.createStatement();
            s.execute("set client_min_messages = error");
            s.execute("select notices()");
            o.see("none", s::getWarnings);
        });
    }
}
