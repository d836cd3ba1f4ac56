package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Generated keys, asked for by flag, by column names and by column indexes, on every method that takes the wish. */
final class GeneratedKeysBehaviours {
    private static final String INSERT = "insert into item (name) values ('new')";

    private GeneratedKeysBehaviours() {}

    /** A way to say which keys are wanted. */
    private interface Wish {
        PreparedStatement prepare(Connection c, String sql) throws SQLException;

        boolean execute(Statement s, String sql) throws SQLException;

        int update(Statement s, String sql) throws SQLException;

        long largeUpdate(Statement s, String sql) throws SQLException;
    }

    private static Wish flag(int flag) {
        return new Wish() {
            @Override
            public PreparedStatement prepare(Connection c, String sql) throws SQLException {
                return c.prepareStatement(sql, flag);
            }

            @Override
            public boolean execute(Statement s, String sql) throws SQLException {
                return s.execute(sql, flag);
            }

            @Override
            public int update(Statement s, String sql) throws SQLException {
                return s.executeUpdate(sql, flag);
            }

            @Override
            public long largeUpdate(Statement s, String sql) throws SQLException {
                return s.executeLargeUpdate(sql, flag);
            }
        };
    }

    private static Wish names(String @Nullable ... names) {
        return new Wish() {
            @Override
            public PreparedStatement prepare(Connection c, String sql) throws SQLException {
                return c.prepareStatement(sql, names);
            }

            @Override
            public boolean execute(Statement s, String sql) throws SQLException {
                return s.execute(sql, names);
            }

            @Override
            public int update(Statement s, String sql) throws SQLException {
                return s.executeUpdate(sql, names);
            }

            @Override
            public long largeUpdate(Statement s, String sql) throws SQLException {
                return s.executeLargeUpdate(sql, names);
            }
        };
    }

    private static Wish indexes(int @Nullable ... indexes) {
        return new Wish() {
            @Override
            public PreparedStatement prepare(Connection c, String sql) throws SQLException {
                return c.prepareStatement(sql, indexes);
            }

            @Override
            public boolean execute(Statement s, String sql) throws SQLException {
                return s.execute(sql, indexes);
            }

            @Override
            public int update(Statement s, String sql) throws SQLException {
                return s.executeUpdate(sql, indexes);
            }

            @Override
            public long largeUpdate(Statement s, String sql) throws SQLException {
                return s.executeLargeUpdate(sql, indexes);
            }
        };
    }

    static void addTo(Behaviours b) {
        wishes().forEach((name, wish) -> {
            b.add("wish for " + name, (c, o) -> {
                Statement s = c.createStatement();
                o.see("execute", () -> wish.execute(s, INSERT));
                seeKeys(s, o);
                c.createStatement().execute("delete from item where name = 'new'");
                o.see("update", () -> wish.update(s, INSERT));
                seeKeys(s, o);
                c.createStatement().execute("delete from item where name = 'new'");
                o.see("large update", () -> wish.largeUpdate(s, INSERT));
                seeKeys(s, o);
            });
            b.add(
                    "prepared wish for " + name,
                    (c, o) -> o.see("prepare", () -> {
                        PreparedStatement p = wish.prepare(c, "insert into item (name) values (?)");
                        p.setString(1, "prepared");
                        o.see("execute", () -> p.execute());
                        seeKeys(p, o);
                        for (int i = 0; i < 7; i++) {
                            p.setString(1, "prepared " + i);
                            o.see("update " + i, () -> p.executeUpdate());
                            seeKeys(p, o);
                        }
                        p.setString(1, "large");
                        o.see("large update", () -> p.executeLargeUpdate());
                        o.see("meta data", () -> p.getMetaData() != null);
                        o.see("parameters", () -> p.getParameterMetaData().getParameterCount());
                    }));
        });
        Wish all = flag(Statement.RETURN_GENERATED_KEYS);
        for (Map.Entry<String, String> sql : statements().entrySet()) {
            b.add("of " + sql.getKey(), (c, o) -> {
                Statement s = c.createStatement();
                o.see("execute", () -> all.execute(s, sql.getValue()));
                seeKeys(s, o);
                Statement u = c.createStatement();
                o.see("update", () -> all.update(u, sql.getValue()));
                seeKeys(u, o);
                o.see("prepare", () -> {
                    PreparedStatement p = all.prepare(c, sql.getValue());
                    o.see("execute prepared", () -> p.execute());
                    seeKeys(p, o);
                });
            });
        }
        life(b);
        batches(b);
    }

