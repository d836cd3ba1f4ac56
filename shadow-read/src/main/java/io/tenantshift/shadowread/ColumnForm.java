package io.tenantshift.shadowread;

import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;

/**
 * How the values of a column are brought to one text. The driver takes a value from the server as text or as binary, as it likes, and
 * writes the binary ones in its own way. What is not known here may differ in its text and is then noise, found at a boundary.
 */
enum ColumnForm {
    /** One text for one value, as far as we know. */
    PLAIN,
    /** {@code 1e+20} and {@code 1.0E20} are one number. */
    FLOATING {
        @Override
        String canonical(String text) {
            try {
                return Double.toString(Double.parseDouble(text));
            } catch (NumberFormatException e) {
                return text; // JDBC takes money for a floating point number
            }
        }
    },
    /** <code>{1,NULL}</code> and <code>{"1",NULL}</code> are one array. */
    ARRAY {
        @Override
        String canonical(String text) {
            return elements(text, PLAIN);
        }
    },
    /** An array of floating point numbers. */
    FLOATING_ARRAY {
        @Override
        String canonical(String text) {
            return elements(text, FLOATING);
        }
    };

    /** The form of a column, from 1. */
    static ColumnForm of(ResultSetMetaData columns, int column) throws SQLException {
        return switch (columns.getColumnType(column)) {
            case Types.REAL, Types.FLOAT, Types.DOUBLE -> FLOATING;
            case Types.ARRAY -> columns.getColumnTypeName(column).startsWith("_float") ? FLOATING_ARRAY : ARRAY;
            default -> PLAIN;
        };
    }

    /** The same value in the one text that we compare. */
    String canonical(String text) {
        return text;
    }

    boolean isFloating() {
        return this == FLOATING || this == FLOATING_ARRAY;
    }

    /** Quotes every element but NULL. */
    private static String elements(String array, ColumnForm element) {
        StringBuilder all = new StringBuilder(array.length() * 2);
        int i = 0;
        while (i < array.length()) {
            char c = array.charAt(i);
            if (c == '{' || c == '}' || c == ',') {
                all.append(c);
                i++;
            } else {
                int end = c == '"' ? endOfQuoted(array, i) : endOfBare(array, i);
                String value = array.substring(i, end);
                if (value.equals("NULL")) {
                    all.append(value);
                } else {
                    all.append('"')
                            .append(element.canonical(c == '"' ? inside(value) : value))
                            .append('"');
                }
                i = end;
            }
        }
        return all.toString();
    }

    private static String inside(String quoted) {
        return quoted.endsWith("\"") && quoted.length() > 1 ? quoted.substring(1, quoted.length() - 1) : quoted;
    }

    private static int endOfQuoted(String array, int open) {
        int i = open + 1;
        while (i < array.length() && array.charAt(i) != '"') {
            i += array.charAt(i) == '\\' ? 2 : 1;
        }
        return Math.min(i + 1, array.length());
    }

    private static int endOfBare(String array, int start) {
        int i = start;
        while (i < array.length() && "{},\"".indexOf(array.charAt(i)) < 0) {
            i++;
        }
        return i;
    }
}
