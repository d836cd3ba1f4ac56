package io.tenantshift.testkit.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every setter of a parameter: with a value, with null, as a stream of every length, at a wrong place. */
final class ParameterBehaviours {
    private static final String ECHO = "select ? as v";

    private ParameterBehaviours() {}

    /** A call of a setter on a parameter. */
    @FunctionalInterface
    private interface Setter {
        void set(PreparedStatement p, int index) throws Exception;
    }

    static void addTo(Behaviours b) {
        setters()
                .forEach((name, setter) -> b.add(name, (c, o) -> {
                    PreparedStatement p = c.prepareStatement(ECHO);
                    for (int i = 0; i < 7; i++) {
                        o.see("set " + i, () -> setter.set(p, 1));
                        o.table("echo " + i, () -> p.executeQuery());
                    }
                    o.see("before the first", () -> setter.set(p, 0));
                    o.see("behind the last", () -> setter.set(p, 2));
                    for (String type :
                            List.of("text", "integer", "numeric", "bytea", "boolean", "timestamptz", "jsonb")) {
                        PreparedStatement typed = c.prepareStatement("select (?::" + type + ")::text as v");
                        o.see("set for " + type, () -> setter.set(typed, 1));
                        o.rows("as " + type, () -> typed.executeQuery());
                    }
                }));
        streams(b);
        ChangedParameterBehaviours.addTo(b);
        b.add("null of every type", (c, o) -> {
            for (int type : SqlTypes.all()) {
                PreparedStatement p = c.prepareStatement(ECHO);
                o.see("type " + type, () -> p.setNull(1, type));
                o.table("echo of type " + type, () -> p.executeQuery());
                o.see("type with name " + type, () -> p.setNull(1, type, "pair"));
                o.table("echo with name " + type, () -> p.executeQuery());
            }
        });
        b.add(
                "every setter of a prepared statement",
                (c, o) -> everySetter(c.prepareStatement(ECHO), PreparedStatement.class, o));
        b.add(
                "every setter of a callable statement, by index and by name",
                (c, o) -> everySetter(c.prepareCall("{? = call greeting(?)}"), CallableStatement.class, o));
    }

    private static void everySetter(PreparedStatement p, Class<?> type, Observed o) throws Exception {
        List<Method> setters = Methods.of(
                type,
                method -> method.getName().startsWith("set")
                        && (Methods.beginsWith(method, int.class) || Methods.beginsWith(method, String.class))
                        && method.getParameterCount() > 1);
        for (Method setter : setters) {
            o.see(Methods.signature(setter), () -> Methods.call(setter, p, Methods.plainArguments(setter)));
            if (type == PreparedStatement.class) {
                o.rows("echo of " + Methods.signature(setter), () -> p.executeQuery());
            }
        }
    }

