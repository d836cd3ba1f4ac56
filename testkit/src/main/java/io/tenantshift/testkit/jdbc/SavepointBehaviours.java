package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;

/** Savepoints. */
final class SavepointBehaviours {

    private SavepointBehaviours() {}

    static void addTo(Behaviours b) {
        b.addInTransaction("rolling back to one undoes what came after", (c, o) -> {
            insert(c, 10);
            Savepoint savepoint = c.setSavepoint();
            insert(c, 11);
            o.see("rollback", () -> c.rollback(savepoint));
            insert(c, 12);
            o.see("rollback again", () -> c.rollback(savepoint));
            insert(c, 13);
            c.commit();
            o.rows("rows", () -> rows(c));
        });
        b.addInTransaction("set before the first statement", (c, o) -> {
            Savepoint savepoint = c.setSavepoint("first");
            insert(c, 10);
            o.see("rollback", () -> c.rollback(savepoint));
            o.rows("rows", () -> rows(c));
            insert(c, 11);
            o.see("release", () -> c.releaseSavepoint(savepoint));
            c.commit();
            o.rows("after", () -> rows(c));
        });
        b.addInTransaction("a named one has a name, an unnamed one a number", (c, o) -> {
            Savepoint named = c.setSavepoint("here");
            Savepoint unnamed = c.setSavepoint();
            Savepoint second = c.setSavepoint();
            o.see("name", named::getSavepointName);
            o.see("number of the named", named::getSavepointId);
            o.see("name of the unnamed", unnamed::getSavepointName);
            o.see("numbers follow", () -> second.getSavepointId() - unnamed.getSavepointId());
        });
        b.addInTransaction("a name may hold anything", (c, o) -> {
            for (String name : new String[] {"UPPER", "two words", "quo\"te", "it's", "ü", ""}) {
                o.see("set " + name, () -> c.setSavepoint(name).getSavepointName());
                o.see("usable after " + name, () -> c.createStatement().execute("select 1"));
                c.rollback();
            }
            o.see("null", () -> c.setSavepoint(null));
            o.see("usable after null", () -> c.createStatement().execute("select 1"));
        });
        b.add("none in autocommit", (c, o) -> {
            o.see("unnamed", () -> c.setSavepoint());
            o.see("named", () -> c.setSavepoint("x"));
            c.createStatement().execute("select 1");
            o.see("unnamed after a statement", () -> c.setSavepoint());
            o.see("named after a statement", () -> c.setSavepoint("x"));
        });
        b.addInTransaction("a released one is gone", (c, o) -> {
            Savepoint savepoint = c.setSavepoint("s");
            o.see("release", () -> c.releaseSavepoint(savepoint));
            o.see("name", savepoint::getSavepointName);
            o.see("release again", () -> c.releaseSavepoint(savepoint));
            o.see("rollback", () -> c.rollback(savepoint));
            Savepoint unnamed = c.setSavepoint();
            c.releaseSavepoint(unnamed);
            o.see("number", unnamed::getSavepointId);
        });
        b.addInTransaction("nested ones", (c, o) -> {
            Savepoint outer = c.setSavepoint("outer");
            insert(c, 10);
            Savepoint middle = c.setSavepoint();
            insert(c, 11);
            Savepoint inner = c.setSavepoint("inner");
            insert(c, 12);
            o.see("to the middle", () -> c.rollback(middle));
            o.rows("rows", () -> rows(c));
            o.see("inner is gone", () -> c.rollback(inner));
            o.see("to the outer heals", () -> c.rollback(outer));
            o.rows("rows again", () -> rows(c));
            o.see("release outer", () -> c.releaseSavepoint(outer));
            c.commit();
        });
        b.addInTransaction("the same name twice", (c, o) -> {
            Savepoint first = c.setSavepoint("same");
            insert(c, 10);
            Savepoint second = c.setSavepoint("same");
            insert(c, 11);
            c.rollback(first);
            o.rows("rows", () -> rows(c));
            c.releaseSavepoint(second);
            c.rollback(first);
            o.rows("rows again", () -> rows(c));
        });
        b.addInTransaction("one heals a failed transaction", (c, o) -> {
            insert(c, 10);
            Savepoint savepoint = c.setSavepoint();
            o.see("fails", () -> c.createStatement().execute("select 1 / 0"));
            o.see("setting another fails", () -> c.setSavepoint());
            o.see("releasing fails", () -> c.releaseSavepoint(savepoint));
            o.see("rollback", () -> c.rollback(savepoint));
        });
        b.addInTransaction("after healing, work goes on", (c, o) -> {
            insert(c, 10);
            Savepoint savepoint = c.setSavepoint("heal");
            o.see("fails", () -> c.prepareStatement("select 1 / 0").executeQuery());
            c.rollback(savepoint);
            insert(c, 11);
            o.see("commit", () -> c.commit());
            o.rows("rows", () -> rows(c));
        });
        b.addInTransaction("one of an ended transaction is gone", (c, o) -> {
            Savepoint committed = c.setSavepoint("a");
            c.commit();
            o.see("after commit", () -> c.rollback(committed));
            c.rollback();
            Savepoint rolledBack = c.setSavepoint();
            c.rollback();
            o.see("release after rollback", () -> c.releaseSavepoint(rolledBack));
            c.rollback();
            Savepoint before = c.setSavepoint();
            c.setAutoCommit(true);
            o.see("in autocommit", () -> c.rollback(before));
            o.see("release in autocommit", () -> c.releaseSavepoint(before));
            o.rows("usable", () -> rows(c));
        });
        b.addOnSide("one of another connection", (side, o) -> {
            Connection c = side.connect();
            Connection other = side.connect();
            c.setAutoCommit(false);
            other.setAutoCommit(false);
            Savepoint theirs = other.setSavepoint("theirs");
            o.see("rollback", () -> c.rollback(theirs));
            o.see("release", () -> c.releaseSavepoint(theirs));
            o.see("null", () -> c.rollback(null));
            o.see("release null", () -> c.releaseSavepoint(null));
        });
        b.addInTransaction("by statements", (c, o) -> {
            Statement s = c.createStatement();
            o.see("set", () -> s.execute("savepoint mine"));
            insert(c, 10);
            o.see("rollback", () -> s.executeUpdate("rollback to savepoint mine"));
            o.see("release", () -> s.executeUpdate("release mine"));
            o.see("unknown", () -> s.execute("rollback to nowhere"));
            c.rollback();
            o.see("mixed set", () -> s.execute("savepoint \"mixed\""));
            Savepoint same = c.setSavepoint("mixed");
            insert(c, 11);
            c.rollback(same);
            o.rows("rows", () -> rows(c));
        });
        b.addInTransaction("a thousand are set and released", (c, o) -> {
            for (int i = 0; i < 1_000; i++) {
                Savepoint savepoint = c.setSavepoint();
                if (i % 100 == 0) {
                    insert(c, i);
                }
                c.releaseSavepoint(savepoint);
            }
            c.commit();
            o.rows("rows", () -> rows(c));
        });
    }

    private static void insert(Connection c, int number) throws SQLException {
        try (Statement s = c.createStatement()) {
            s.executeUpdate("insert into plain values (" + number + ", 'new')");
        }
    }

    private static java.sql.ResultSet rows(Connection c) throws SQLException {
        return c.createStatement().executeQuery("select a from plain order by a");
    }
}
