package io.tenantshift.testkit.jdbc;

import io.tenantshift.testkit.Actor;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.postgresql.PGConnection;

/** Time-outs and cancelling. A second thread acts when the server is seen to work on the statement. */
final class TimeoutBehaviours {
    private static final String SLEEP = "select pg_sleep(60)";

    private TimeoutBehaviours() {}

    static void addTo(Behaviours b) {
        timeouts(b);
        cancelling(b);
        breaking(b);
    }

    private static void timeouts(Behaviours b) {
        for (Kind kind : Kind.values()) {
            b.add(kind.words() + ": the query time-out ends a statement", (c, o) -> {
                Statement s = kind.make(c, SLEEP);
                s.setQueryTimeout(1);
                long begin = System.nanoTime();
                o.see("sleep", () -> kind.execute(s, SLEEP));
                o.note("in time", Duration.ofNanos(System.nanoTime() - begin).toSeconds() < 20);
                o.see("timeout is kept", s::getQueryTimeout);
                o.rows("usable", () -> c.createStatement().executeQuery("select 1"));
            });
        }
        b.addInTransaction("the query time-out fails the transaction", (c, o) -> {
            Statement s = c.createStatement();
            s.execute("insert into plain values (5, 'x')");
            s.setQueryTimeout(1);
            o.see("sleep", () -> s.execute(SLEEP));
            s.setQueryTimeout(0);
            o.see("next", () -> s.execute("select 1"));
            c.rollback();
            o.see("after rollback", () -> s.execute("select 1"));
        });
        b.add("a statement within its time-out", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?::int");
            p.setQueryTimeout(30);
            for (int i = 0; i < 7; i++) {
                p.setInt(1, i);
                o.rows("query " + i, () -> p.executeQuery());
            }
        });
        b.add("the server's time-out", (c, o) -> {
            Statement s = c.createStatement();
            s.execute("set statement_timeout = '300ms'");
            o.see("sleep", () -> s.execute(SLEEP));
            o.see("show", () -> s.executeQuery("show statement_timeout"));
        });
        b.addOnSide("a lock's time-out", (side, o) -> {
            try (Connection holder = side.outside()) {
                holder.setAutoCommit(false);
                holder.createStatement().execute("update item set n = 5 where id = 1");
                Connection c = side.connect();
                Statement s = c.createStatement();
                s.execute("set lock_timeout = '300ms'");
                o.see("update", () -> s.executeUpdate("update item set n = 6 where id = 1"));
                o.see("nowait", () -> s.executeQuery("select * from item where id = 1 for update nowait"));
                o.rows("skip", () -> s.executeQuery("select id from item order by id for update skip locked"));
                holder.rollback();
            }
        });
        b.add("the network time-out breaks the connection", (c, o) -> {
            c.createStatement().execute("select 1");
            c.setNetworkTimeout(Runnable::run, 200);
            o.see("timeout", c::getNetworkTimeout);
            o.see("sleep", () -> c.createStatement().execute("select pg_sleep(2)"));
            o.see("closed", c::isClosed);
            o.see("valid", () -> c.isValid(1));
            o.see("next", () -> c.createStatement().execute("select 1"));
        });
        b.add("a network time-out set before the first statement", (c, o) -> {
            c.setNetworkTimeout(Runnable::run, 200);
            o.see("sleep", () -> c.createStatement().execute("select pg_sleep(2)"));
            o.see("closed", c::isClosed);
        });
    }

    private static void cancelling(Behaviours b) {
        for (Kind kind : Kind.values()) {
            b.addOnSide(kind.words() + ": cancelled by another thread", (side, o) -> {
                Connection c = side.connect();
                Statement s = kind.make(c, SLEEP);
                Actor<Boolean> canceller = Actor.run("canceller", () -> {
                    side.awaitRunning(SLEEP, null);
                    s.cancel();
                });
                o.see("sleep", () -> kind.execute(s, SLEEP));
                o.see("cancelled", () -> canceller.await());
                o.rows("usable", () -> c.createStatement().executeQuery("select 1"));
                o.see("same statement", () -> s.getUpdateCount());
            });
        }
        b.add("cancelling what does not run", (c, o) -> {
            Statement s = c.createStatement();
            o.see("fresh", () -> s.cancel());
            o.rows("query", () -> s.executeQuery("select 1"));
            o.see("done", () -> s.cancel());
            o.rows("query again", () -> s.executeQuery("select 1"));
            s.close();
            o.see("closed", () -> s.cancel());
        });
        b.addOnSide("cancelled while it waits for a lock, in a transaction", (side, o) -> {
            try (Connection holder = side.outside()) {
                holder.setAutoCommit(false);
                holder.createStatement().execute("update item set n = 5 where id = 1");
                Connection c = side.connect();
                c.setAutoCommit(false);
                PreparedStatement p = c.prepareStatement("update item set n = n + 100 where id = ?");
                p.setInt(1, 1);
                Actor<Boolean> canceller = Actor.run("canceller", () -> {
                    side.awaitRunning("set n = n + 100", "Lock");
                    p.cancel();
                });
                o.see("update", () -> p.executeUpdate());
                canceller.await();
                o.see("next", () -> c.createStatement().execute("select 1"));
                c.rollback();
                holder.rollback();
                o.see("again", () -> p.executeUpdate());
            }
        });
        b.addOnSide("a batch is cancelled", (side, o) -> {
            Connection c = side.connect();
            Statement s = c.createStatement();
            s.addBatch("insert into plain values (9, 'before')");
            s.addBatch("do $$ begin perform pg_sleep(60); end $$");
            s.addBatch("insert into plain values (9, 'after')");
            Actor<Boolean> canceller = Actor.run("canceller", () -> {
                side.awaitRunning("pg_sleep(60)", null);
                s.cancel();
            });
            o.see("execute", () -> s.executeBatch());
            canceller.await();
            o.rows("rows", () -> c.createStatement().executeQuery("select * from plain order by a"));
        });
        b.addOnSide("cancelled by the driver's own connection", (side, o) -> {
            Connection c = side.connect();
            PGConnection pg = c.unwrap(PGConnection.class);
            Actor<Boolean> canceller = Actor.run("canceller", () -> {
                side.awaitRunning(SLEEP, null);
                pg.cancelQuery();
            });
            o.see("sleep", () -> c.createStatement().execute(SLEEP));
            canceller.await();
        });
        b.addOnSide("closing a statement that runs", (side, o) -> {
            Connection c = side.connect();
            Statement s = c.createStatement();
            Actor<Boolean> closer = Actor.run("closer", () -> {
                side.awaitRunning("pg_sleep(3)", null);
                s.close();
            });
            o.see("sleep", () -> s.execute("select pg_sleep(3)"));
            closer.await();
            o.see("closed", s::isClosed);
            o.see("usable", () -> c.createStatement().execute("select 1"));
        });
    }

    private static void breaking(Behaviours b) {
        b.addOnSide("aborted by another thread", (side, o) -> {
            Connection c = side.connect();
            Actor<Boolean> aborter = Actor.run("aborter", () -> {
                side.awaitRunning(SLEEP, null);
                c.abort(Runnable::run);
            });
            o.see("sleep", () -> failed(() -> c.createStatement().execute(SLEEP)));
            aborter.await();
            o.see("closed", c::isClosed);
            o.see("next", () -> c.createStatement());
            o.see("close", () -> c.close());
            side.endRunning(SLEEP);
        });
        b.addOnSide("the server ends the connection", (side, o) -> {
            Connection c = side.connect();
            int pid = pid(c);
            Statement s = c.createStatement();
            PreparedStatement p = c.prepareStatement("select 1");
            side.endBackend(pid);
            o.see("statement", () -> s.execute("select 1"));
            o.see("closed", c::isClosed);
            o.see("valid", () -> c.isValid(1));
            o.see("again", () -> s.execute("select 1"));
            o.see("prepared", () -> p.executeQuery());
            o.see("create", () -> c.createStatement());
            o.see("commit", () -> c.commit());
            o.see("close", () -> c.close());
        });
        b.addOnSide("the server ends the connection in a transaction", (side, o) -> {
            Connection c = side.connect();
            c.setAutoCommit(false);
            Statement s = c.createStatement();
            s.execute("insert into plain values (8, 'lost')");
            int pid = pid(c);
            side.endBackend(pid);
            o.see("commit", () -> c.commit());
            o.see("closed", c::isClosed);
            o.see("rollback", () -> c.rollback());
            o.see("close", () -> c.close());
            o.rows("rows", () -> side.connect().createStatement().executeQuery("select count(*) from plain"));
        });
        b.addOnSide("the server ends the connection while a statement runs", (side, o) -> {
            Connection c = side.connect();
            int pid = pid(c);
            Actor<Boolean> killer = Actor.run("killer", () -> {
                side.awaitRunning(SLEEP, null);
                side.outside("select pg_terminate_backend(" + pid + ")");
            });
            o.see("sleep", () -> c.createStatement().execute(SLEEP));
            killer.await();
            o.see("closed", c::isClosed);
        });
    }

    /** Whether a call fails: how it does depends on which of two threads is first. */
    private static boolean failed(Observed.Action call) throws Exception {
        try {
            call.run();
            return false;
        } catch (SQLException expected) {
            return true;
        }
    }

    private static int pid(Connection c) throws SQLException {
        try (Statement s = c.createStatement();
                var r = s.executeQuery("select pg_backend_pid()")) {
            r.next();
            return r.getInt(1);
        }
    }
}
