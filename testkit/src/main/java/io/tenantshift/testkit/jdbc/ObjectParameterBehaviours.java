package io.tenantshift.testkit.jdbc;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.Date;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.postgresql.geometric.PGpoint;
import org.postgresql.util.PGInterval;
import org.postgresql.util.PGobject;

/** {@code setObject} of every Java type that the driver knows, by itself and as every SQL type. */
final class ObjectParameterBehaviours {

    private static final List<Integer> TIMES =
            List.of(Types.DATE, Types.TIME, Types.TIMESTAMP, Types.TIME_WITH_TIMEZONE, Types.TIMESTAMP_WITH_TIMEZONE);

    private ObjectParameterBehaviours() {}

    /** Makes a value, some with the help of the connection. */
    @FunctionalInterface
    private interface Value {
        Object of(Connection c) throws SQLException;
    }

    static void addTo(Behaviours b) {
        values().forEach((name, value) -> b.add(name, (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ? as v");
            for (int i = 0; i < 7; i++) {
                o.see("set", () -> p.setObject(1, value.of(c)));
                o.table("echo", () -> p.executeQuery());
            }
            for (int type : SqlTypes.all()) {
                if (name.endsWith("[]") && TIMES.contains(type)) {
                    continue; // read from the array's hash code
                }
                PreparedStatement typed = c.prepareStatement("select ? as v");
                o.see("set as " + type, () -> typed.setObject(1, value.of(c), type));
                o.rows("echo as " + type, () -> typed.executeQuery());
            }
            o.see("scaled", () -> p.setObject(1, value.of(c), Types.NUMERIC, 1));
            o.rows("scaled echo", () -> p.executeQuery());
            o.see("by JDBCType", () -> p.setObject(1, value.of(c), JDBCType.VARCHAR));
            o.rows("echo by JDBCType", () -> p.executeQuery());
            o.see("by JDBCType, scaled", () -> p.setObject(1, value.of(c), JDBCType.NUMERIC, 2));
            o.see("at 0", () -> p.setObject(0, value.of(c)));
            o.see("at 2", () -> p.setObject(2, value.of(c), Types.VARCHAR));
        }));
    }

    private static Map<String, Value> values() {
        Map<String, Value> all = new LinkedHashMap<>();
        all.put("Integer", c -> 42);
        all.put("Long", c -> 42L);
        all.put("Short", c -> (short) 42);
        all.put("Byte", c -> (byte) 42);
        all.put("Float", c -> 4.25f);
        all.put("Double", c -> 4.25d);
        all.put("Boolean", c -> true);
        all.put("Character", c -> 'x');
        all.put("BigDecimal", c -> new BigDecimal("4.250"));
        all.put("BigInteger", c -> new BigInteger("12345678901234567890"));
        all.put("String of a number", c -> "42");
        all.put("String of a word", c -> "word");
        all.put("String of a date", c -> "2024-02-29");
        all.put("byte[]", c -> new byte[] {1, 2});
        all.put("int[]", c -> new int[] {1, 2});
        all.put("long[]", c -> new long[] {1, 2});
        all.put("double[]", c -> new double[] {1.5, 2});
        all.put("boolean[]", c -> new boolean[] {true, false});
        all.put("String[]", c -> new String[] {"a", null});
        all.put("Integer[]", c -> new Integer[] {1, null});
        all.put("Object[]", c -> new Object[] {1, "x"});
        all.put("byte[][]", c -> new byte[][] {{1}, {2, 3}});
        all.put("List", c -> List.of(1, 2));
        all.put("Map", c -> Map.of("a", "1"));
        all.put("UUID", c -> new UUID(1, 2));
        all.put("java.util.Date", c -> java.util.Date.from(Instant.ofEpochSecond(1_709_210_096)));
        all.put("java.sql.Date", c -> Date.valueOf("2024-02-29"));
        all.put("java.sql.Time", c -> Time.valueOf("12:34:56"));
        all.put("java.sql.Timestamp", c -> Timestamp.valueOf("2024-02-29 12:34:56.5"));
        all.put("Calendar", c -> Methods.calendar().getTimeZone());
        all.put("LocalDate", c -> LocalDate.of(2024, 2, 29));
        all.put("LocalTime", c -> LocalTime.of(12, 34, 56, 789));
        all.put("LocalDateTime", c -> LocalDateTime.of(2024, 2, 29, 12, 34, 56));
        all.put("OffsetTime", c -> OffsetTime.of(12, 34, 56, 0, ZoneOffset.ofHours(-8)));
        all.put("OffsetDateTime", c -> OffsetDateTime.of(2024, 2, 29, 12, 34, 56, 0, ZoneOffset.ofHours(5)));
        all.put("ZonedDateTime", c -> ZonedDateTime.of(2024, 2, 29, 12, 34, 56, 0, ZoneOffset.UTC));
        all.put("Instant", c -> Instant.ofEpochSecond(1_709_210_096));
        all.put("Duration", c -> Duration.ofMinutes(5));
        all.put("LocalDate.MAX", c -> LocalDate.MAX);
        all.put("OffsetDateTime.MIN", c -> OffsetDateTime.MIN);
        all.put("an enum", c -> Thread.State.NEW);
        all.put("java.sql.Array", c -> c.createArrayOf("text", new Object[] {"a", "b"}));
        all.put("SQLXML", c -> {
            var xml = c.createSQLXML();
            xml.setString("<x/>");
            return xml;
        });
        all.put("PGobject of jsonb", c -> object("jsonb", "{\"a\": 1}"));
        all.put("PGobject of an enum", c -> object("mood", "ok"));
        all.put("PGobject without value", c -> object("inet", null));
        all.put("PGInterval", c -> new PGInterval("1 day 02:03:04"));
        all.put("PGpoint", c -> new PGpoint(1, 2));
        return all;
    }

    private static PGobject object(String type, @org.jspecify.annotations.Nullable String value) throws SQLException {
        PGobject object = new PGobject();
        object.setType(type);
        object.setValue(value);
        return object;
    }
}
