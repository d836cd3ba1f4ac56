package io.tenantshift.testkit.jdbc;

import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.JDBCType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;

/** Functions and procedures. */
final class CallableBehaviours {
    private static final String[] OUTS = {"i", "l", "t", "d", "ts", "n", "f", "b", "by", "a", "u", "s", "r", "tm"};
    private static final int[] OUT_TYPES = {
        Types.INTEGER, Types.BIGINT, Types.VARCHAR, Types.DATE, Types.TIMESTAMP, Types.NUMERIC, Types.DOUBLE,
        Types.BIT, Types.BINARY, Types.ARRAY, Types.OTHER, Types.SMALLINT, Types.REAL, Types.TIME
    };

    private CallableBehaviours() {}

    static void addTo(Behaviours b) {
        functions(b);
        procedures(b);
        getters(b);
        wrong(b);
    }

    private static void functions(Behaviours b) {
        for (String sql : new String[] {
            "{? = call add(?, ?)}", "{?= call add (?,?) }", "{ ? = call public.add(?, ?) }", "? = call add(?, ?)"
        }) {
            b.add(
                    "a function's value by " + sql,
                    (c, o) -> o.see("prepare", () -> {
                        CallableStatement call = c.prepareCall(sql);
                        o.see("register", () -> call.registerOutParameter(1, Types.INTEGER));
                        for (int i = 0; i < 7; i++) {
                            call.setInt(2, i);
                            call.setInt(3, 40);
                            o.see("execute", () -> call.execute());
                            o.see("value", () -> call.getInt(1));
                            o.see("as object", () -> call.getObject(1));
                            o.see("was null", call::wasNull);
                            o.see("result", call::getResultSet);
                            o.see("count", call::getUpdateCount);
                        }
                        o.see("update", () -> call.executeUpdate());
                        o.see("value of the update", () -> call.getInt(1));
                        o.see("query", () -> call.executeQuery());
                    }));
        }
        b.add("a function's value is null", (c, o) -> {
            CallableStatement call = c.prepareCall("{? = call add(?, ?)}");
            call.registerOutParameter(1, Types.INTEGER);
            call.setInt(2, 1);
            call.setNull(3, Types.INTEGER);
            call.execute();
            o.see("int", () -> call.getInt(1));
            o.see("was null", call::wasNull);
            o.see("object", () -> call.getObject(1));
        });
        b.add("a function without a value", (c, o) -> {
            CallableStatement call = c.prepareCall("{call nothing()}");
            o.see("execute", () -> call.execute());
            StatementBehaviours.seeResults(call, o, 2);
            o.see("update", () -> call.executeUpdate());
            CallableStatement bare = c.prepareCall("{call nothing}");
            o.see("without parentheses", () -> bare.execute());
        });
        b.add("a function that is not asked for its value", (c, o) -> {
            CallableStatement call = c.prepareCall("{call greeting(?)}");
            call.setString(1, "you");
            o.see("execute", () -> call.execute());
            StatementBehaviours.seeResults(call, o, 2);
            o.rows("query", () -> call.executeQuery());
            o.see("update", () -> call.executeUpdate());
        });
        b.add("a function that returns rows", (c, o) -> {
            CallableStatement call = c.prepareCall("{call items_above(?)}");
            call.setInt(1, 1);
            o.table("query", () -> call.executeQuery());
            CallableStatement many = c.prepareCall("{? = call many(?)}");
            many.registerOutParameter(1, Types.INTEGER);
            many.setInt(2, 3);
            o.see("as value", () -> many.execute());
            o.see("value", () -> many.getInt(1));
        });
        b.addInTransaction("a function that returns a cursor", (c, o) -> {
            for (int type : new int[] {Types.REF_CURSOR, Types.OTHER}) {
                CallableStatement call = c.prepareCall("{? = call item_cursor()}");
                call.registerOutParameter(1, type);
                o.see("execute", () -> call.execute());
                o.table("cursor", () -> (ResultSet) call.getObject(1));
                o.see("as result", () -> call.getObject(1, ResultSet.class));
                o.see("of this connection", () -> isOf(c, call.getObject(1)));
                o.see("of this connection, as result", () -> isOf(c, call.getObject(1, ResultSet.class)));
                o.see("as text", () -> call.getString(1));
            }
        });
        b.add("a function with several values", (c, o) -> {
            CallableStatement call = c.prepareCall("{call outs(?, ?, ?, ?)}");
            call.setInt(1, 10);
            call.registerOutParameter(2, Types.INTEGER);
            call.registerOutParameter(3, Types.VARCHAR);
            call.setBigDecimal(4, new BigDecimal("2.5"));
            call.registerOutParameter(4, Types.NUMERIC);
            for (int i = 0; i < 7; i++) {
                o.see("execute", () -> call.execute());
                o.see("b", () -> call.getInt(2));
                o.see("c", () -> call.getString(3));
                o.see("d", () -> call.getBigDecimal(4));
                o.see("scaled", () -> call.getObject(4));
                o.see("a is in only", () -> call.getInt(1));
            }
            o.see("parameters", () -> call.getParameterMetaData().getParameterCount());
        });
        b.add("a function that writes", (c, o) -> {
            CallableStatement call = c.prepareCall("{? = call add_item(?)}");
            call.registerOutParameter(1, Types.INTEGER);
            call.setString(2, "by call");
            o.see("execute", () -> call.execute());
            o.see("id", () -> call.getInt(1));
            o.see("twice", () -> call.execute());
            o.rows("items", () -> c.createStatement().executeQuery("select id, name from item order by id"));
        });
        b.add("a function that fails", (c, o) -> {
            CallableStatement call = c.prepareCall("{? = call fail_with(?)}");
            call.registerOutParameter(1, Types.INTEGER);
            call.setString(2, "P0042");
            o.see("execute", () -> call.execute());
            o.see("value", () -> call.getInt(1));
        });
    }

