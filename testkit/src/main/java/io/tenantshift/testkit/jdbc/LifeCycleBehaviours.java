package io.tenantshift.testkit.jdbc;

import java.lang.reflect.Method;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** What is left of an object once it is closed: itself, or what it belongs to. */
final class LifeCycleBehaviours {
    private static final String QUERY = "select id, name from item order by id";

    /** These end what the other calls are made on, or wait. */
    private static final Set<String> APART =
            Set.of("abort", "close", "equals", "hashCode", "toString", "notify", "notifyAll", "wait", "getClass");

    private LifeCycleBehaviours() {}

    static void addTo(Behaviours b) {
        closing(b);
        closed(b);
    }

    private static void closing(Behaviours b) {
        b.add("a connection closes what belongs to it", (c, o) -> {
            Statement s = c.createStatement();
            ResultSet r = s.executeQuery(QUERY);
            PreparedStatement p = c.prepareStatement(QUERY);
            ResultSet ofP = p.executeQuery();
            CallableStatement call = c.prepareCall("{call nothing()}");
            ResultSet listing = c.getMetaData().getSchemas();
            o.see("before", () -> r.next() && ofP.next() && listing.next());
            o.see("close", () -> c.close());
            o.see("closed", c::isClosed);
            o.see("statement", s::isClosed);
            o.see("prepared", p::isClosed);
            o.see("callable", call::isClosed);
            o.see("result", r::isClosed);
            o.see("prepared result", ofP::isClosed);
            o.see("listing", listing::isClosed);
            o.see("use statement", () -> s.execute("select 1"));
            o.see("use prepared", () -> p.executeQuery());
            o.see("use result", r::next);
            o.see("close again", () -> c.close());
            o.see("close statement", () -> s.close());
            o.see("close result", () -> r.close());
        });
        b.add("a statement closes its results", (c, o) -> {
            Statement s = c.createStatement();
            ResultSet r = s.executeQuery(QUERY);
            r.next();
            o.see("close", () -> s.close());
            o.see("closed", s::isClosed);
            o.see("result", r::isClosed);
            o.see("value", () -> r.getInt(1));
            o.see("close again", () -> s.close());
            o.see("close result", () -> r.close());
        });
        b.add("a result closes alone", (c, o) -> {
            Statement s = c.createStatement();
            ResultSet r = s.executeQuery(QUERY);
            o.see("close", () -> r.close());
            o.see("close again", () -> r.close());
            o.see("statement", s::isClosed);
            o.see("its result", s::getResultSet);
            o.rows("again", () -> s.executeQuery(QUERY));
        });
        b.add("try with resources, in every order", (c, o) -> {
            try (Statement s = c.createStatement();
                    ResultSet r = s.executeQuery(QUERY)) {
                o.see("next", r::next);
                s.close();
                o.see("closed", r::isClosed);
            }
            try (PreparedStatement p = c.prepareStatement(QUERY);
                    ResultSet r = p.executeQuery()) {
                o.see("prepared next", r::next);
            }
            o.see("usable", () -> c.createStatement().execute("select 1"));
        });
        b.addOnSide("aborted", (side, o) -> {
            Connection c = side.connect();
            c.setAutoCommit(false);
            Statement s = c.createStatement();
            s.execute("insert into plain values (8, 'lost')");
            o.see("no executor", () -> c.abort(null));
            o.see("abort", () -> c.abort(Runnable::run));
            o.see("closed", c::isClosed);
            o.see("statement", s::isClosed);
            o.see("execute", () -> s.execute("select 1"));
            o.see("commit", () -> c.commit());
            o.see("valid", () -> c.isValid(1));
            o.see("abort again", () -> c.abort(Runnable::run));
            o.see("close", () -> c.close());
        });
        b.addOnSide("aborted before the first statement", (side, o) -> {
            Connection c = side.connect();
            o.see("abort", () -> c.abort(Runnable::run));
            o.see("closed", c::isClosed);
            o.see("use", () -> c.createStatement());
            o.see("close", () -> c.close());
        });
        b.addOnSide("closed while a result is being fetched", (side, o) -> {
            Connection c = side.connect();
            c.setAutoCommit(false);
            Statement s = c.createStatement();
            s.setFetchSize(2);
            ResultSet r = s.executeQuery("select n from generate_series(1, 100) n");
            r.next();
            o.see("close", () -> c.close());
            o.see("result", r::isClosed);
            o.see("next", r::next);
            o.rows("another connection", () -> side.connect().createStatement().executeQuery(QUERY));
        });
        b.addOnSide("many connections one after the other", (side, o) -> {
            for (int i = 0; i < 20; i++) {
                try (Connection c = side.dataSource().getConnection();
                        Statement s = c.createStatement()) {
                    if (i % 5 == 0) {
                        c.setReadOnly(true);
                    } else if (i % 3 == 0) {
                        c.setAutoCommit(false);
                        s.execute("insert into plain values (" + i + ", 'left open')");
                        s.execute("set my.leftover = 'behind'");
                    }
                    ConnectionBehaviours.seeState(c, o);
                    o.rows(
                            "count " + i,
                            () -> s.executeQuery(
                                    "select count(*), coalesce(current_setting('my.leftover', true), '') = '' from plain"));
                }
            }
        });
        b.addOnSide("nothing of one connection is seen by the next", (side, o) -> {
            try (Connection c = side.dataSource().getConnection();
                    Statement s = c.createStatement()) {
                s.execute("set search_path to scratch; set time zone 'Pacific/Chatham'; set my.setting = 'x'");
                s.execute("create temporary table mine (a int)");
                s.execute("select pg_advisory_lock(99)");
                s.execute("listen news");
                s.execute("set role pg_monitor");
                s.execute("declare held cursor with hold for select 1");
                s.execute("prepare by_hand as select 1");
            } catch (java.sql.SQLException e) {
                o.fail("dirtying", e);
            }
            for (int i = 0; i < 3; i++) {
                Connection next = side.connect();
                o.rows(
                        "settings",
                        () -> next.createStatement()
                                .executeQuery("select current_setting('search_path'), current_setting('timezone'),"
                                        + " coalesce(current_setting('my.setting', true), '') = '', to_regclass('mine'), current_user = session_user,"
                                        + " (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()),"
                                        + " (select count(*) from pg_listening_channels()),"
                                        + " (select count(*) from pg_cursors where name = 'held'),"
                                        + " (select count(*) from pg_prepared_statements where name = 'by_hand')"));
            }
        });
    }

