package io.tenantshift.testkit.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.lang.reflect.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/**
 * Values as text, with their types: two values that a caller could tell apart have different texts. Streams, arrays and results are
 * read out, which consumes them. Objects of the driver are shown by the JDBC interface that they implement.
 */
final class Rendering {

    private Rendering() {}

    static String text(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        try {
            return notNull(value);
        } catch (SQLException | IOException e) {
            return JdbcTypes.of(value).orElse(value.getClass()).getSimpleName() + " that cannot be read: "
                    + Failures.strict(e);
        }
    }

    private static String notNull(Object value) throws SQLException, IOException {
        if (value instanceof Observed.Done) {
            return value.toString();
        }
        if (value instanceof String string) {
            return '"' + string + '"';
        }
        if (value instanceof byte[] bytes) {
            return "byte[" + bytes.length + "] " + hex(bytes);
        }
        if (value.getClass().isArray()) {
            return array(value);
        }
        if (value instanceof InputStream stream) {
            return "InputStream " + hex(stream.readAllBytes());
        }
        if (value instanceof Reader reader) {
            return "Reader " + text(readAll(reader));
        }
        if (value instanceof SQLWarning warning) {
            return warnings(warning);
        }
        if (value instanceof Throwable failure) {
            return Failures.strict(failure);
        }
        if (value instanceof Class<?> type) {
            return "class " + type.getName();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, String> sorted = new TreeMap<>();
            map.forEach((key, entry) -> sorted.put(String.valueOf(key), text(entry)));
            return "Map " + sorted;
        }
        if (value instanceof Collection<?> collection) {
            return collection.stream().map(Rendering::text).collect(Collectors.joining(", ", "[", "]"));
        }
        return jdbc(value);
    }

    private static String jdbc(Object value) throws SQLException, IOException {
        if (value instanceof ResultSet result) {
            return ResultText.rows(result, 200);
        }
        if (value instanceof java.sql.Array array) {
            return "Array of " + array.getBaseTypeName() + "/" + array.getBaseType() + " " + text(array.getArray());
        }
        if (value instanceof SQLXML xml) {
            return "SQLXML " + text(xml.getString());
        }
        if (value instanceof Blob blob) {
            return "Blob " + text(blob.getBytes(1, Math.toIntExact(blob.length())));
        }
        if (value instanceof Clob clob) {
            return "Clob " + text(clob.getSubString(1, Math.toIntExact(clob.length())));
        }
        if (value instanceof PGobject object) {
            return object.getClass().getSimpleName() + " " + object.getType() + " " + text(object.getValue());
        }
        String name = value.getClass().getName();
        if (name.startsWith("java.") || value instanceof Enum<?>) {
            return value.getClass().getSimpleName() + " " + value;
        }
        return "a " + JdbcTypes.of(value).map(Class::getSimpleName).orElse(name);
    }

    private static String array(Object array) {
        StringBuilder text =
                new StringBuilder(array.getClass().getComponentType().getSimpleName()).append("[");
        for (int i = 0; i < Array.getLength(array); i++) {
            text.append(i == 0 ? "" : ", ").append(text(Array.get(array, i)));
        }
        return text.append("]").toString();
    }

    private static String warnings(SQLWarning first) {
        StringBuilder text = new StringBuilder("warnings");
        int seen = 0;
        for (SQLWarning warning = first; warning != null && seen < 20; warning = warning.getNextWarning(), seen++) {
            text.append("\n  ")
                    .append(warning.getSQLState())
                    .append(' ')
                    .append(warning.getErrorCode())
                    .append(' ')
                    .append(warning.getMessage());
        }
        return text.toString();
    }

    private static String readAll(Reader reader) throws IOException {
        StringWriter text = new StringWriter();
        reader.transferTo(text);
        return text.toString();
    }

    private static String hex(byte[] bytes) {
        return bytes.length <= 64
                ? HexFormat.of().formatHex(bytes)
                : HexFormat.of().formatHex(bytes, 0, 64) + "... hash " + java.util.Arrays.hashCode(bytes);
    }
}