    private static boolean isOf(Connection c, Object cursor) throws SQLException {
        return ((ResultSet) cursor).getStatement().getConnection() == c;
    }

    private static void procedures(Behaviours b) {
        for (String sql : new String[] {"call double_it(?)", "{call double_it(?)}"}) {
            b.add("a procedure's value by " + sql, (c, o) -> {
                CallableStatement call = c.prepareCall(sql);
                o.see("register", () -> call.registerOutParameter(1, Types.INTEGER));
                for (int i = 0; i < 7; i++) {
                    call.setInt(1, i);
                    o.see("execute", () -> call.execute());
                    o.see("value", () -> call.getInt(1));
                }
                o.see("update", () -> call.executeUpdate());
                o.see("without registration", () -> {
                    CallableStatement other = c.prepareCall(sql);
                    other.setInt(1, 4);
                    o.see("execute", () -> other.execute());
                    StatementBehaviours.seeResults(other, o, 2);
                });
            });
        }
        b.add("a procedure that writes", (c, o) -> {
            for (String sql : new String[] {"call rename_item(?, ?)", "{call rename_item(?, ?)}"}) {
                CallableStatement call = c.prepareCall(sql);
                call.setInt(1, 1);
                call.setString(2, "renamed by " + sql);
                o.see("execute", () -> call.execute());
                o.see("count", call::getUpdateCount);
                o.rows("items", () -> c.createStatement().executeQuery("select name from item order by id"));
            }
        });
        b.add("a procedure that commits", (c, o) -> {
            CallableStatement call = c.prepareCall("call commit_inside()");
            o.see("execute", () -> call.execute());
            o.rows("rows", () -> c.createStatement().executeQuery("select a from plain order by a"));
            c.setAutoCommit(false);
            o.see("in a transaction", () -> call.execute());
        });
        b.add("a query by prepareCall", (c, o) -> {
            CallableStatement call = c.prepareCall("select id, name from item where id > ? order by id");
            call.setInt(1, 1);
            o.table("query", () -> call.executeQuery());
            o.see("execute", () -> call.execute());
            StatementBehaviours.seeResults(call, o, 2);
        });
    }

