package io.tenantshift.testkit.jdbc;

import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.Calendar;
import java.util.TimeZone;
import org.postgresql.geometric.PGpoint;
import org.postgresql.util.PGobject;

/** Values that the caller changes after it has set them, as one does who uses a buffer again: the driver has taken what they were. */
final class ChangedParameterBehaviours {
    private static final long HOUR = 3_600_000;

    private ChangedParameterBehaviours() {}

    /** Sets a value on a parameter. */
    @FunctionalInterface
    private interface Setter<T> {
        void set(PreparedStatement p, int index, T value) throws SQLException;
    }

    /** Makes a value, or changes it. */
    @FunctionalInterface
    private interface Maker<T> {
        T make() throws SQLException;
    }

    @FunctionalInterface
    private interface Change<T> {
        void to(T value) throws SQLException;
    }

    static void addTo(Behaviours b) {
        bytes(b, "setBytes", PreparedStatement::setBytes);
        bytes(b, "setObject", PreparedStatement::setObject);
        bytes(b, "setObject as binary", (p, i, v) -> p.setObject(i, v, Types.BINARY));
        add(b, "int[]", "integer[]", () -> new int[] {1, 2}, PreparedStatement::setObject, v -> v[0]++);
        add(b, "String[]", "text[]", () -> new String[] {"a", "b"}, PreparedStatement::setObject, v -> v[0] += "x");
        add(b, "int[][]", "integer[]", () -> new int[][] {{1}, {2}}, PreparedStatement::setObject, v -> v[1][0]++);
        add(b, "PGobject", "jsonb", () -> json("1"), PreparedStatement::setObject, v -> v.setValue(v.getValue() + "0"));
        add(b, "PGpoint", "point", () -> new PGpoint(1, 2), PreparedStatement::setObject, v -> v.x++);
        moment(b, "setTimestamp", PreparedStatement::setTimestamp);
        moment(b, "setTimestamp with a calendar", (p, i, v) -> p.setTimestamp(i, v, Methods.calendar()));
        moment(b, "setObject", PreparedStatement::setObject);
        moment(b, "setObject as timestamp", (p, i, v) -> p.setObject(i, v, Types.TIMESTAMP));
        moment(b, "setObject as timestamp, scaled", (p, i, v) -> p.setObject(i, v, Types.TIMESTAMP, 3));
        add(
                b,
                "setDate with a calendar",
                "date",
                () -> Date.valueOf("2024-02-29"),
                (p, i, v) -> p.setDate(i, v, Methods.calendar()),
                v -> v.setTime(v.getTime() + 24 * HOUR));
        add(
                b,
                "setTime with a calendar",
                "time",
                () -> Time.valueOf("12:34:56"),
                (p, i, v) -> p.setTime(i, v, Methods.calendar()),
                v -> v.setTime(v.getTime() + HOUR));
        add(
                b,
                "the calendar itself",
                "timestamp",
                Methods::calendar,
                (p, i, v) -> p.setTimestamp(i, Timestamp.valueOf("2024-02-29 12:34:56"), v),
                ChangedParameterBehaviours::moveWest);
    }

    private static void bytes(Behaviours b, String name, Setter<byte[]> setter) {
        add(b, "byte[] by " + name, "bytea", () -> new byte[] {1, 2}, setter, v -> v[0]++);
    }

    private static void moment(Behaviours b, String name, Setter<Timestamp> setter) {
        add(
                b,
                "Timestamp by " + name,
                "timestamp",
                () -> Timestamp.valueOf("2024-02-29 12:34:56.5"),
                setter,
                v -> v.setTime(v.getTime() + HOUR));
    }

    private static PGobject json(String value) throws SQLException {
        PGobject object = new PGobject();
        object.setType("jsonb");
        object.setValue(value);
        return object;
    }

    private static void moveWest(Calendar calendar) {
        TimeZone zone = (TimeZone) calendar.getTimeZone().clone();
        zone.setRawOffset((int) (zone.getRawOffset() - HOUR));
        calendar.setTimeZone(zone);
    }

    private static <T> void add(
            Behaviours b, String name, String type, Maker<T> maker, Setter<T> setter, Change<T> change) {
        b.add("changed after it was set: " + name, (c, o) -> {
            T value = maker.make();
            PreparedStatement one = c.prepareStatement("select (?::" + type + ")::text as v");
            setter.set(one, 1, value);
            change.to(value);
            o.rows("one", () -> one.executeQuery());
            PreparedStatement batch =
                    c.prepareStatement("insert into plain (a, b) values (?, (?::" + type + ")::text)");
            for (int i = 0; i < 3; i++) {
                batch.setInt(1, 10 + i);
                setter.set(batch, 2, value);
                batch.addBatch();
                change.to(value);
            }
            o.see("batch", () -> batch.executeBatch());
            o.rows("written", () -> c.createStatement().executeQuery("select * from plain where a >= 10 order by a"));
        });
    }
}
