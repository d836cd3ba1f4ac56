package io.tenantshift.testkit.jdbc;

import java.io.OutputStream;
import java.io.StringReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.UUID;
import javax.xml.transform.dom.DOMResult;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import javax.xml.transform.stream.StreamSource;
import org.postgresql.PGConnection;
import org.postgresql.util.PGInterval;
import org.postgresql.util.PGobject;

/** Types of the server there and back again, and XML. */
final class TypeBehaviours {

    private TypeBehaviours() {}

    static void addTo(Behaviours b) {
        roundTrips(b);
        dates(b);
        xml(b);
    }

    private static void roundTrips(Behaviours b) {
        for (String column : GetterBehaviours.COLUMNS) {
            b.add("there and back: " + column, (c, o) -> {
                ResultSet r = c.createStatement()
                        .executeQuery("select which, " + column + " from everything_rows order by which");
                PreparedStatement p = c.prepareStatement("update everything set " + column + " = ? where which = ?");
                while (r.next()) {
                    String which = r.getString(1);
                    o.see("set " + which, () -> {
                        Object value = r.getObject(2);
                        if (value == null) {
                            p.setNull(1, r.getMetaData().getColumnType(2));
                        } else {
                            p.setObject(1, value);
                        }
                    });
                    p.setString(2, which);
                    o.see("update " + which, () -> p.executeUpdate());
                    String text = r.getString(2);
                    o.see("set text " + which, () -> p.setObject(1, text, Types.OTHER));
                    o.see("update by text " + which, () -> p.executeUpdate());
                }
                o.rows(
                        "stored",
                        () -> c.createStatement()
                                .executeQuery("select which, " + column + " from everything order by which"));
                o.rows(
                        "same",
                        () -> c.createStatement()
                                .executeQuery(
                                        "select count(*) from everything a join everything_rows b using (which) where a."
                                                + column + "::text is not distinct from b." + column + "::text"));
            });
        }
        b.add("a composite as an object", (c, o) -> {
            PGobject pair = new PGobject();
            pair.setType("pair");
            pair.setValue("(7,seven)");
            PreparedStatement p = c.prepareStatement("select (?::pair).b, ? as whole");
            p.setObject(1, pair);
            p.setObject(2, pair);
            o.table("echo", () -> p.executeQuery());
        });
        b.add("an interval as an object", (c, o) -> {
            PreparedStatement p = c.prepareStatement("select timestamp '2024-01-31 00:00:00' + ?");
            p.setObject(1, new PGInterval(0, 1, 2, 3, 4, 5.5));
            o.rows("sum", () -> p.executeQuery());
        });
        b.add("a type of one's own", (c, o) -> {
            c.unwrap(PGConnection.class).addDataType("mood", PGobject.class);
            ResultSet r = c.createStatement().executeQuery("select 'ok'::mood");
            r.next();
            o.see("object", () -> r.getObject(1));
            o.see("as class", () -> r.getObject(1, PGobject.class));
        });
        b.add("uuid keys", (c, o) -> {
            c.createStatement().execute("create table scratch.u (id uuid primary key, b text)");
            PreparedStatement insert = c.prepareStatement("insert into scratch.u values (?, 'x')");
            insert.setObject(1, new UUID(3, 4));
            o.see("insert", () -> insert.executeUpdate());
            PreparedStatement select = c.prepareStatement("select id from scratch.u where id = ?");
            select.setObject(1, new UUID(3, 4));
            o.rows("by uuid", () -> select.executeQuery());
            select.setString(1, new UUID(3, 4).toString());
            o.rows("by text", () -> select.executeQuery());
        });
    }