    private static void streams(Behaviours b) {
        for (int declared : new int[] {-1, 0, 3, 5, 9}) {
            b.add("streams of five bytes declared as " + declared, (c, o) -> {
                byte[] bytes = "hello".getBytes(StandardCharsets.US_ASCII);
                PreparedStatement binary = c.prepareStatement("select ?::bytea as v");
                PreparedStatement text = c.prepareStatement("select ?::text as v");
                o.see("binary", () -> binary.setBinaryStream(1, in(bytes), declared));
                o.rows("binary echo", () -> binary.executeQuery());
                o.see("binary long", () -> binary.setBinaryStream(1, in(bytes), (long) declared));
                o.rows("binary long echo", () -> binary.executeQuery());
                o.see("ascii", () -> text.setAsciiStream(1, in(bytes), declared));
                o.rows("ascii echo", () -> text.executeQuery());
                o.see("ascii long", () -> text.setAsciiStream(1, in(bytes), (long) declared));
                o.rows("ascii long echo", () -> text.executeQuery());
                o.see("characters", () -> text.setCharacterStream(1, new StringReader("hello"), declared));
                o.rows("characters echo", () -> text.executeQuery());
                o.see("characters long", () -> text.setCharacterStream(1, new StringReader("hello"), (long) declared));
                o.rows("characters long echo", () -> text.executeQuery());
                o.see("object", () -> binary.setObject(1, in(bytes), Types.BINARY, declared));
                o.rows("object echo", () -> binary.executeQuery());
                o.see("usable", () -> c.createStatement().execute("select 1"));
            });
        }
        b.add("a stream that breaks", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select ?::bytea as v");
            InputStream broken = new InputStream() {
                @Override
                public int read() throws java.io.IOException {
                    throw new java.io.IOException("broken on purpose");
                }

                @Override
                public int read(byte[] into, int from, int length) throws java.io.IOException {
                    return read();
                }
            };
            o.see("set", () -> p.setBinaryStream(1, broken, 5));
            o.see("execute", () -> p.executeQuery());
            o.see("closed", c::isClosed);
            o.see("usable", () -> c.createStatement().execute("select 1"));
        });
        b.add("large values", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select length(?::bytea), length(?::text), md5(?::text)");
            p.setBinaryStream(1, in(new byte[3_000_000]), 3_000_000);
            p.setString(2, "ü".repeat(1_000_000));
            p.setCharacterStream(3, new StringReader("y".repeat(1_000_000)));
            o.rows("lengths", () -> p.executeQuery());
        });
    }

    private static InputStream in(byte[] bytes) {
        return new ByteArrayInputStream(bytes);
    }

    private static Map<String, Setter> setters() {
        Map<String, Setter> all = new LinkedHashMap<>();
        all.put("setBoolean", (p, i) -> p.setBoolean(i, true));
        all.put("setByte", (p, i) -> p.setByte(i, (byte) -7));
        all.put("setShort", (p, i) -> p.setShort(i, Short.MAX_VALUE));
        all.put("setInt", (p, i) -> p.setInt(i, -42));
        all.put("setLong", (p, i) -> p.setLong(i, Long.MIN_VALUE));
        all.put("setFloat", (p, i) -> p.setFloat(i, 1.25f));
        all.put("setDouble", (p, i) -> p.setDouble(i, Double.NaN));
        all.put("setBigDecimal", (p, i) -> p.setBigDecimal(i, new BigDecimal("12345678901234567890.0100")));
        all.put("setBigDecimal null", (p, i) -> p.setBigDecimal(i, null));
        all.put("setString", (p, i) -> p.setString(i, "1"));
        all.put("setString with quotes", (p, i) -> p.setString(i, "it's \\ \" ü \uD83D\uDE00"));
        all.put("setString with a zero character", (p, i) -> p.setString(i, "a\0b"));
        all.put("setString empty", (p, i) -> p.setString(i, ""));
        all.put("setString null", (p, i) -> p.setString(i, null));
        all.put("setBytes", (p, i) -> p.setBytes(i, new byte[] {0, 1, -1, '\\'}));
        all.put("setBytes null", (p, i) -> p.setBytes(i, null));
        all.put("setDate", (p, i) -> p.setDate(i, Date.valueOf("2024-02-29")));
        all.put("setDate with a calendar", (p, i) -> p.setDate(i, Date.valueOf("2024-02-29"), Methods.calendar()));
        all.put("setTime", (p, i) -> p.setTime(i, Time.valueOf("12:34:56")));
        all.put("setTime with a calendar", (p, i) -> p.setTime(i, Time.valueOf("12:34:56"), Methods.calendar()));
        all.put("setTimestamp", (p, i) -> p.setTimestamp(i, Timestamp.valueOf("2024-02-29 12:34:56.123456789")));
        all.put(
                "setTimestamp with a calendar",
                (p, i) -> p.setTimestamp(i, Timestamp.valueOf("2024-02-29 12:34:56.5"), Methods.calendar()));
        all.put("setTimestamp null", (p, i) -> p.setTimestamp(i, null));
        all.put("setTimestamp of infinity", (p, i) -> p.setTimestamp(i, new Timestamp(Long.MAX_VALUE)));
        all.put("setArray", (p, i) -> p.setArray(i, p.getConnection().createArrayOf("int4", new Object[] {1, null})));
        all.put("setArray null", (p, i) -> p.setArray(i, null));
        all.put("setURL", (p, i) -> p.setURL(i, URI.create("http://localhost/x").toURL()));
        all.put("setRef", (p, i) -> p.setRef(i, null));
        all.put("setRowId", (p, i) -> p.setRowId(i, null));
        all.put("setNString", (p, i) -> p.setNString(i, "n"));
        all.put("setSQLXML", (p, i) -> p.setSQLXML(i, xml(p.getConnection())));
        all.put("setSQLXML null", (p, i) -> p.setSQLXML(i, null));
        all.put("setAsciiStream", (p, i) -> p.setAsciiStream(i, in(new byte[] {'a', 'b'})));
        all.put("setAsciiStream null", (p, i) -> p.setAsciiStream(i, null));
        all.put("setBinaryStream", (p, i) -> p.setBinaryStream(i, in(new byte[] {1, 2})));
        all.put("setBinaryStream null", (p, i) -> p.setBinaryStream(i, null));
        all.put("setCharacterStream", (p, i) -> p.setCharacterStream(i, new StringReader("xyz")));
        all.put("setCharacterStream null", (p, i) -> p.setCharacterStream(i, null));
        all.put("setNCharacterStream", (p, i) -> p.setNCharacterStream(i, new StringReader("xyz")));
        all.put("setBlob of a stream", (p, i) -> p.setBlob(i, in(new byte[] {1, 2})));
        all.put("setBlob null", (p, i) -> p.setBlob(i, (java.sql.Blob) null));
        all.put("setClob of a reader", (p, i) -> p.setClob(i, (Reader) new StringReader("clob")));
        all.put("setClob null", (p, i) -> p.setClob(i, (java.sql.Clob) null));
        all.put("setNClob of a reader", (p, i) -> p.setNClob(i, (Reader) new StringReader("clob")));
        all.put("setObject null", (p, i) -> p.setObject(i, null));
        all.put(
                "setObject of an unknown class",
                (p, i) -> p.setObject(i, new java.util.concurrent.atomic.AtomicReference<>("x")));
        return all;
    }

    private static SQLXML xml(Connection c) throws SQLException {
        SQLXML xml = c.createSQLXML();
        xml.setString("<a>1</a>");
        return xml;
    }
}
