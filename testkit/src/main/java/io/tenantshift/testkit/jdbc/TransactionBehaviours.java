package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Where transactions begin and end, and what is seen of them. */
final class TransactionBehaviours {
    private static final String COUNT = "select count(*) from plain";

    private TransactionBehaviours() {}

    static void addTo(Behaviours b) {
        ends(b);
        isolation(b);
        bySql(b);
    }

    private static void ends(Behaviours b) {
        b.add("commit and rollback are refused in autocommit", (c, o) -> {
            o.see("commit", () -> c.commit());
            o.see("rollback", () -> c.rollback());
            c.createStatement().execute("select 1");
            o.see("commit after a statement", () -> c.commit());
            o.see("rollback after a statement", () -> c.rollback());
        });
        b.addInTransaction("an empty transaction can be ended", (c, o) -> {
            o.see("commit", () -> c.commit());
            o.see("commit again", () -> c.commit());
            o.see("rollback", () -> c.rollback());
            o.see("rollback again", () -> c.rollback());
        });
        b.addOnSide("others see a transaction when it has committed", (side, o) -> {
            Connection c = side.connect();
            Connection other = side.connect();
            c.setAutoCommit(false);
            o.see("insert", () -> insert(c));
            o.rows("own", () -> query(c, COUNT));
            o.rows("other", () -> query(other, COUNT));
            c.commit();
            o.rows("other after commit", () -> query(other, COUNT));
            o.see("insert again", () -> insert(c));
            c.rollback();
            o.rows("own after rollback", () -> query(c, COUNT));
        });
        b.addOnSide("closing rolls back", (side, o) -> {
            Connection c = side.connect();
            c.setAutoCommit(false);
            insert(c);
            o.see("close", () -> c.close());
            o.rows("other", () -> query(side.connect(), COUNT));
        });
        b.addOnSide("switching autocommit on commits", (side, o) -> {
            Connection c = side.connect();
            c.setAutoCommit(false);
            insert(c);
            o.see("same again", () -> c.setAutoCommit(false));
            Connection other = side.connect();
            o.rows("other before", () -> query(other, COUNT));
            o.see("on", () -> c.setAutoCommit(true));
            o.rows("other after", () -> query(other, COUNT));
            o.see("on again", () -> c.setAutoCommit(true));
        });
        b.addInTransaction("a failed transaction only rolls back", (c, o) -> {
            insert(c);
            o.see("fails", () -> c.createStatement().execute("select 1 / 0"));
            o.see("next", () -> c.createStatement().execute("select 1"));
            o.see("prepared", () -> c.prepareStatement("select 1").executeQuery());
            o.see("rollback", () -> c.rollback());
            o.rows("works again", () -> query(c, COUNT));
        });
        b.addInTransaction("the commit of a failed transaction says so", (c, o) -> {
            insert(c);
            o.see("fails", () -> c.createStatement().execute("insert into plain values ('x', 1)"));
            o.see("commit", () -> c.commit());
            o.rows("nothing is kept", () -> query(c, COUNT));
            o.see("commit again", () -> c.commit());
        });
        b.addInTransaction("switching autocommit on in a failed transaction", (c, o) -> {
            insert(c);
            o.see("fails", () -> c.createStatement().execute("select nowhere"));
            o.see("on", () -> c.setAutoCommit(true));
            o.see("is on", c::getAutoCommit);
            o.rows("rows", () -> query(c, COUNT));
        });
        b.addInTransaction("a deferred constraint fails at commit", (c, o) -> {
            c.createStatement().execute("insert into composite_child values (1, 1, 'no')");
            o.see("commit", () -> c.commit());
            o.rows("gone", () -> query(c, "select count(*) from composite_child"));
            o.see("usable", () -> insert(c));
            o.see("commit again", () -> c.commit());
        });
        b.addInTransaction("DDL is part of the transaction", (c, o) -> {
            Statement s = c.createStatement();
            s.execute("create table scratch.t (a int)");
            s.execute("insert into scratch.t values (1)");
            c.rollback();
            o.see("gone", () -> s.execute("select * from scratch.t"));
            c.rollback();
            s.execute("create table scratch.t (a int)");
            c.commit();
            o.rows("there", () -> s.executeQuery("select * from scratch.t"));
        });
        b.add("statements that allow no transaction work in autocommit only", (c, o) -> {
            Statement s = c.createStatement();
            o.see("vacuum", () -> s.execute("vacuum plain"));
            c.setAutoCommit(false);
            o.see("vacuum in a transaction", () -> s.execute("vacuum plain"));
            c.rollback();
            o.see("reindex concurrently", () -> s.execute("reindex index concurrently item_by_price"));
        });
        b.add("a procedure that commits works in autocommit only", (c, o) -> {
            Statement s = c.createStatement();
            o.see("call", () -> s.execute("call commit_inside()"));
            o.rows("kept", () -> s.executeQuery("select * from plain order by a"));
            c.setAutoCommit(false);
            o.see("call in a transaction", () -> s.execute("call commit_inside()"));
        });
    }

