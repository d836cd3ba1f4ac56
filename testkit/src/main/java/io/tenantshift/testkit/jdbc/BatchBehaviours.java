package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;

/** Batches. */
final class BatchBehaviours {

    private BatchBehaviours() {}

    static void addTo(Behaviours b) {
        plain(b);
        prepared(b);
        failing(b);
    }

    private static void plain(Behaviours b) {
        b.add("counts of plain statements", (c, o) -> {
            Statement s = c.createStatement();
            s.addBatch("insert into plain values (10, 'a'), (11, 'b')");
            s.addBatch("update plain set b = 'z'");
            s.addBatch("delete from plain where a > 1000");
            s.addBatch("create table scratch.by_batch (a int)");
            s.addBatch("set my.batch = 'x'");
            o.see("execute", () -> s.executeBatch());
            o.see("count", s::getUpdateCount);
            o.see("more", () -> s.getMoreResults());
            o.see("again, empty", () -> s.executeBatch());
            o.rows("rows", () -> rows(c));
        });
        b.add("large counts", (c, o) -> {
            Statement s = c.createStatement();
            s.addBatch("insert into plain values (10, 'a')");
            s.addBatch("update plain set b = 'z'");
            o.see("execute", () -> s.executeLargeBatch());
            o.see("empty", () -> s.executeLargeBatch());
        });
        b.add("an empty batch", (c, o) -> {
            o.see("plain", () -> c.createStatement().executeBatch());
            o.see(
                    "prepared",
                    () -> c.prepareStatement("insert into plain values (1, 'x')")
                            .executeBatch());
            o.see("clear", () -> c.createStatement().clearBatch());
        });
        b.add("a cleared batch", (c, o) -> {
            Statement s = c.createStatement();
            s.addBatch("insert into plain values (10, 'a')");
            s.clearBatch();
            s.addBatch("insert into plain values (11, 'b')");
            o.see("execute", () -> s.executeBatch());
            o.rows("rows", () -> rows(c));
        });
        b.add("a query in a batch", (c, o) -> {
            Statement s = c.createStatement();
            s.addBatch("insert into plain values (10, 'a')");
            s.addBatch("select * from plain");
            s.addBatch("insert into plain values (11, 'b')");
            o.see("execute", () -> s.executeBatch());
            o.rows("rows", () -> rows(c));
        });
        b.add("returning in a batch", (c, o) -> {
            Statement s = c.createStatement();
            s.addBatch("insert into plain values (10, 'a') returning a");
            s.addBatch("insert into plain values (11, 'b') returning a");
            o.see("execute", () -> s.executeBatch());
            o.rows("rows", () -> rows(c));
        });
        b.add("several statements in one entry", (c, o) -> {
            Statement s = c.createStatement();
            o.see("add", () -> s.addBatch("insert into plain values (10, 'a'); insert into plain values (11, 'b')"));
            s.addBatch("delete from plain where a < 3");
            o.see("execute", () -> s.executeBatch());
            o.rows("rows", () -> rows(c));
        });
        b.add("calls in a batch", (c, o) -> {
            Statement s = c.createStatement();
            s.addBatch("call rename_item(1, 'x')");
            s.addBatch("call rename_item(2, 'y')");
            o.see("plain", () -> s.executeBatch());
            PreparedStatement p = c.prepareStatement("call rename_item(?, ?)");
            p.setInt(1, 3);
            p.setString(2, "z");
            p.addBatch();
            o.see("prepared", () -> p.executeBatch());
            o.rows("items", () -> c.createStatement().executeQuery("select name from item order by id"));
        });
    }

