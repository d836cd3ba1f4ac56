package io.tenantshift.dualwrite.corpus;

import java.math.BigDecimal;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A parameter as the application gives it to the driver: {@code 1} an int, {@code 1L} a long, {@code 1.5} a BigDecimal, {@code 1.5d} a
 * double, {@code 'text'} a String, {@code true}, {@code null} or {@code null/12} of a JDBC type, and {@code date'…'}, {@code ts'…'},
 * {@code odt'…'}, {@code uuid'…'}, {@code array'a,b'} of text, {@code other'…'} of JDBC's type OTHER.
 */
@FunctionalInterface
interface Parameter {
    void bind(PreparedStatement statement, int index) throws SQLException;

    /** The parameters of one execution. */
    static List<Parameter> parse(String line) {
        List<Parameter> parameters = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            quoted ^= c == '\'';
            if (c == '|' && !quoted) {
                parameters.add(of(literal.toString().strip()));
                literal.setLength(0);
            } else {
                literal.append(c);
            }
        }
        if (!literal.toString().isBlank()) {
            parameters.add(of(literal.toString().strip()));
        }
        return parameters;
    }

    private static Parameter of(String literal) {
        int quote = literal.indexOf('\'');
        if (quote >= 0) {
            String text = literal.substring(quote + 1, literal.length() - 1).replace("''", "'");
            return of(literal.substring(0, quote), text);
        }
        if (literal.startsWith("null")) {
            int type = literal.length() == 4 ? Types.NULL : Integer.parseInt(literal.substring(5));
            return (statement, index) -> statement.setNull(index, type);
        }
        if (literal.equals("true") || literal.equals("false")) {
            return (statement, index) -> statement.setBoolean(index, literal.equals("true"));
        }
        if (literal.endsWith("L")) {
            long number = Long.parseLong(literal.substring(0, literal.length() - 1));
            return (statement, index) -> statement.setLong(index, number);
        }
        if (literal.endsWith("d")) {
            double number = Double.parseDouble(literal.substring(0, literal.length() - 1));
            return (statement, index) -> statement.setDouble(index, number);
        }
        if (literal.contains(".")) {
            return (statement, index) -> statement.setBigDecimal(index, new BigDecimal(literal));
        }
        int number = Integer.parseInt(literal);
        return (statement, index) -> statement.setInt(index, number);
    }

    private static Parameter of(String kind, String text) {
        return switch (kind) {
            case "" -> (statement, index) -> statement.setString(index, text);
            case "date" -> (statement, index) -> statement.setDate(index, Date.valueOf(text));
            case "ts" -> (statement, index) -> statement.setTimestamp(index, Timestamp.valueOf(text));
            case "odt" -> (statement, index) -> statement.setObject(index, OffsetDateTime.parse(text));
            case "uuid" -> (statement, index) -> statement.setObject(index, UUID.fromString(text));
            case "other" -> (statement, index) -> statement.setObject(index, text, Types.OTHER);
            case "array" ->
                (statement, index) -> statement.setArray(
                        index,
                        statement
                                .getConnection()
                                .createArrayOf("text", text.isEmpty() ? new String[0] : text.split(",")));
            default -> throw new IllegalArgumentException("unknown kind of parameter: " + kind);
        };
    }
}
