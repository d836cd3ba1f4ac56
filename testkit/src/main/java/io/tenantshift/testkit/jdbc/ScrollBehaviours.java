package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Moving about in results. */
final class ScrollBehaviours {
    private static final String QUERY = "select n from generate_series(1, 5) n";

    private ScrollBehaviours() {}

    static void addTo(Behaviours b) {
        for (int type : new int[] {ResultSet.TYPE_FORWARD_ONLY, ResultSet.TYPE_SCROLL_INSENSITIVE}) {
            String name = type == ResultSet.TYPE_FORWARD_ONLY ? "forward only: " : "scrollable: ";
            b.add(name + "every move from the beginning", (c, o) -> {
                for (Move move : MOVES) {
                    ResultSet r = query(c, type, QUERY);
                    o.see(move.name(), () -> move.of(r));
                    seePlace(r, o);
                }
            });
            b.add(name + "every move from the middle", (c, o) -> {
                for (Move move : MOVES) {
                    ResultSet r = query(c, type, QUERY);
                    r.next();
                    r.next();
                    r.next();
                    o.see(move.name(), () -> move.of(r));
                    seePlace(r, o);
                }
            });
            b.add(name + "every move from behind the end", (c, o) -> {
                for (Move move : MOVES) {
                    ResultSet r = query(c, type, QUERY);
                    for (int i = 0; i < 6; i++) {
                        r.next();
                    }
                    seePlace(r, o);
                    o.see(move.name(), () -> move.of(r));
                    seePlace(r, o);
                }
            });
            b.add(name + "every move in an empty result", (c, o) -> {
                for (Move move : MOVES) {
                    ResultSet r = query(c, type, "select 1 where false");
                    seePlace(r, o);
                    o.see(move.name(), () -> move.of(r));
                    seePlace(r, o);
                }
            });
            b.addInTransaction(name + "with a small fetch size, in a transaction", (c, o) -> {
                for (Move move : MOVES) {
                    Statement s = c.createStatement(type, ResultSet.CONCUR_READ_ONLY);
                    s.setFetchSize(2);
                    ResultSet r = s.executeQuery(QUERY);
                    r.next();
                    o.see(move.name(), () -> move.of(r));
                    seePlace(r, o);
                }
            });
        }
        b.add("scrollable: directions", (c, o) -> {
            ResultSet r = query(c, ResultSet.TYPE_SCROLL_INSENSITIVE, QUERY);
            for (int direction :
                    new int[] {ResultSet.FETCH_REVERSE, ResultSet.FETCH_UNKNOWN, ResultSet.FETCH_FORWARD, 99}) {
                o.see("direction " + direction, () -> r.setFetchDirection(direction));
                o.see("is", r::getFetchDirection);
                o.see("next", r::next);
                seePlace(r, o);
            }
            ResultSet forward = query(c, ResultSet.TYPE_FORWARD_ONLY, QUERY);
            o.see("reverse, forward only", () -> forward.setFetchDirection(ResultSet.FETCH_REVERSE));
        });
        b.add("scrollable: results of a prepared statement, many times", (c, o) -> {
            var p = c.prepareStatement(
                    "select id from item where id > ? order by id",
                    ResultSet.TYPE_SCROLL_INSENSITIVE,
                    ResultSet.CONCUR_READ_ONLY);
            for (int i = 0; i < 7; i++) {
                p.setInt(1, i % 2);
                ResultSet r = p.executeQuery();
                o.see("last " + i, r::last);
                o.see("row " + i, r::getRow);
                o.see("first " + i, r::first);
                o.see("value " + i, () -> r.getInt(1));
            }
        });
        b.add("scrollable: does not see later changes", (c, o) -> {
            ResultSet r = query(c, ResultSet.TYPE_SCROLL_INSENSITIVE, "select a, b from plain order by a");
            r.next();
            c.createStatement().execute("update plain set b = 'changed'");
            r.beforeFirst();
            o.rows("rows", () -> r);
        });
    }

    /** A named move. */
    private record Move(String name, Action action) {
        @FunctionalInterface
        interface Action {
            Object move(ResultSet r) throws SQLException;
        }

        Object of(ResultSet r) throws SQLException {
            return action.move(r);
        }
    }

    private static final Move[] MOVES = {
        new Move("next", ResultSet::next),
        new Move("previous", ResultSet::previous),
        new Move("first", ResultSet::first),
        new Move("last", ResultSet::last),
        new Move("before first", r -> {
            r.beforeFirst();
            return "done";
        }),
        new Move("after last", r -> {
            r.afterLast();
            return "done";
        }),
        new Move("absolute 2", r -> r.absolute(2)),
        new Move("absolute 0", r -> r.absolute(0)),
        new Move("absolute -1", r -> r.absolute(-1)),
        new Move("absolute 99", r -> r.absolute(99)),
        new Move("absolute -99", r -> r.absolute(-99)),
        new Move("relative 1", r -> r.relative(1)),
        new Move("relative 0", r -> r.relative(0)),
        new Move("relative -1", r -> r.relative(-1)),
        new Move("relative 99", r -> r.relative(99)),
        new Move("relative -99", r -> r.relative(-99)),
        new Move("fetch size", r -> {
            r.setFetchSize(3);
            return r.getFetchSize();
        }),
        new Move("negative fetch size", r -> {
            r.setFetchSize(-1);
            return r.getFetchSize();
        }),
        new Move("refresh", r -> {
            r.refreshRow();
            return "done";
        }),
        new Move("row id", r -> r.getRowId(1)),
        new Move("cursor name", r -> String.valueOf(r.getCursorName()))
    };

    private static ResultSet query(Connection c, int type, String sql) throws SQLException {
        return c.createStatement(type, ResultSet.CONCUR_READ_ONLY).executeQuery(sql);
    }

    private static void seePlace(ResultSet r, Observed o) {
        o.see("row", r::getRow);
        o.see("is before first", r::isBeforeFirst);
        o.see("is first", r::isFirst);
        o.see("is last", r::isLast);
        o.see("is after last", r::isAfterLast);
        o.see("value", () -> r.getInt(1));
    }
}
