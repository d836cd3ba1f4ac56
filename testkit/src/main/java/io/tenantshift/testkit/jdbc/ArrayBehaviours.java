package io.tenantshift.testkit.jdbc;

import java.lang.reflect.Method;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Map;

/** Arrays. */
final class ArrayBehaviours {

    private ArrayBehaviours() {}

    static void addTo(Behaviours b) {
        for (String sql : new String[] {
            "array[1, null, 3]",
            "array['a', 'b,c', null, '', '\"']",
            "array[[1, 2], [3, 4]]",
            "array[1.5, 2.50]",
            "array[true, false]",
            "array[timestamp '2024-02-29 12:34:56', null]",
            "array[date '2024-02-29']",
            "array['\\x0102'::bytea, null]",
            "array['ok'::mood, 'sad']",
            "array[(1, 'x')::pair]",
            "array[row(1, 2)]",
            "'{}'::int[]",
            "'[2:3]={7,8}'::int[]",
            "array[1::bigint, 2]",
            "array[1.5::float4]",
            "array['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid]",
            "array['{\"a\": 1}'::jsonb]"
        }) {
            b.add("read: " + sql, (c, o) -> {
                PreparedStatement p = c.prepareStatement("select " + sql + " as v");
                for (int i = 0; i < 7; i++) {
                    ResultSet r = p.executeQuery();
                    r.next();
                    Array array = r.getArray(1);
                    if (i == 0 || i == 6) {
                        everyMethod(o, array);
                        o.see("by label", () -> r.getArray("v"));
                        o.see("object", () -> r.getObject(1));
                        o.see("string", () -> r.getString(1));
                        o.see("to string", array::toString);
                    }
                }
            });
        }
        b.add("made and sent", (c, o) -> {
            Object[][] cases = {
                {"int4", new Object[] {1, null, 3}},
                {"int4", new Integer[] {1, 2}},
                {"text", new String[] {"a", "b,c", null, "\"", "\\", ""}},
                {"varchar", new Object[] {"x"}},
                {"bool", new Boolean[] {true, null}},
                {"float8", new Double[] {1.5, Double.NaN}},
                {"numeric", new Object[] {new java.math.BigDecimal("1.50")}},
                {"int8", new Long[][] {{1L}, {2L}}},
                {"uuid", new Object[] {new java.util.UUID(1, 2)}},
                {"bytea", new byte[][] {{1, 2}, {}}},
                {"timestamp", new Object[] {java.sql.Timestamp.valueOf("2024-02-29 12:34:56")}},
                {"date", new Object[] {java.time.LocalDate.of(2024, 2, 29)}},
                {"mood", new Object[] {"ok", "sad"}},
                {"pair", new Object[] {"(1,x)"}},
                {"public.mood", new Object[] {"ok"}},
                {"int4", new Object[] {}},
                {"int4", new Object[] {"not a number"}},
                {"no_such", new Object[] {1}}
            };
            for (Object[] made : cases) {
                String name = made[0] + " " + Rendering.text(made[1]);
                o.see("make " + name, () -> {
                    Array array = c.createArrayOf((String) made[0], (Object[]) made[1]);
                    o.see("base type", array::getBaseTypeName);
                    PreparedStatement p = c.prepareStatement("select ? as v");
                    for (int i = 0; i < 7; i++) {
                        p.setArray(1, array);
                        o.table("echo", () -> p.executeQuery());
                    }
                    array.free();
                    o.see("freed", () -> array.getArray());
                });
            }
            o.see("null elements", () -> c.createArrayOf("int4", null));
            o.see("null type", () -> c.createArrayOf(null, new Object[] {1}));
        });
        b.add("stored in a column", (c, o) -> {
            PreparedStatement p =
                    c.prepareStatement("update everything set int4_array_c = ?, text_array_c = ? where which = ?");
            p.setArray(1, c.createArrayOf("integer", new Object[] {7, 8}));
            p.setObject(2, new String[] {"x", null});
            p.setString(3, "usual");
            o.see("update", () -> p.executeUpdate());
            o.rows(
                    "stored",
                    () -> c.createStatement()
                            .executeQuery("select int4_array_c, text_array_c from everything where which = 'usual'"));
            PreparedStatement any = c.prepareStatement("select id from item where id = any (?) order by id");
            any.setArray(1, c.createArrayOf("int4", new Object[] {1, 3}));
            o.rows("any", () -> any.executeQuery());
        });
        b.add("read after the result is closed", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery("select array[1, 2]");
            r.next();
            Array array = r.getArray(1);
            r.close();
            o.see("array", () -> array.getArray());
            o.see("result", () -> array.getResultSet());
            c.close();
            o.see("array of a closed connection", () -> array.getArray());
            o.see("result of a closed connection", () -> array.getResultSet());
        });
    }

    private static void everyMethod(Observed o, Array array) throws Exception {
        for (Method method : Methods.of(Array.class, method -> !method.getName().equals("free"))) {
            for (long from : new long[] {1, 2, 0, 99}) {
                @org.jspecify.annotations.Nullable Object[] arguments = Methods.plainArguments(method);
                for (int i = 0; i < arguments.length; i++) {
                    if (method.getParameterTypes()[i] == long.class) {
                        arguments[i] = from;
                    }
                    if (method.getParameterTypes()[i] == Map.class) {
                        arguments[i] = from == 2 ? Map.of("int4", Integer.class) : Map.of();
                    }
                }
                o.see(Methods.signature(method) + " from " + from, () -> Methods.call(method, array, arguments));
            }
        }
    }
}
