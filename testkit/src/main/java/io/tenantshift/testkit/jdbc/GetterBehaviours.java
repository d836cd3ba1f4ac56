package io.tenantshift.testkit.jdbc;

import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.util.PGobject;

/** Every getter of a result on every type of column, for a usual value, an extreme one and null. */
final class GetterBehaviours {

    /** The columns of table {@code everything}, but for its first. */
    static final List<String> COLUMNS = List.of(
            "boolean_c int2_c int4_c int8_c float4_c float8_c numeric_c money_like_c text_c varchar_c bpchar_c quoted_char_c name_c bytea_c date_c time_c timetz_c timestamp_c timestamptz_c interval_c uuid_c json_c jsonb_c bit1_c bit_c varbit_c point_c box_c inet_c cidr_c macaddr_c money_c oid_c tsvector_c int4_array_c text_array_c nested_array_c numeric_array_c timestamp_array_c uuid_array_c bytea_array_c mood_c mood_array_c pair_c pair_array_c positive_c int4range_c tstzrange_c regclass_c"
                    .split(" "));

    private static final List<Class<?>> CLASSES = List.of(
            Boolean.class,
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            BigDecimal.class,
            BigInteger.class,
            String.class,
            byte[].class,
            java.sql.Date.class,
            java.sql.Time.class,
            Timestamp.class,
            java.util.Date.class,
            Calendar.class,
            LocalDate.class,
            LocalTime.class,
            LocalDateTime.class,
            OffsetDateTime.class,
            OffsetTime.class,
            Instant.class,
            ZonedDateTime.class,
            UUID.class,
            java.sql.Array.class,
            java.sql.Blob.class,
            java.sql.Clob.class,
            java.sql.SQLXML.class,
            PGobject.class,
            Object.class,
            java.net.InetAddress.class,
            StringBuilder.class,
            int[].class,
            Integer[].class);

    private GetterBehaviours() {}

    static void addTo(Behaviours b) {
        List<Method> byIndex = getters(int.class);
        List<Method> byLabel = getters(String.class);
        for (String column : COLUMNS) {
            b.add(column, (c, o) -> {
                Statement s = c.createStatement();
                o.rows("objects", () -> s.executeQuery("select " + column + " from everything order by which desc"));
                ResultSet r = s.executeQuery("select " + column + ", which from everything order by which desc");
                while (r.next()) {
                    String row = r.getString(2) + ": ";
                    see(o, row, byIndex, r, 1);
                    see(o, row, byLabel, r, column);
                    for (Class<?> type : CLASSES) {
                        o.see(row + "as " + type.getSimpleName(), () -> r.getObject(1, type));
                        o.see(row + "by label as " + type.getSimpleName(), () -> r.getObject(column, type));
                    }
                    o.see(row + "was null", r::wasNull);
                }
            });
        }
        b.add("all columns as the binary protocol carries them", (c, o) -> {
            c.unwrap(PGConnection.class).setPrepareThreshold(-1);
            var p = c.prepareStatement("select * from everything order by which desc");
            for (int i = 0; i < 2; i++) {
                o.rows("objects " + i, () -> p.executeQuery());
            }
            ResultSet r = p.executeQuery();
            while (r.next()) {
                for (String column : COLUMNS) {
                    o.see("string of " + column, () -> r.getString(column));
                    o.see("bytes of " + column, () -> r.getBytes(column));
                    o.see("int of " + column, () -> r.getInt(column));
                    o.see("decimal of " + column, () -> r.getBigDecimal(column));
                    o.see("timestamp of " + column, () -> r.getTimestamp(column));
                }
            }
        });
        places(b);
    }

    private static void see(Observed o, String row, List<Method> getters, ResultSet r, Object column) {
        for (Method getter : getters) {
            @org.jspecify.annotations.Nullable Object[] arguments = Methods.plainArguments(getter);
            arguments[0] = column;
            o.see(row + Methods.signature(getter), () -> Methods.call(getter, r, arguments));
        }
    }