    private static void isolation(Behaviours b) {
        for (int level : new int[] {
            Connection.TRANSACTION_READ_COMMITTED,
            Connection.TRANSACTION_REPEATABLE_READ,
            Connection.TRANSACTION_SERIALIZABLE
        }) {
            b.addOnSide("isolation level " + level + " sees what it should of another's commit", (side, o) -> {
                Connection c = side.connect();
                c.setTransactionIsolation(level);
                c.setAutoCommit(false);
                o.rows("before", () -> query(c, COUNT));
                side.outside("insert into plain values (50, 'other')");
                o.rows("after", () -> query(c, COUNT));
                c.commit();
                o.rows("next transaction", () -> query(c, COUNT));
            });
            b.addOnSide("isolation level " + level + " on a row that another has changed", (side, o) -> {
                Connection c = side.connect();
                c.setAutoCommit(false);
                c.setTransactionIsolation(level);
                o.rows("before", () -> query(c, "select n from item where id = 1"));
                side.outside("update item set n = n + 10 where id = 1");
                o.see("update", () -> c.createStatement().executeUpdate("update item set n = n + 1 where id = 1"));
                o.see("commit", () -> c.commit());
                c.setAutoCommit(true);
                o.rows("after", () -> query(c, "select n from item where id = 1"));
            });
        }
        b.addInTransaction("a read-only transaction refuses writes", (c, o) -> {
            c.setReadOnly(true);
            o.see("insert", () -> insert(c));
            c.rollback();
            o.rows("read", () -> query(c, COUNT));
            o.see("sequence", () -> query(c, "select nextval('counter')"));
            c.rollback();
            c.setReadOnly(false);
            o.see("insert again", () -> insert(c));
        });
        b.add("read only in autocommit", (c, o) -> {
            c.setReadOnly(true);
            o.see("insert", () -> insert(c));
            o.see("isReadOnly", c::isReadOnly);
            o.rows("rows", () -> query(c, COUNT));
        });
    }

