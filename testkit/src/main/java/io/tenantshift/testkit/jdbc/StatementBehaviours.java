package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;

/** What the three kinds of statement have in common: settings, links, limits. */
final class StatementBehaviours {
    private static final String QUERY = "select id, name from item order by id";

    private StatementBehaviours() {}

    static void addTo(Behaviours b) {
        for (Kind kind : Kind.values()) {
            settings(b, kind);
            links(b, kind);
            limits(b, kind);
            others(b, kind);
        }
        shapes(b);
    }

    private static void settings(Behaviours b, Kind kind) {
        b.add(kind.words() + ": begins with the defaults", (c, o) -> seeState(kind.make(c, QUERY), o));
        b.add(kind.words() + ": settings are kept, wrong ones refused", (c, o) -> {
            Statement s = kind.make(c, QUERY);
            for (int value : new int[] {0, 7, -1, Integer.MAX_VALUE}) {
                o.see("query timeout " + value, () -> s.setQueryTimeout(value));
                o.see("max rows " + value, () -> s.setMaxRows(value));
                o.see("large max rows " + value, () -> s.setLargeMaxRows(value));
                o.see("max field size " + value, () -> s.setMaxFieldSize(value));
                o.see("fetch size " + value, () -> s.setFetchSize(value));
                seeState(s, o);
            }
            o.see("large max rows beyond an int", () -> s.setLargeMaxRows(1L << 40));
            for (int direction :
                    new int[] {ResultSet.FETCH_REVERSE, ResultSet.FETCH_UNKNOWN, ResultSet.FETCH_FORWARD, 5}) {
                o.see("direction " + direction, () -> s.setFetchDirection(direction));
                o.see("direction is", s::getFetchDirection);
            }
            o.see("poolable", () -> s.setPoolable(!s.isPoolable()));
            o.see("escapes", () -> s.setEscapeProcessing(false));
            o.see("cursor name", () -> s.setCursorName("mine"));
            o.see("close on completion", () -> s.closeOnCompletion());
            seeState(s, o);
            o.rows("query", () -> kind.executeQuery(s, QUERY));
        });
        b.add(kind.words() + ": settings survive executions", (c, o) -> {
            Statement s = kind.make(c, QUERY);
            s.setMaxRows(2);
            s.setFetchSize(1);
            s.setQueryTimeout(30);
            for (int i = 0; i < 7; i++) {
                o.rows("query " + i, () -> kind.executeQuery(s, QUERY));
            }
            seeState(s, o);
            s.setMaxRows(0);
            o.rows("without limit", () -> kind.executeQuery(s, QUERY));
        });
    }

    private static void links(Behaviours b, Kind kind) {
        b.add(kind.words() + ": leads back to what it came from", (c, o) -> {
            Statement s = kind.make(c, QUERY);
            o.see("its connection", () -> s.getConnection() == c);
            ResultSet r = kind.executeQuery(s, QUERY);
            o.see("its result's statement", () -> r.getStatement() == s);
            o.see("the same result", () -> s.getResultSet() == r);
            ResultSet again = s.getResultSet();
            o.see("twice", () -> s.getResultSet() == again);
            o.see(
                    "the connection of the result's statement",
                    () -> r.getStatement().getConnection() == c);
            o.see("result is a wrapper", () -> r.isWrapperFor(ResultSet.class));
            o.see("result as itself", () -> r.unwrap(ResultSet.class) == r);
            o.see("result is no string", () -> r.isWrapperFor(String.class));
            o.see("result as a string", () -> r.unwrap(String.class));
        });
        b.add(kind.words() + ": is a wrapper for its interfaces", (c, o) -> {
            Statement s = kind.make(c, QUERY);
            for (Class<?> type : new Class<?>[] {
                Statement.class,
                PreparedStatement.class,
                java.sql.CallableStatement.class,
                Connection.class,
                org.postgresql.PGStatement.class,
                String.class
            }) {
                o.see("is " + type.getSimpleName(), () -> s.isWrapperFor(type));
                o.see("to " + type.getSimpleName(), () -> type.isInstance(s.unwrap(type)));
            }
        });
        b.add(kind.words() + ": several results of one string", (c, o) -> {
            String sql =
                    "select 1; insert into plain values (8, 'a'), (9, 'b'); select 2 as two where false; select 3 as three";
            Statement s = kind.make(c, sql);
            o.see("execute", () -> kind.execute(s, sql));
            seeResults(s, o, 6);
        });
        for (int how :
                new int[] {Statement.CLOSE_CURRENT_RESULT, Statement.KEEP_CURRENT_RESULT, Statement.CLOSE_ALL_RESULTS, 9
                }) {
            b.add(kind.words() + ": goes to the next result in way " + how, (c, o) -> {
                String sql = "select 1; select 2; select 3";
                Statement s = kind.make(c, sql);
                kind.execute(s, sql);
                ResultSet first = s.getResultSet();
                o.see("second", () -> s.getMoreResults(Statement.KEEP_CURRENT_RESULT));
                ResultSet second = s.getResultSet();
                o.see("third", () -> s.getMoreResults(how));
                o.see("first is closed", first::isClosed);
                o.see("second is closed", second::isClosed);
                o.see("end", () -> s.getMoreResults(how));
                o.see("first is closed now", first::isClosed);
                o.see("count", s::getUpdateCount);
            });
        }
    }

