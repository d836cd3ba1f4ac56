package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Results that are fetched in parts, held over commits, closed by what follows. */
final class CursorBehaviours {
    private static final String THOUSAND = "select n from generate_series(1, 1000) n";

    private CursorBehaviours() {}

    static void addTo(Behaviours b) {
        fetching(b);
        ends(b);
        holding(b);
    }

    private static void fetching(Behaviours b) {
        for (int size : new int[] {0, 1, 100, 999, 1000, 5000}) {
            b.addInTransaction("a thousand rows with fetch size " + size, (c, o) -> {
                Statement s = c.createStatement();
                s.setFetchSize(size);
                ResultSet r = s.executeQuery(THOUSAND);
                o.see("fetch size", r::getFetchSize);
                o.see("before first", r::isBeforeFirst);
                o.see("sum", () -> sum(r, Integer.MAX_VALUE));
                o.see("after last", r::isAfterLast);
                o.see("row", r::getRow);
            });
        }
        b.addInTransaction("the server holds the rest", (c, o) -> {
            Statement s = c.createStatement();
            s.setFetchSize(10);
            ResultSet r = s.executeQuery(THOUSAND);
            o.see("some", () -> sum(r, 25));
            o.rows(
                    "portals",
                    () -> c.createStatement()
                            .executeQuery(
                                    "select count(*) from pg_cursors where statement like '%generate_series(1, 1000)%'"));
            o.see("rest", () -> sum(r, Integer.MAX_VALUE));
            o.rows(
                    "portals after",
                    () -> c.createStatement()
                            .executeQuery(
                                    "select count(*) from pg_cursors where statement like '%generate_series(1, 1000)%'"));
        });
        b.add("in autocommit all is fetched at once", (c, o) -> {
            Statement s = c.createStatement();
            s.setFetchSize(10);
            ResultSet r = s.executeQuery(THOUSAND);
            o.see("some", () -> sum(r, 25));
            o.rows("other", () -> c.createStatement().executeQuery("select count(*) from pg_cursors"));
            o.see("rest", () -> sum(r, Integer.MAX_VALUE));
        });
        b.addInTransaction("the fetch size changes on the way", (c, o) -> {
            Statement s = c.createStatement();
            s.setFetchSize(10);
            ResultSet r = s.executeQuery(THOUSAND);
            o.see("some", () -> sum(r, 5));
            o.see("more at once", () -> r.setFetchSize(500));
            o.see("some more", () -> sum(r, 20));
            o.see("all at once", () -> r.setFetchSize(0));
            o.see("rest", () -> sum(r, Integer.MAX_VALUE));
        });
        b.addInTransaction("two results are read in turns", (c, o) -> {
            Statement one = c.createStatement();
            Statement two = c.createStatement();
            one.setFetchSize(3);
            two.setFetchSize(4);
            ResultSet first = one.executeQuery(THOUSAND);
            ResultSet second = two.executeQuery(THOUSAND);
            for (int i = 0; i < 5; i++) {
                o.see("first " + i, () -> sum(first, 7));
                o.see("second " + i, () -> sum(second, 11));
            }
        });
        b.addInTransaction("max rows with a fetch size", (c, o) -> {
            for (int max : new int[] {5, 10, 15}) {
                Statement s = c.createStatement();
                s.setFetchSize(10);
                s.setMaxRows(max);
                o.see("sum of " + max, () -> sum(s.executeQuery(THOUSAND), Integer.MAX_VALUE));
            }
        });
        b.addInTransaction("an error in a later part", (c, o) -> {
            Statement s = c.createStatement();
            s.setFetchSize(10);
            ResultSet r = s.executeQuery("select 1 / (25 - n) from generate_series(1, 100) n");
            o.see("all", () -> sum(r, Integer.MAX_VALUE));
            o.see("next", r::next);
            o.see("closed", r::isClosed);
            o.see("state", () -> c.createStatement().execute("select 1"));
            c.rollback();
            o.see("next after rollback", r::next);
        });
        b.addInTransaction("a prepared statement with a fetch size, many times", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select n from generate_series(1, ?) n");
            p.setFetchSize(2);
            for (int i = 0; i < 10; i++) {
                p.setInt(1, i);
                o.see("sum " + i, () -> sum(p.executeQuery(), Integer.MAX_VALUE));
            }
        });
        b.addInTransaction("rows are changed while they are read", (c, o) -> {
            Statement s = c.createStatement();
            s.setFetchSize(1);
            ResultSet r = s.executeQuery("select id, n from item order by id");
            try (Statement change = c.createStatement()) {
                while (r.next()) {
                    o.note("read", r.getInt(2));
                    change.executeUpdate("update item set n = n + 100");
                }
            }
            o.rows("after", () -> c.createStatement().executeQuery("select n from item order by id"));
        });
    }

    private static void ends(Behaviours b) {
        b.addInTransaction("commit ends a fetched result", (c, o) -> afterEnd(c, o, () -> c.commit()));
        b.addInTransaction("rollback ends a fetched result", (c, o) -> afterEnd(c, o, () -> c.rollback()));
        b.addInTransaction("autocommit ends a fetched result", (c, o) -> afterEnd(c, o, () -> c.setAutoCommit(true)));
        b.addInTransaction("a savepoint's rollback ends a fetched result", (c, o) -> {
            var savepoint = c.setSavepoint();
            afterEnd(c, o, () -> c.rollback(savepoint));
        });
        b.addInTransaction("closing the statement ends a fetched result", (c, o) -> {
            Statement s = c.createStatement();
            s.setFetchSize(10);
            ResultSet r = s.executeQuery(THOUSAND);
            r.next();
            s.close();
            o.see("closed", r::isClosed);
            o.see("next", r::next);
            o.rows(
                    "portals",
                    () -> c.createStatement()
                            .executeQuery(
                                    "select count(*) from pg_cursors where statement like '%generate_series(1, 1000)%'"));
        });
        b.addInTransaction("executing again ends a fetched result", (c, o) -> {
            PreparedStatement p = c.prepareStatement(THOUSAND);
            p.setFetchSize(10);
            ResultSet first = p.executeQuery();
            o.see("some", () -> sum(first, 15));
            ResultSet second = p.executeQuery();
            o.see("first", first::isClosed);
            o.see("second", () -> sum(second, Integer.MAX_VALUE));
        });
    }

    private static void afterEnd(Connection c, Observed o, Observed.Action end) throws Exception {
        Statement s = c.createStatement();
        s.setFetchSize(10);
        ResultSet r = s.executeQuery(THOUSAND);
        o.see("some", () -> sum(r, 15));
        o.see("end", end);
        o.see("closed", r::isClosed);
        o.see("fetched part", () -> sum(r, 5));
        o.see("next part", () -> sum(r, Integer.MAX_VALUE));
        o.see("usable", () -> c.createStatement().execute("select 1"));
    }

    private static void holding(Behaviours b) {
        for (int hold : new int[] {ResultSet.HOLD_CURSORS_OVER_COMMIT, ResultSet.CLOSE_CURSORS_AT_COMMIT}) {
            b.addInTransaction("holdability " + hold + " over a commit", (c, o) -> {
                Statement s = c.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY, hold);
                s.setFetchSize(10);
                ResultSet r = s.executeQuery(THOUSAND);
                o.see("holdability", r::getHoldability);
                o.see("some", () -> sum(r, 15));
                o.see("commit", () -> c.commit());
                o.see("closed", r::isClosed);
                o.see("rest", () -> sum(r, Integer.MAX_VALUE));
            });
            b.addInTransaction("a connection's holdability " + hold + " over a commit", (c, o) -> {
                c.setHoldability(hold);
                Statement s = c.createStatement();
                o.see("holdability", s::getResultSetHoldability);
                s.setFetchSize(10);
                ResultSet r = s.executeQuery(THOUSAND);
                c.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT);
                c.commit();
                o.see("rest", () -> sum(r, Integer.MAX_VALUE));
            });
        }
        b.addInTransaction("a cursor by statements", (c, o) -> {
            Statement s = c.createStatement();
            o.see("declare", () -> s.execute("declare mine scroll cursor with hold for " + THOUSAND));
            o.rows("fetch", () -> s.executeQuery("fetch 3 from mine"));
            o.see("move", () -> s.executeUpdate("move 10 in mine"));
            o.rows("fetch after the move", () -> s.executeQuery("fetch 2 from mine"));
            c.commit();
            o.rows("fetch after the commit", () -> s.executeQuery("fetch backward 1 from mine"));
            o.see("close", () -> s.execute("close mine"));
            o.see("fetch after close", () -> s.executeQuery("fetch 1 from mine"));
        });
        b.addInTransaction("update at a cursor's place", (c, o) -> {
            Statement s = c.createStatement();
            s.execute("declare place cursor for select id from item order by id for update");
            o.rows("fetch", () -> s.executeQuery("fetch 1 from place"));
            o.see("update", () -> s.executeUpdate("update item set n = 99 where current of place"));
            o.rows("items", () -> s.executeQuery("select n from item order by id"));
        });
        b.addInTransaction("a cursor that a function has opened", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery("select item_cursor() as cur");
            r.next();
            ResultSet inner = (ResultSet) r.getObject("cur");
            o.see("its statement", () -> inner.getStatement() != null);
            o.see("its connection", () -> inner.getStatement().getConnection() == c);
            o.table("rows", () -> inner);
            o.table("again", () -> (ResultSet) r.getObject(1));
            o.see("name", () -> r.getString(1) != null);
        });
        b.add("a cursor that a function has opened, in autocommit", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery("select item_cursor() as cur");
            r.next();
            o.see("as object", () -> r.getObject(1));
        });
    }

    private static long sum(ResultSet r, int most) throws SQLException {
        long sum = 0;
        for (int i = 0; i < most && r.next(); i++) {
            sum += r.getLong(1);
        }
        return sum;
    }
}
