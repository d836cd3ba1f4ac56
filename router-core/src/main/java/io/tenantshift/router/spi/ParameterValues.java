package io.tenantshift.router.spi;

import java.lang.reflect.Array;
import java.util.Calendar;
import java.util.Date;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/**
 * Values of parameters that are kept for a later execution, or for another one: a driver takes a value when it is set, whatever the caller
 * does with the object afterwards. Safe for any thread.
 */
public final class ParameterValues {
    private ParameterValues() {}

    /** The value, or a copy that the caller cannot change. A stream is itself. */
    @SuppressWarnings("JavaUtilDate") // it is what JDBC's types are
    public static @Nullable Object copy(@Nullable Object value) {
        if (value == null || value instanceof String || value instanceof Number) {
            return value;
        } else if (value instanceof Date date) {
            return date.clone();
        } else if (value instanceof byte[] bytes) {
            return bytes.clone();
        } else if (value instanceof PGobject object) {
            return copyOf(object);
        } else if (value instanceof HashMap<?, ?> map) {
            return map.clone();
        }
        return value.getClass().isArray() ? copyOfArray(value) : value;
    }

    /** The same of a calendar. */
    public static @Nullable Calendar copy(@Nullable Calendar calendar) {
        return calendar == null ? null : (Calendar) calendar.clone();
    }

    private static Object copyOf(PGobject object) {
        try {
            return object.clone();
        } catch (CloneNotSupportedException e) {
            // A class of the caller's that does not want to be copied.
            return object;
        }
    }

    private static Object copyOfArray(Object array) {
        int length = Array.getLength(array);
        Object copy = Array.newInstance(array.getClass().getComponentType(), length);
        System.arraycopy(array, 0, copy, 0, length);
        if (copy instanceof Object[] items) {
            for (int i = 0; i < length; i++) {
                Object item = items[i];
                if (item != null && item.getClass().isArray()) {
                    items[i] = copyOfArray(item);
                }
            }
        }
        return copy;
    }
}