    private static void limits(Behaviours b, Kind kind) {
        b.add(kind.words() + ": max rows limits queries and nothing else", (c, o) -> {
            String sql = "update item set n = n + 1";
            Statement s = kind.make(c, sql);
            s.setMaxRows(1);
            o.see("update", () -> kind.executeUpdate(s, sql));
            String returning = "update item set n = n + 1 returning 'x' as x";
            Statement r = kind.make(c, returning);
            r.setMaxRows(1);
            o.rows("returning", () -> kind.executeQuery(r, returning));
            o.rows("after", () -> c.createStatement().executeQuery("select n from item order by id"));
        });
        b.add(kind.words() + ": max field size cuts what it may", (c, o) -> {
            String sql = "select text_c, bytea_c, int8_c from everything where which = 'usual'";
            Statement s = kind.make(c, sql);
            s.setMaxFieldSize(2);
            ResultSet r = kind.executeQuery(s, sql);
            r.next();
            o.see("text", () -> r.getString(1));
            o.see("text as object", () -> r.getObject(1));
            o.see("bytes", () -> r.getBytes(2));
            o.see("number", () -> r.getLong(3));
        });
        b.add(kind.words() + ": closes itself on completion if asked", (c, o) -> {
            Statement s = kind.make(c, QUERY);
            o.see("asked", s::isCloseOnCompletion);
            s.closeOnCompletion();
            o.see("asked now", s::isCloseOnCompletion);
            ResultSet r = kind.executeQuery(s, QUERY);
            while (r.next()) {
                o.note("open", s.isClosed());
            }
            o.see("after the last row", s::isClosed);
            o.see("close", () -> r.close());
            o.see("after closing the result", s::isClosed);
            o.see("use", () -> kind.execute(s, QUERY));
        });
        b.add(kind.words() + ": does not close itself on completion when executed again", (c, o) -> {
            Statement s = kind.make(c, QUERY);
            s.closeOnCompletion();
            ResultSet first = kind.executeQuery(s, QUERY);
            o.rows("again", () -> kind.executeQuery(s, QUERY));
            o.see("first", first::isClosed);
            o.see("statement", s::isClosed);
        });
        b.add(kind.words() + ": is usable after an error", (c, o) -> {
            String sql = "insert into item (name) values ('once')";
            Statement s = kind.make(c, sql);
            o.see("first", () -> kind.executeUpdate(s, sql));
            for (int i = 0; i < 7; i++) {
                o.see("error " + i, () -> kind.executeUpdate(s, sql));
                o.see("count " + i, s::getUpdateCount);
                o.see("result " + i, s::getResultSet);
            }
            c.createStatement().execute("delete from item where name = 'once'");
            o.see("works again", () -> kind.executeUpdate(s, sql));
        });
    }

    private static void shapes(Behaviours b) {
        int[] types = {
            ResultSet.TYPE_FORWARD_ONLY, ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.TYPE_SCROLL_SENSITIVE, 4
        };
        int[] concurrencies = {ResultSet.CONCUR_READ_ONLY, ResultSet.CONCUR_UPDATABLE, 4};
        for (int type : types) {
            for (int concurrency : concurrencies) {
                b.add("result type " + type + ", concurrency " + concurrency, (c, o) -> {
                    o.see("statement", () -> seeShape(c.createStatement(type, concurrency), o));
                    o.see(
                            "prepared",
                            () -> seeShape(c.prepareStatement("select id, n from item", type, concurrency), o));
                    o.see("callable", () -> seeShape(c.prepareCall("select id, n from item", type, concurrency), o));
                    for (int hold :
                            new int[] {ResultSet.HOLD_CURSORS_OVER_COMMIT, ResultSet.CLOSE_CURSORS_AT_COMMIT, 4}) {
                        o.see("held", () -> seeShape(c.createStatement(type, concurrency, hold), o));
                        o.see(
                                "held prepared",
                                () -> seeShape(
                                        c.prepareStatement("select id, n from item", type, concurrency, hold), o));
                        o.see(
                                "held callable",
                                () -> seeShape(c.prepareCall("select id, n from item", type, concurrency, hold), o));
                    }
                });
            }
        }
    }

