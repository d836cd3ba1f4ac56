package io.tenantshift.testkit.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Results as text. */
final class ResultText {

    /** What is told of a column, by reflection: a newer JDK may know more. */
    private static final List<Method> COLUMN_PROPERTIES = Arrays.stream(ResultSetMetaData.class.getMethods())
            .filter(method -> Arrays.equals(method.getParameterTypes(), new Class<?>[] {int.class}))
            .sorted(Comparator.comparing(Method::getName))
            .toList();

    private ResultText() {}

    /** The rows from the next one on, each value as {@code getObject} gives it. */
    static String rows(ResultSet result, int limit) throws SQLException {
        ResultSetMetaData columns = result.getMetaData();
        StringBuilder text = new StringBuilder("rows of");
        for (int column = 1; column <= columns.getColumnCount(); column++) {
            text.append(' ').append(columns.getColumnLabel(column));
        }
        for (int row = 0; row < limit && result.next(); row++) {
            text.append("\n  ");
            for (int column = 1; column <= columns.getColumnCount(); column++) {
                text.append(column == 1 ? "" : " | ").append(value(result, column));
            }
        }
        return text.toString();
    }

    private static String value(ResultSet result, int column) {
        try {
            return Rendering.text(result.getObject(column));
        } catch (SQLException e) {
            return Failures.strict(e);
        }
    }

    /** All properties of all columns. */
    static String columns(ResultSetMetaData meta) throws SQLException {
        StringBuilder text = new StringBuilder();
        for (int column = 1; column <= meta.getColumnCount(); column++) {
            text.append("column ").append(column).append(':');
            for (Method property : COLUMN_PROPERTIES) {
                text.append(' ').append(property.getName()).append('=').append(property(meta, property, column));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String property(ResultSetMetaData meta, Method property, int column) {
        try {
            return Rendering.text(property.invoke(meta, column));
        } catch (InvocationTargetException e) {
            return Failures.strict(e.getTargetException());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("the methods of an interface are public", e);
        }
    }
}
