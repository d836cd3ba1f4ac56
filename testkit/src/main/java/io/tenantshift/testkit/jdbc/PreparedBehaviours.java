package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import org.postgresql.PGStatement;

/** Prepared statements over their life: many executions, changing types, changing tables. The driver prepares on the server from the fifth execution on. */
final class PreparedBehaviours {
    private static final int MANY = 12;

    private PreparedBehaviours() {}

    static void addTo(Behaviours b) {
        parameters(b);
        executions(b);
        changes(b);
        description(b);
    }

    private static void parameters(Behaviours b) {
        b.add("parameters are missing", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?::int, ?::int");
            o.see("none set", () -> p.executeQuery());
            p.setInt(2, 2);
            o.see("first missing", () -> p.executeQuery());
            p.setInt(1, 1);
            o.rows("all set", () -> p.executeQuery());
            p.clearParameters();
            o.see("cleared", () -> p.executeQuery());
            o.see("cleared update", () -> p.executeUpdate());
            o.see("cleared batch", () -> p.addBatch());
        });
        b.add("parameters at wrong places", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?::int");
            for (int index : new int[] {0, -1, 2, Integer.MAX_VALUE}) {
                o.see("int at " + index, () -> p.setInt(index, 1));
                o.see("text at " + index, () -> p.setString(index, "x"));
                o.see("null at " + index, () -> p.setNull(index, Types.INTEGER));
                o.see("object at " + index, () -> p.setObject(index, 1));
            }
            PreparedStatement none = c.prepareStatement("select 1");
            o.see("no parameter", () -> none.setInt(1, 1));
            o.rows("executes", () -> none.executeQuery());
        });
        b.add("parameters where none can be", (c, o) -> {
            for (String sql : new String[] {
                "select '?', \"a\" -- ?\n from plain /* ? */ where b = ?",
                "select $$?$$ || ?",
                "select * from plain where a = $1",
                "select '{}'::jsonb ?? ?",
                "select * from ?",
                "select E'\\'?' || ?",
                "create table scratch.p (a int default ?)"
            }) {
                PreparedStatement p = c.prepareStatement(sql);
                o.see("set 1 " + sql, () -> p.setString(1, "x"));
                o.see("set 2 " + sql, () -> p.setString(2, "x"));
                o.see("execute " + sql, () -> p.execute());
            }
        });
        b.add("parameters stay after an execution", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?::int + ?::int");
            p.setInt(1, 1);
            p.setInt(2, 2);
            o.rows("first", () -> p.executeQuery());
            p.setInt(2, 3);
            o.rows("second", () -> p.executeQuery());
        });
        b.add("more parameters than the protocol can count", (c, o) -> {
            String many = "select 1 where 1 in (" + "?,".repeat(70_000) + "?)";
            o.see("prepare", () -> {
                PreparedStatement p = c.prepareStatement(many);
                for (int i = 1; i <= 70_001; i++) {
                    p.setInt(i, i);
                }
                p.executeQuery();
            });
            o.see("usable", () -> c.createStatement().execute("select 1"));
        });
        b.add("a thousand parameters", (c, o) -> {
            PreparedStatement p = c.prepareStatement(
                    "select count(*) from generate_series(1, 2000) n where n in (" + "?,".repeat(999) + "?)");
            for (int i = 1; i <= 1_000; i++) {
                p.setInt(i, i * 2);
            }
            o.rows("query", () -> p.executeQuery());
        });
    }

    private static void executions(Behaviours b) {
        b.add("executed many times", (c, o) -> {
            PreparedStatement p =
                    c.prepareStatement("select n, n * 2.5, 'x' || n, now() is null from generate_series(1, ?) n");
            for (int i = 0; i < MANY; i++) {
                p.setInt(1, i % 3);
                o.table("query " + i, () -> p.executeQuery());
            }
        });
        b.add("executed many times with an error in between", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select 10 / ?");
            for (int i = 0; i < MANY; i++) {
                p.setInt(1, i % 4);
                o.rows("query " + i, () -> p.executeQuery());
            }
        });
        b.addInTransaction("executed many times with failed transactions in between", (c, o) -> {
            PreparedStatement p = c.prepareStatement("insert into item (name, n) values (?, ?)");
            for (int i = 0; i < MANY; i++) {
                p.setString(1, "many " + i);
                p.setInt(2, i % 3 == 2 ? -1 : i);
                o.see("insert " + i, () -> p.executeUpdate());
                if (i % 3 == 2) {
                    o.see("again " + i, () -> p.executeUpdate());
                    c.rollback();
                } else {
                    c.commit();
                }
            }
            o.rows("rows", () -> c.createStatement().executeQuery("select name, n from item order by name"));
        });
        b.add("closed and prepared again many times", (c, o) -> {
            for (int i = 0; i < MANY; i++) {
                try (PreparedStatement p = c.prepareStatement("select ?::int, ?::text")) {
                    p.setInt(1, i);
                    p.setString(2, "x");
                    o.rows("query " + i, () -> p.executeQuery());
                }
            }
        });
        b.add("two of the same text do not mix", (c, o) -> {
            PreparedStatement one = c.prepareStatement("select ?::int");
            PreparedStatement two = c.prepareStatement("select ?::int");
            for (int i = 0; i < MANY; i++) {
                one.setInt(1, i);
                two.setInt(1, -i);
                ResultSet first = one.executeQuery();
                ResultSet second = two.executeQuery();
                o.rows("first " + i, () -> first);
                o.rows("second " + i, () -> second);
            }
        });
        b.add("goes on over transactions", (c, o) -> {
            PreparedStatement p = c.prepareStatement("insert into plain values (?, 'p')");
            for (int i = 0; i < MANY; i++) {
                c.setAutoCommit(i % 2 == 0);
                p.setInt(1, 100 + i);
                o.see("insert " + i, () -> p.executeUpdate());
                if (i % 2 == 1) {
                    if (i % 4 == 1) {
                        c.commit();
                    } else {
                        c.rollback();
                    }
                }
            }
            c.setAutoCommit(true);
            o.rows("rows", () -> c.createStatement().executeQuery("select a from plain where a >= 100 order by a"));
        });
        b.add("the type of a parameter changes between executions", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ? as v");
            for (int i = 0; i < MANY; i++) {
                Object value = new Object[] {1, "text", 2L, 3.5, null, true}[i % 6];
                p.setObject(1, value);
                o.table("query " + i, () -> p.executeQuery());
            }
        });
        b.add("syntax errors show at execution", (c, o) -> {
            o.see("prepare", () -> c.prepareStatement("selec ?"));
            PreparedStatement p = c.prepareStatement("select * from nowhere where x = ?");
            p.setInt(1, 1);
            o.see("execute", () -> p.executeQuery());
            o.see("meta data", () -> p.getMetaData());
            o.see("parameters", () -> p.getParameterMetaData());
            c.createStatement().execute("create table scratch.nowhere (x int); set search_path to public, scratch");
            o.rows("now it is there", () -> p.executeQuery());
        });
    }

    private static void changes(Behaviours b) {
        String[] ddl = {
            "alter table scratch.t add column d text default 'd'",
            "alter table scratch.t drop column c",
            "alter table scratch.t alter column b type text using b::text",
            "alter table scratch.t rename column c to c2",
            "drop table scratch.t; create table scratch.t (a int primary key, b bigint, c text); insert into scratch.t values (5, 6, 'seven')",
            "discard plans",
            "deallocate all",
            "discard all",
            "set search_path to scratch"
        };
        for (String change : ddl) {
            for (boolean autoCommit : new boolean[] {true, false}) {
                b.addOnSide((autoCommit ? "autocommit: " : "transaction: ") + change, (side, o) -> {
                    Connection c = side.connect();
                    c.createStatement()
                            .execute(
                                    "create table scratch.t (a int primary key, b int, c text); insert into scratch.t values (1, 2, 'three')");
                    boolean own = change.startsWith("d") || change.startsWith("set");
                    PreparedStatement p = c.prepareStatement("select * from scratch.t where a >= ?");
                    c.setAutoCommit(autoCommit);
                    for (int i = 0; i < 7; i++) {
                        p.setInt(1, 0);
                        o.rows("before " + i, () -> p.executeQuery());
                    }
                    if (autoCommit || !own) {
                        endIf(c);
                    }
                    if (own) {
                        o.see("change", () -> c.createStatement().execute(change));
                    } else {
                        side.outside(change);
                    }
                    for (int i = 0; i < 3; i++) {
                        o.table("after " + i, () -> p.executeQuery());
                        o.see("state", () -> c.createStatement().execute("select 1"));
                    }
                    endIf(c);
                    o.table("at last", () -> p.executeQuery());
                });
            }
        }
        b.addOnSide("a table is created between two executions", (side, o) -> {
            PreparedStatement p = side.connect().prepareStatement("select * from scratch.later");
            o.see("before", () -> p.executeQuery());
            side.outside("create table scratch.later (a int)");
            o.table("after", () -> p.executeQuery());
        });
    }

    private static void endIf(Connection c) throws SQLException {
        if (!c.getAutoCommit()) {
            c.rollback();
        }
    }

    private static void description(Behaviours b) {
        b.add("tells its columns before it is executed", (c, o) -> {
            for (String sql : new String[] {
                "select id, name as n, price * 2 as twice, null as nothing from item where id = ?",
                "insert into plain values (?, ?)",
                "insert into plain values (?, ?) returning a",
                "update item set n = ?",
                "create table scratch.x (a int)",
                "call double_it(?)",
                "",
                "select 1; select ?::text"
            }) {
                o.see("meta data " + sql, () -> {
                    var meta = c.prepareStatement(sql).getMetaData();
                    return meta == null ? null : ResultText.columns(meta);
                });
            }
        });
        b.add("tells its columns before and after executions", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select id, price from item where name = ?");
            o.see("before", () -> ResultText.columns(p.getMetaData()));
            p.setString(1, "one");
            o.rows("query", () -> p.executeQuery());
            o.see("after", () -> ResultText.columns(p.getMetaData()));
            o.see("parameters", () -> p.getParameterMetaData().getParameterTypeName(1));
            o.rows("query again", () -> p.executeQuery());
        });
        b.addInTransaction("tells its columns inside a transaction, also a failed one", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select id from item where name = ?");
            o.see("before", () -> ResultText.columns(p.getMetaData()));
            c.commit();
            o.see("fails", () -> c.createStatement().execute("select 1 / 0"));
            o.see(
                    "in a failed transaction",
                    () -> c.prepareStatement("select a from plain where b = ?").getMetaData());
            o.see(
                    "parameters",
                    () -> c.prepareStatement("select b from plain where b = ?").getParameterMetaData());
        });
        b.add("shows itself as text", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?, ?, ?");
            o.see("unset", p::toString);
            p.setInt(1, 1);
            p.setString(2, "it's");
            p.setNull(3, Types.VARCHAR);
            o.see("set", p::toString);
            Statement s = c.createStatement();
            o.see("closing", () -> p.close());
        });
        b.add("the server's part can be set by hand", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?::int");
            PGStatement pg = p.unwrap(PGStatement.class);
            o.see("threshold", pg::getPrepareThreshold);
            pg.setPrepareThreshold(1);
            o.see("on the server", pg::isUseServerPrepare);
            p.setInt(1, 1);
            o.rows("query", () -> p.executeQuery());
            o.see("on the server now", pg::isUseServerPrepare);
            o.rows(
                    "prepared",
                    () -> c.createStatement()
                            .executeQuery(
                                    "select count(*) from pg_prepared_statements where statement = 'select $1::int'"));
            pg.setPrepareThreshold(0);
            o.rows("query again", () -> p.executeQuery());
        });
    }
}