    private static List<Method> getters(Class<?> key) {
        return Methods.of(
                ResultSet.class,
                method -> method.getName().startsWith("get")
                        && Methods.beginsWith(method, key)
                        && !method.getName().equals("getObject"));
    }

    private static void places(Behaviours b) {
        b.add("columns are found by label, whatever the case", (c, o) -> {
            ResultSet r = c.createStatement()
                    .executeQuery(
                            "select 1 as one, 2 as \"Two\", 3 as \"two\", 4 as one, 5, item.name from item where id = 1");
            r.next();
            for (String label :
                    new String[] {"one", "ONE", "two", "Two", "TWO", "?column?", "name", "item.name", "no", ""}) {
                o.see("find " + label, () -> r.findColumn(label));
                o.see("get " + label, () -> r.getInt(label));
            }
            o.see("null", () -> r.findColumn(null));
            o.see("get null", () -> r.getInt(null));
        });
        b.add("columns at wrong places", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery("select 1");
            r.next();
            for (int index : new int[] {0, -1, 2, 100}) {
                o.see("int " + index, () -> r.getInt(index));
                o.see("string " + index, () -> r.getString(index));
                o.see("object " + index, () -> r.getObject(index));
            }
        });
        b.add("rows at wrong places", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery("select 1 as one");
            o.see("was null", r::wasNull);
            o.see("before the first", () -> r.getInt(1));
            o.see("before the first by label", () -> r.getString("one"));
            r.next();
            o.see("on the first", () -> r.getInt(1));
            o.see("next", r::next);
            o.see("behind the last", () -> r.getInt(1));
            o.see("next again", r::next);
            o.see("closed by itself", r::isClosed);
            ResultSet empty = c.createStatement().executeQuery("select 1 where false");
            o.see("next of none", empty::next);
            o.see("value of none", () -> empty.getObject(1));
        });
        b.add("an object by a type map", (c, o) -> {
            ResultSet r =
                    c.createStatement().executeQuery("select pair_c, int4_c from everything where which = 'usual'");
            r.next();
            o.see("no map", () -> r.getObject(1, (Map<String, Class<?>>) null));
            o.see("empty map", () -> r.getObject(1, Map.of()));
            o.see("map", () -> r.getObject(1, Map.of("pair", PGobject.class)));
            o.see("by label", () -> r.getObject("int4_c", Map.of()));
            o.see("no class", () -> r.getObject(1, (Class<?>) null));
            o.see("no class by label", () -> r.getObject("int4_c", (Class<?>) null));
            o.see("was null", r::wasNull);
        });
        b.add("a null is told after each getter", (c, o) -> {
            ResultSet r =
                    c.createStatement().executeQuery("select null::int as a, 1 as b, null::text as c, ''::text as d");
            r.next();
            o.see("a", () -> r.getInt("a") + " " + r.wasNull());
            o.see("b", () -> r.getInt("b") + " " + r.wasNull());
            o.see("c", () -> r.getString("c") + " " + r.wasNull());
            o.see("d", () -> r.getString("d") + " " + r.wasNull());
            o.see("as object", () -> r.getObject("a") + " " + r.wasNull());
        });
        b.add("numbers that do not fit", (c, o) -> {
            ResultSet r = c.createStatement()
                    .executeQuery(
                            "select 300 as i, 3000000000 as l, 1e30::float8 as d, 'NaN'::float8 as nan, '12x' as t, 1.5 as dec");
            r.next();
            for (String column : new String[] {"i", "l", "d", "nan", "t", "dec"}) {
                o.see("byte of " + column, () -> r.getByte(column));
                o.see("short of " + column, () -> r.getShort(column));
                o.see("int of " + column, () -> r.getInt(column));
                o.see("long of " + column, () -> r.getLong(column));
                o.see("decimal of " + column, () -> r.getBigDecimal(column));
                o.see("boolean of " + column, () -> r.getBoolean(column));
            }
        });
    }
}