    private static void getters(Behaviours b) {
        List<Method> byIndex = Methods.of(
                CallableStatement.class,
                method -> method.getName().startsWith("get")
                        && Methods.beginsWith(method, int.class)
                        && method.getDeclaringClass() == CallableStatement.class);
        List<Method> byName = Methods.of(
                CallableStatement.class,
                method -> method.getName().startsWith("get") && Methods.beginsWith(method, String.class));
        b.add("every getter by index", (c, o) -> {
            CallableStatement call = c.prepareCall("{call types_out(" + "?,".repeat(13) + "?)}");
            for (int i = 0; i < OUTS.length; i++) {
                call.registerOutParameter(i + 1, OUT_TYPES[i]);
            }
            o.see("execute", () -> call.execute());
            for (int i = 0; i < OUTS.length; i++) {
                for (Method getter : byIndex) {
                    @org.jspecify.annotations.Nullable Object[] arguments = Methods.plainArguments(getter);
                    arguments[0] = i + 1;
                    o.see(OUTS[i] + " by " + Methods.signature(getter), () -> Methods.call(getter, call, arguments));
                }
                o.see("was null", call::wasNull);
            }
        });
        b.add("every getter by name", (c, o) -> {
            CallableStatement call = c.prepareCall("{call types_out(" + "?,".repeat(13) + "?)}");
            for (int i = 0; i < OUTS.length; i++) {
                call.registerOutParameter(i + 1, OUT_TYPES[i]);
            }
            call.execute();
            Methods.seeAll(o, byName, call);
        });
        b.add("every way to register a value", (c, o) -> {
            CallableStatement call = c.prepareCall("{? = call add(?, ?)}");
            o.see("by type", () -> call.registerOutParameter(1, Types.INTEGER));
            o.see("with scale", () -> call.registerOutParameter(1, Types.NUMERIC, 2));
            o.see("with name of the type", () -> call.registerOutParameter(1, Types.OTHER, "int4"));
            o.see("by SQLType", () -> call.registerOutParameter(1, JDBCType.INTEGER));
            o.see("by SQLType with scale", () -> call.registerOutParameter(1, JDBCType.NUMERIC, 2));
            o.see("by SQLType with name", () -> call.registerOutParameter(1, JDBCType.OTHER, "int4"));
            Methods.seeAll(
                    o,
                    Methods.of(
                            CallableStatement.class,
                            method -> method.getName().equals("registerOutParameter")
                                    && Methods.beginsWith(method, String.class)),
                    call);
            call.setInt(2, 1);
            call.setInt(3, 2);
            o.see("execute", () -> call.execute());
            o.see("value", () -> call.getObject(1));
        });
        for (int type : new int[] {
            Types.INTEGER,
            Types.BIGINT,
            Types.NUMERIC,
            Types.VARCHAR,
            Types.OTHER,
            Types.BOOLEAN,
            Types.DATE,
            Types.NULL
        }) {
            b.add("an integer registered as type " + type, (c, o) -> {
                CallableStatement call = c.prepareCall("{? = call add(?, ?)}");
                call.registerOutParameter(1, type);
                call.setInt(2, 1);
                call.setInt(3, 2);
                o.see("execute", () -> call.execute());
                o.see("object", () -> call.getObject(1));
                o.see("int", () -> call.getInt(1));
                o.see("long", () -> call.getLong(1));
                o.see("string", () -> call.getString(1));
                o.see("decimal", () -> call.getBigDecimal(1));
            });
        }
    }

    private static void wrong(Behaviours b) {
        b.add("values in the wrong order of calls", (c, o) -> {
            CallableStatement call = c.prepareCall("{? = call add(?, ?)}");
            o.see("get before anything", () -> call.getInt(1));
            o.see("execute without registration", () -> call.execute());
            call.registerOutParameter(1, Types.INTEGER);
            o.see("get before execution", () -> call.getInt(1));
            o.see("execute without parameters", () -> call.execute());
            call.setInt(2, 1);
            call.setInt(3, 1);
            o.see("register at 0", () -> call.registerOutParameter(0, Types.INTEGER));
            o.see("register at 9", () -> call.registerOutParameter(9, Types.INTEGER));
            o.see("set the value", () -> call.setInt(1, 5));
            o.see("set at 9", () -> call.setInt(9, 5));
            o.see("execute", () -> call.execute());
            o.see("get at 0", () -> call.getInt(0));
            o.see("get at 9", () -> call.getInt(9));
            o.see("get of an input", () -> call.getInt(2));
            o.see("clear", () -> call.clearParameters());
            o.see("execute cleared", () -> call.execute());
            call.close();
            o.see("closed", () -> call.getInt(1));
        });
        b.add("calls that the server or the driver does not know", (c, o) -> {
            for (String sql : new String[] {
                "{call no_such_function()}",
                "{? = call no_such_function(?)}",
                "call no_such_procedure()",
                "{call add(?)}",
                "{call",
                "{? = call }",
                "{? call add(?, ?)}",
                "{call rename_item(?, ?)} trailing"
            }) {
                o.see("prepare " + sql, () -> {
                    CallableStatement call = c.prepareCall(sql);
                    o.see("execute " + sql, () -> call.execute());
                    o.see("register " + sql, () -> call.registerOutParameter(1, Types.INTEGER));
                    o.see("execute again " + sql, () -> call.execute());
                });
            }
        });
        b.addInTransaction("a call in a failed transaction", (c, o) -> {
            o.see("fails", () -> c.createStatement().execute("select 1 / 0"));
            CallableStatement call = c.prepareCall("{? = call add(?, ?)}");
            call.registerOutParameter(1, Types.INTEGER);
            call.setInt(2, 1);
            call.setInt(3, 1);
            o.see("execute", () -> call.execute());
            c.rollback();
            o.see("after rollback", () -> call.execute());
            o.see("value", () -> call.getInt(1));
        });
    }
}