    private static void seeShape(Statement s, Observed o) throws Exception {
        o.see("type", s::getResultSetType);
        o.see("concurrency", s::getResultSetConcurrency);
        o.see("holdability", s::getResultSetHoldability);
        ResultSet r = s instanceof PreparedStatement prepared
                ? prepared.executeQuery()
                : s.executeQuery("select id, n from item");
        o.see("result's type", r::getType);
        o.see("result's concurrency", r::getConcurrency);
        o.see("result's holdability", r::getHoldability);
        o.see("result's direction", r::getFetchDirection);
        o.see("result's warnings", r::getWarnings);
        o.see("warnings", s::getWarnings);
    }

    private static void others(Behaviours b, Kind kind) {
        b.add(kind.words() + ": batches, cleared and large", (c, o) -> {
            String sql = "insert into plain values (9, 'batch')";
            Statement s = kind.make(c, sql);
            kind.addBatch(s, sql);
            o.see("clear", () -> s.clearBatch());
            o.see("empty", () -> s.executeBatch());
            kind.addBatch(s, sql);
            kind.addBatch(s, sql);
            o.see("large", () -> s.executeLargeBatch());
            o.see("empty large", () -> s.executeLargeBatch());
        });
        b.add(kind.words() + ": large counts, keys, warnings", (c, o) -> {
            String sql = "update item set n = n + warn(1)";
            Statement s = kind.make(c, sql);
            o.see("large", () -> kind.executeLargeUpdate(s, sql));
            o.see("large count", s::getLargeUpdateCount);
            o.rows("keys", () -> s.getGeneratedKeys());
            o.see("warnings", s::getWarnings);
            o.see("clear", () -> s.clearWarnings());
            o.see("cleared", s::getWarnings);
            if (s instanceof PreparedStatement prepared) {
                o.see("meta data", prepared::getMetaData);
                o.see("parameters", prepared::getParameterMetaData);
            }
        });
        b.add(kind.words() + ": quotes literals and identifiers", (c, o) -> {
            Statement s = kind.make(c, QUERY);
            for (String text :
                    new String[] {"plain", "it's", "a\"b", "select", "", "ü", "\0", "x".repeat(200), "A b"}) {
                o.see("literal " + text, () -> s.enquoteLiteral(text));
                o.see("national " + text, () -> s.enquoteNCharLiteral(text));
                o.see("identifier " + text, () -> s.enquoteIdentifier(text, false));
                o.see("identifier always " + text, () -> s.enquoteIdentifier(text, true));
                o.see("simple " + text, () -> s.isSimpleIdentifier(text));
            }
        });
    }

    static void seeState(Statement s, Observed o) {
        o.see("query timeout", s::getQueryTimeout);
        o.see("max rows", s::getMaxRows);
        o.see("large max rows", s::getLargeMaxRows);
        o.see("max field size", s::getMaxFieldSize);
        o.see("fetch size", s::getFetchSize);
        o.see("fetch direction", s::getFetchDirection);
        o.see("result type", s::getResultSetType);
        o.see("result concurrency", s::getResultSetConcurrency);
        o.see("result holdability", s::getResultSetHoldability);
        o.see("is poolable", s::isPoolable);
        o.see("closes on completion", s::isCloseOnCompletion);
        o.see("warnings", s::getWarnings);
        o.see("result", s::getResultSet);
        o.see("count", s::getUpdateCount);
        o.see("large count", s::getLargeUpdateCount);
        o.see("more", () -> s.getMoreResults());
        o.see("is closed", s::isClosed);
    }

    /** Results by the usual loop, this many at most. */
    static void seeResults(Statement s, Observed o, int most) {
        for (int i = 0; i < most; i++) {
            o.see("result " + i, s::getResultSet);
            o.see("count " + i, s::getUpdateCount);
            o.see("large count " + i, s::getLargeUpdateCount);
            o.see("more " + i, () -> s.getMoreResults());
        }
    }
}