    private static void life(Behaviours b) {
        b.add("none where none are asked for", (c, o) -> {
            Statement s = c.createStatement();
            o.table("fresh", () -> s.getGeneratedKeys());
            s.executeUpdate(INSERT);
            o.table("after insert", () -> s.getGeneratedKeys());
            PreparedStatement p = c.prepareStatement("insert into item (name) values ('two more')");
            p.executeUpdate();
            o.table("prepared", () -> p.getGeneratedKeys());
        });
        b.add("belong to their statement and close with the next execution", (c, o) -> {
            Statement s = c.createStatement();
            s.executeUpdate(INSERT, Statement.RETURN_GENERATED_KEYS);
            ResultSet keys = s.getGeneratedKeys();
            o.see("statement", () -> keys.getStatement() == s);
            o.see("same", () -> s.getGeneratedKeys() == keys);
            o.see("next", keys::next);
            o.see("by name", () -> keys.getInt("id"));
            o.see("by other case", () -> keys.getInt("ID"));
            s.execute("select 1");
            o.see("closed", keys::isClosed);
            o.rows("keys of the query", () -> s.getGeneratedKeys());
        });
        b.add("a failed insert has none", (c, o) -> {
            Statement s = c.createStatement();
            s.executeUpdate(INSERT, Statement.RETURN_GENERATED_KEYS);
            o.see("fails", () -> s.executeUpdate(INSERT, Statement.RETURN_GENERATED_KEYS));
            o.rows("keys", () -> s.getGeneratedKeys());
        });
        b.addInTransaction("are rolled back with the row, but not handed out again", (c, o) -> {
            PreparedStatement p = c.prepareStatement("insert into item (name) values ('x')", new String[] {"id"});
            p.executeUpdate();
            o.rows("first", () -> p.getGeneratedKeys());
            c.rollback();
            p.executeUpdate();
            o.rows("second", () -> p.getGeneratedKeys());
        });
    }

    private static void batches(Behaviours b) {
        for (boolean names : new boolean[] {false, true}) {
            b.add("of a prepared batch " + (names ? "by name" : "by flag"), (c, o) -> {
                String sql = "insert into item (name) values (?)";
                PreparedStatement p = names
                        ? c.prepareStatement(sql, new String[] {"id", "n"})
                        : c.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS);
                for (int round = 0; round < 3; round++) {
                    for (int i = 0; i < 4; i++) {
                        p.setString(1, "row " + round + " " + i);
                        p.addBatch();
                    }
                    o.see("execute " + round, () -> p.executeBatch());
                    seeKeys(p, o);
                }
            });
        }
        b.add("of a prepared batch of updates", (c, o) -> {
            PreparedStatement p =
                    c.prepareStatement("update item set n = n + 1 where id = ?", Statement.RETURN_GENERATED_KEYS);
            for (int i = 1; i < 4; i++) {
                p.setInt(1, i);
                p.addBatch();
            }
            o.see("execute", () -> p.executeBatch());
            seeKeys(p, o);
        });
        b.add("of a prepared batch that fails", (c, o) -> {
            PreparedStatement p = c.prepareStatement("insert into item (name) values (?)", new String[] {"id"});
            for (String name : new String[] {"a", "b", "one", "c"}) {
                p.setString(1, name);
                p.addBatch();
            }
            o.see("execute", () -> p.executeBatch());
            seeKeys(p, o);
        });
    }

    private static void seeKeys(Statement s, Observed o) {
        o.table("keys", () -> s.getGeneratedKeys());
        o.see("count", s::getUpdateCount);
        o.see("result", s::getResultSet);
    }

    private static Map<String, Wish> wishes() {
        Map<String, Wish> all = new LinkedHashMap<>();
        all.put("the flag", flag(Statement.RETURN_GENERATED_KEYS));
        all.put("no keys", flag(Statement.NO_GENERATED_KEYS));
        all.put("an unknown flag", flag(77));
        all.put("one name", names("id"));
        all.put("names in other order", names("price", "id"));
        all.put("a name in upper case", names("ID"));
        all.put("an unknown name", names("nowhere"));
        all.put("no names", names());
        all.put("a star as name", names("*"));
        all.put("null as names", names((String[]) null));
        all.put("an index", indexes(1));
        all.put("indexes", indexes(1, 3));
        all.put("no indexes", indexes());
        all.put("null as indexes", indexes((int[]) null));
        return all;
    }

    private static Map<String, String> statements() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("several rows", "insert into plain select n, 'n' from generate_series(1, 3) n");
        all.put("a query", "select 1 as one");
        all.put("an update", "update item set n = n + 1 where id = 2");
        all.put("an update of no row", "update item set n = n + 1 where id < 0");
        all.put("a delete", "delete from part where item_id = 1");
        all.put("an insert that returns by itself", "insert into plain values (7, 'seven') returning b");
        all.put("an insert that does nothing", "insert into item (id, name) values (1, 'one') on conflict do nothing");
        all.put("an insert with generated columns", "insert into generated (half) values (4)");
        all.put(
                "an insert in a with clause",
                "with x as (insert into plain values (1, 'x') returning a) insert into plain select a, 'y' from x");
        all.put(
                "quoted names",
                "insert into \"Odd \"\"Name\" values (nextval('counter')::int, 't', 'u') on conflict do nothing");
        all.put("a comment before and after", "/* first */ insert into plain values (8, 'eight') -- last");
        all.put("a trailing semicolon", "insert into plain values (8, 'eight');");
        all.put("two inserts", "insert into plain values (8, 'eight'); insert into plain values (9, 'nine')");
        all.put("DDL", "create table if not exists scratch.made (a int)");
        all.put("a call", "call rename_item(1, 'renamed')");
        all.put("an error", "insert into item (name) values (null)");
        return all;
    }
}