    private static void bySql(Behaviours b) {
        b.addOnSide("begin and commit as statements, in autocommit", (side, o) -> {
            Connection c = side.connect();
            Statement s = c.createStatement();
            o.see("begin", () -> s.execute("begin"));
            insert(c);
            o.rows("other", () -> query(side.connect(), COUNT));
            o.see("autocommit", c::getAutoCommit);
            o.see("commit", () -> s.execute("commit"));
            o.rows("other after", () -> query(side.connect(), COUNT));
            s.execute("start transaction isolation level serializable");
            o.rows("level", () -> query(c, "show transaction_isolation"));
            insert(c);
            s.execute("rollback");
            o.rows("rolled back", () -> query(c, COUNT));
        });
        b.addOnSide("commit and rollback as statements, in a transaction", (side, o) -> {
            Connection c = side.connect();
            c.setAutoCommit(false);
            Statement s = c.createStatement();
            insert(c);
            o.see("commit", () -> s.execute("commit"));
            o.rows("other", () -> query(side.connect(), COUNT));
            insert(c);
            o.see("rollback", () -> s.executeUpdate("rollback"));
            o.see("commit method", () -> c.commit());
            o.rows("rows", () -> query(c, COUNT));
        });
        b.add("a string of several statements is one transaction", (c, o) -> {
            Statement s = c.createStatement();
            o.see("fails", () -> s.execute("insert into plain values (7, 'a'); select 1 / 0"));
            o.rows("nothing", () -> query(c, COUNT));
            o.see("own transaction", () -> s.execute("begin; insert into plain values (7, 'a'); commit; select 1 / 0"));
            o.rows("one", () -> query(c, COUNT));
        });
        b.addInTransaction("characteristics by statement hold for the transaction", (c, o) -> {
            Statement s = c.createStatement();
            s.execute("set transaction isolation level serializable, read only");
            o.rows("level", () -> query(c, "show transaction_isolation"));
            o.see("getter", c::getTransactionIsolation);
            o.see("insert", () -> insert(c));
            c.rollback();
            o.rows("next", () -> query(c, "show transaction_isolation"));
        });
        b.addInTransaction("local settings end with the transaction, others are rolled back", (c, o) -> {
            Statement s = c.createStatement();
            s.execute("set local my.setting = 'local'");
            s.execute("set my.other = 'session'");
            o.rows("inside", () -> query(c, "select current_setting('my.setting'), current_setting('my.other')"));
            c.rollback();
            o.rows(
                    "rolled back",
                    () -> query(c, "select current_setting('my.setting', true), current_setting('my.other', true)"));
            s.execute("set my.other = 'session'");
            c.commit();
            o.rows("kept", () -> query(c, "select current_setting('my.other', true)"));
        });
        b.add("temporary tables belong to the connection", (c, o) -> {
            Statement s = c.createStatement();
            s.execute("create temporary table mine (a int)");
            o.see("insert", () -> s.executeUpdate("insert into mine values (1), (2)"));
            o.rows("rows", () -> query(c, "select * from mine"));
            c.setAutoCommit(false);
            s.execute("create temporary table fleeting (a int) on commit drop");
            s.execute("insert into fleeting values (3)");
            o.rows("fleeting", () -> query(c, "select * from fleeting"));
            c.commit();
            o.see("fleeting gone", () -> query(c, "select * from fleeting"));
        });
        b.add("session locks belong to the connection", (c, o) -> {
            o.rows("lock", () -> query(c, "select pg_try_advisory_lock(7)"));
            o.rows("again", () -> query(c, "select pg_try_advisory_lock(7)"));
            o.rows("unlock", () -> query(c, "select pg_advisory_unlock(7), pg_advisory_unlock(7)"));
            o.rows("none left", () -> query(c, "select pg_advisory_unlock(7)"));
        });
        b.addInTransaction("two-phase commit by statements", (c, o) -> {
            Statement s = c.createStatement();
            insert(c);
            o.see("prepare", () -> s.execute("prepare transaction 'contract " + c.getCatalog() + "'"));
            c.rollback();
            c.setAutoCommit(true);
            o.rows("not yet", () -> query(c, COUNT));
            o.see("commit prepared", () -> s.execute("commit prepared 'contract " + c.getCatalog() + "'"));
            o.rows("now", () -> query(c, COUNT));
        });
    }

    private static int insert(Connection c) throws SQLException {
        try (Statement s = c.createStatement()) {
            return s.executeUpdate("insert into plain values (9, 'z')");
        }
    }

    private static java.sql.ResultSet query(Connection c, String sql) throws SQLException {
        return c.createStatement().executeQuery(sql);
    }
}