    private static void dates(Behaviours b) {
        for (String zone : new String[] {"UTC", "America/New_York", "Pacific/Chatham"}) {
            b.add("dates and times in session time zone " + zone, (c, o) -> {
                c.createStatement().execute("set time zone '" + zone + "'");
                PreparedStatement p = c.prepareStatement(
                        "select ?::timestamptz as a, ?::timestamp as b, ?::date as c, ?::time as d, ?::timetz as e");
                for (int i = 0; i < 7; i++) {
                    p.setTimestamp(1, Timestamp.valueOf("2024-07-01 12:00:00"));
                    p.setTimestamp(2, Timestamp.valueOf("2024-07-01 12:00:00"));
                    p.setDate(3, Date.valueOf("2024-07-01"));
                    p.setTime(4, Time.valueOf("12:00:00"));
                    p.setTime(5, Time.valueOf("12:00:00"));
                    o.rows("echo", () -> p.executeQuery());
                    p.setObject(1, OffsetDateTime.parse("2024-01-01T00:00:00+09:00"));
                    p.setObject(2, LocalDateTime.parse("2024-01-01T00:00:00"));
                    p.setObject(3, LocalDate.parse("2024-01-01"));
                    p.setObject(4, LocalTime.parse("23:59:59.999999"));
                    p.setObject(5, OffsetTime.parse("23:59:59-03:00"));
                    o.rows("echo of java.time", () -> p.executeQuery());
                }
                ResultSet r = p.executeQuery();
                r.next();
                o.see("offset date time", () -> r.getObject(1, OffsetDateTime.class));
                o.see("local date time", () -> r.getObject(2, LocalDateTime.class));
                o.see("timestamp by calendar", () -> r.getTimestamp(1, Methods.calendar()));
                o.see("time by calendar", () -> r.getTime(5, Methods.calendar()));
                o.see("text", () -> r.getString(1));
            });
        }
        b.add("the session's settings change what text looks like", (c, o) -> {
            c.createStatement()
                    .execute(
                            "set datestyle = 'ISO, DMY'; set intervalstyle = 'iso_8601'; set extra_float_digits = 0; set bytea_output = 'escape'");
            ResultSet r = c.createStatement()
                    .executeQuery(
                            "select date '2024-02-29', interval '1 day', 0.1::float8 + 0.2::float8, '\\x41ff'::bytea");
            r.next();
            for (int i = 1; i < 5; i++) {
                int column = i;
                o.see("text " + i, () -> r.getString(column));
                o.see("object " + i, () -> r.getObject(column));
            }
        });
        b.add("a date style that the driver cannot read", (c, o) -> {
            o.see("set", () -> c.createStatement().execute("set datestyle = 'SQL, DMY'"));
            o.see("closed", c::isClosed);
            o.see("usable", () -> c.createStatement().execute("select 1"));
        });
    }

    private static void xml(Behaviours b) {
        b.add("every way to write XML", (c, o) -> {
            o.see("string", () -> echo(c, xml -> xml.setString("<a>1</a>")));
            o.see(
                    "stream",
                    () -> echo(c, xml -> {
                        try (OutputStream out = xml.setBinaryStream()) {
                            out.write("<b/>".getBytes(StandardCharsets.UTF_8));
                        }
                    }));
            o.see(
                    "writer",
                    () -> echo(c, xml -> {
                        try (Writer writer = xml.setCharacterStream()) {
                            writer.write("<c/>");
                        }
                    }));
            o.see(
                    "result",
                    () -> echo(
                            c,
                            xml -> xml.setResult(DOMResult.class)
                                    .setNode(javax.xml.parsers.DocumentBuilderFactory.newInstance()
                                            .newDocumentBuilder()
                                            .parse(new org.xml.sax.InputSource(new StringReader("<d x=\"1\"/>"))))));
            o.see("unknown result", () -> echo(c, xml -> xml.setResult(null)));
            o.see(
                    "stream result",
                    () -> echo(
                            c,
                            xml -> xml.setResult(StreamResult.class).getWriter().write("<e/>")));
            o.see("nothing", () -> echo(c, xml -> xml.getString()));
            o.see(
                    "twice",
                    () -> echo(c, xml -> {
                        xml.setString("<f/>");
                        xml.setString("<g/>");
                    }));
            o.see("wrong", () -> echo(c, xml -> xml.setString("<not closed")));
        });
        b.add("every way to read XML", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery("select '<a><b>1</b></a>'::xml as x, null::xml as nothing");
            r.next();
            o.see("string", () -> r.getSQLXML(1).getString());
            o.see("stream", () -> r.getSQLXML("x").getBinaryStream());
            o.see("reader", () -> r.getSQLXML(1).getCharacterStream());
            o.see(
                    "dom",
                    () -> r.getSQLXML(1)
                            .getSource(DOMSource.class)
                            .getNode()
                            .getFirstChild()
                            .getTextContent());
            o.see("source", () -> r.getSQLXML(1).getSource(StreamSource.class).getReader());
            o.see("null", () -> r.getSQLXML(2));
            o.see("object", () -> r.getObject(1));
            SQLXML freed = r.getSQLXML(1);
            o.see("free", () -> freed.free());
            o.see("freed", () -> freed.getString());
        });
    }

    /** Fills an XML value. */
    @FunctionalInterface
    private interface Fill {
        void in(SQLXML xml) throws Exception;
    }

    private static ResultSet echo(Connection c, Fill fill) throws Exception {
        SQLXML xml = c.createSQLXML();
        fill.in(xml);
        PreparedStatement p = c.prepareStatement("select ?::xml");
        p.setSQLXML(1, xml);
        return p.executeQuery();
    }
}