    private static void prepared(Behaviours b) {
        for (int rows : new int[] {1, 2, 10, 1000}) {
            b.add("a prepared batch of " + rows, (c, o) -> {
                PreparedStatement p = insert(c);
                fill(p, rows);
                int[] counts = p.executeBatch();
                o.note("how many", counts.length);
                o.note("all one", java.util.Arrays.stream(counts).allMatch(count -> count == 1));
                o.see("again, empty", () -> p.executeBatch());
                fill(p, 3);
                o.see("large", () -> p.executeLargeBatch());
                o.rows("rows", () -> c.createStatement().executeQuery("select count(*), sum(a) from plain"));
            });
        }
        b.add("parameters stay from one entry to the next", (c, o) -> {
            PreparedStatement p = insert(c);
            p.setInt(1, 10);
            p.setString(2, "kept");
            p.addBatch();
            p.setInt(1, 11);
            p.addBatch();
            o.see("execute", () -> p.executeBatch());
            p.setInt(1, 12);
            o.see("single", () -> p.executeUpdate());
            o.rows("rows", () -> rows(c));
        });
        b.add("parameters change their types between entries", (c, o) -> {
            PreparedStatement p = insert(c);
            p.setInt(1, 10);
            p.setNull(2, Types.VARCHAR);
            p.addBatch();
            p.setLong(1, 11);
            p.setString(2, "text");
            p.addBatch();
            p.setObject(1, 12, Types.NUMERIC);
            p.setObject(2, "x", Types.OTHER);
            p.addBatch();
            p.setShort(1, (short) 13);
            p.setObject(2, null);
            p.addBatch();
            o.see("execute", () -> p.executeBatch());
            o.rows("rows", () -> rows(c));
        });
        b.add("a parameter that is missing in a batch", (c, o) -> {
            PreparedStatement p = insert(c);
            p.setInt(1, 10);
            o.see("add", () -> p.addBatch());
            o.see("execute", () -> p.executeBatch());
            p.setString(2, "x");
            o.see("add again", () -> p.addBatch());
            o.see("execute again", () -> p.executeBatch());
            o.rows("rows", () -> rows(c));
        });
        b.add("a prepared query in a batch", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select * from plain where a = ?");
            p.setInt(1, 1);
            p.addBatch();
            p.setInt(1, 2);
            p.addBatch();
            o.see("execute", () -> p.executeBatch());
        });
        b.add("a prepared batch cleared and filled again", (c, o) -> {
            PreparedStatement p = insert(c);
            fill(p, 3);
            p.clearBatch();
            o.see("empty", () -> p.executeBatch());
            fill(p, 2);
            p.clearParameters();
            o.see("without parameters", () -> p.executeBatch());
            o.rows("rows", () -> rows(c));
        });
        b.add("executing in between does not touch the batch", (c, o) -> {
            PreparedStatement p = insert(c);
            fill(p, 2);
            p.setInt(1, 500);
            o.see("single", () -> p.executeUpdate());
            o.see("batch", () -> p.executeBatch());
            o.rows("rows", () -> rows(c));
        });
        b.add("a batch of updates with counts above one", (c, o) -> {
            PreparedStatement p = c.prepareStatement("update item set n = n + 1 where id <= ?");
            for (int i = 0; i < 5; i++) {
                p.setInt(1, i);
                p.addBatch();
            }
            o.see("execute", () -> p.executeBatch());
            o.rows("rows", () -> c.createStatement().executeQuery("select id, n from item order by id"));
        });
        b.add("a batch of a callable statement", (c, o) -> {
            var call = c.prepareCall("{call rename_item(?, ?)}");
            for (int i = 1; i < 3; i++) {
                call.setInt(1, i);
                call.setString(2, "batch " + i);
                call.addBatch();
            }
            o.see("execute", () -> call.executeBatch());
            o.rows("items", () -> c.createStatement().executeQuery("select name from item order by id"));
        });
    }

    private static void failing(Behaviours b) {
        for (boolean autoCommit : new boolean[] {true, false}) {
            String where = autoCommit ? "in autocommit" : "in a transaction";
            for (int failing : new int[] {0, 2, 4}) {
                b.add("entry " + failing + " of a plain batch fails " + where, (c, o) -> {
                    c.setAutoCommit(autoCommit);
                    Statement s = c.createStatement();
                    for (int i = 0; i < 5; i++) {
                        s.addBatch("insert into item (name, n) values ('batch " + i + "', " + (i == failing ? -1 : i)
                                + ")");
                    }
                    o.see("execute", () -> s.executeBatch());
                    seeAfter(c, o, s);
                });
                b.add("entry " + failing + " of a prepared batch fails " + where, (c, o) -> {
                    c.setAutoCommit(autoCommit);
                    PreparedStatement p = c.prepareStatement("insert into item (name, n) values (?, ?)");
                    for (int round = 0; round < 3; round++) {
                        for (int i = 0; i < 5; i++) {
                            p.setString(1, "batch " + round + " " + i);
                            p.setInt(2, i == failing ? -1 : i);
                            p.addBatch();
                        }
                        o.see("execute " + round, () -> p.executeBatch());
                        seeAfter(c, o, p);
                    }
                    p.setInt(2, -1);
                    p.addBatch();
                    o.see("large", () -> p.executeLargeBatch());
                });
            }
        }
        b.addInTransaction("a batch in a failed transaction", (c, o) -> {
            o.see("fails", () -> c.createStatement().execute("select 1 / 0"));
            PreparedStatement p = insert(c);
            fill(p, 2);
            o.see("execute", () -> p.executeBatch());
        });
        b.add("syntax errors in a batch", (c, o) -> {
            Statement s = c.createStatement();
            s.addBatch("insert into plain values (10, 'a')");
            s.addBatch("insrt into plain values (10, 'a')");
            o.see("plain", () -> s.executeBatch());
            PreparedStatement p = c.prepareStatement("insert into nowhere values (?)");
            p.setInt(1, 1);
            p.addBatch();
            o.see("prepared", () -> p.executeBatch());
            o.rows("rows", () -> rows(c));
        });
    }

    private static void seeAfter(Connection c, Observed o, Statement s) throws SQLException {
        o.see("count", s::getUpdateCount);
        o.see("empty now", () -> s.executeBatch());
        if (!c.getAutoCommit()) {
            o.see("commit", () -> c.commit());
        }
        o.rows("items", () -> c.createStatement().executeQuery("select name, n from item order by name"));
        if (!c.getAutoCommit()) {
            c.rollback();
        }
    }

    private static PreparedStatement insert(Connection c) throws SQLException {
        return c.prepareStatement("insert into plain (a, b) values (?, ?)");
    }

    private static void fill(PreparedStatement p, int rows) throws SQLException {
        for (int i = 0; i < rows; i++) {
            p.setInt(1, 100 + i);
            p.setString(2, "row " + i);
            p.addBatch();
        }
    }

    private static ResultSet rows(Connection c) throws SQLException {
        return c.createStatement().executeQuery("select * from plain order by a, b");
    }
}