    private static void closed(Behaviours b) {
        b.addSweep("every method of a closed connection", (c, o) -> {
            c.close();
            sweep(o, Connection.class, c, method -> true);
        });
        b.addSweep("every method of a connection closed after use", (c, o) -> {
            c.createStatement().execute("select 1");
            c.close();
            sweep(o, Connection.class, c, method -> true);
        });
        b.addSweep("every method of an aborted connection", (c, o) -> {
            c.abort(Runnable::run);
            sweep(o, Connection.class, c, method -> true);
        });
        b.addSweep("every method of a closed statement", (c, o) -> {
            Statement s = c.createStatement();
            s.executeQuery(QUERY);
            s.close();
            sweep(o, Statement.class, s, method -> true);
        });
        b.addSweep("every method of a closed prepared statement", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?");
            p.close();
            sweep(o, PreparedStatement.class, p, method -> true);
        });
        b.addSweep("every method of a prepared statement closed after use", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?::text");
            p.setString(1, "x");
            p.executeQuery();
            p.close();
            sweep(o, PreparedStatement.class, p, method -> true);
        });
        b.addSweep("every method of a closed callable statement", (c, o) -> {
            CallableStatement call = c.prepareCall("{? = call add(?, ?)}");
            call.close();
            sweep(o, CallableStatement.class, call, method -> true);
        });
        b.addSweep("every method of a statement of a closed connection", (c, o) -> {
            Statement s = c.createStatement();
            s.executeQuery(QUERY);
            c.close();
            sweep(o, Statement.class, s, method -> true);
        });
        b.addSweep("every method of a prepared statement of a closed connection", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?");
            c.close();
            sweep(o, PreparedStatement.class, p, method -> true);
        });
        b.addSweep("every method of a closed result", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery(QUERY);
            r.next();
            r.close();
            sweep(o, ResultSet.class, r, method -> true);
        });
        b.addSweep("every method of a closed updatable result", (c, o) -> {
            ResultSet r = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)
                    .executeQuery(QUERY);
            r.next();
            r.close();
            sweep(o, ResultSet.class, r, method -> true);
        });
        b.addSweep("every method of a result of a closed connection", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery(QUERY);
            r.next();
            c.close();
            sweep(o, ResultSet.class, r, method -> true);
        });
        b.addSweep("every method of a result before its first row", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery(QUERY);
            sweep(o, ResultSet.class, r, method -> !method.getName().matches("next|getMetaData|getStatement"));
        });
        b.addSweep("every listing of a closed connection", (c, o) -> {
            DatabaseMetaData meta = c.getMetaData();
            c.close();
            sweep(o, DatabaseMetaData.class, meta, method -> method.getReturnType() == ResultSet.class);
        });
        b.addSweep("every property asked of a closed connection", (c, o) -> {
            DatabaseMetaData meta = c.getMetaData();
            c.close();
            sweep(o, DatabaseMetaData.class, meta, method -> method.getReturnType() != ResultSet.class);
        });
        b.addSweep("every method of a connection in a failed transaction", (c, o) -> {
            c.setAutoCommit(false);
            o.see("fails", () -> c.createStatement().execute("select 1 / 0"));
            sweep(
                    o,
                    Connection.class,
                    c,
                    method -> !method.getName().matches("commit|rollback|setAutoCommit|setNetworkTimeout"));
            o.see("still failed", () -> c.createStatement().execute("select 1"));
        });
    }

    private static void sweep(Observed o, Class<?> type, Object target, Predicate<Method> wanted) {
        List<Method> methods = Methods.of(type, method -> !APART.contains(method.getName()) && wanted.test(method));
        Methods.seeAll(o, methods, target);
        o.see("toString is there", () -> target.toString() != null);
    }
}
