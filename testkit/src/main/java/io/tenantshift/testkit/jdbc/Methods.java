package io.tenantshift.testkit.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.sql.Date;
import java.sql.JDBCType;
import java.sql.SQLType;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Comparator;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TimeZone;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Calls by reflection: for what the interfaces repeat a hundred times, and for what a newer JDK adds to them. */
final class Methods {

    private Methods() {}

    /** The instance methods of an interface and those above it, in the order of their signatures. */
    static List<Method> of(Class<?> type, Predicate<Method> wanted) {
        return Arrays.stream(type.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .filter(wanted)
                .collect(Collectors.toMap(Methods::signature, method -> method, (a, b) -> a))
                .values()
                .stream()
                .sorted(Comparator.comparing(Methods::signature))
                .toList();
    }

    /** As {@code getString(int)}. */
    static String signature(Method method) {
        return method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(", ", "(", ")"));
    }

    /** Whether the parameters are of these types, at least at the beginning. */
    static boolean beginsWith(Method method, Class<?>... types) {
        Class<?>[] actual = method.getParameterTypes();
        return actual.length >= types.length && Arrays.equals(Arrays.copyOf(actual, types.length), types);
    }

    /** Calls a method and throws what it threw. */
    static @Nullable Object call(Method method, Object target, @Nullable Object... arguments) throws Exception {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getTargetException() instanceof Exception exception) {
                throw exception;
            }
            if (e.getTargetException() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    /** Records a call of each method on the target, with plain arguments. */
    static void seeAll(Observed o, List<Method> methods, Object target) {
        for (Method method : methods) {
            o.see(signature(method), () -> call(method, target, plainArguments(method)));
        }
    }

    /** An argument for each parameter. */
    static @Nullable Object[] plainArguments(Method method) {
        return Arrays.stream(method.getParameterTypes()).map(Methods::plain).toArray();
    }

    /** Some value of a type that a JDBC method takes; null for the types that only a driver makes. */
    static @Nullable Object plain(Class<?> type) {
        if (type == int.class) {
            return 1;
        }
        if (type == SQLType.class) {
            return JDBCType.VARCHAR;
        }
        if (type == Class.class) {
            return String.class;
        }
        if (type == Calendar.class) {
            return calendar();
        }
        if (type == InputStream.class) {
            return new ByteArrayInputStream(new byte[] {'1'});
        }
        if (type == Reader.class) {
            return new StringReader("1");
        }
        return PLAIN.get(type);
    }

    /** A calendar of another zone than that of the tests. */
    static Calendar calendar() {
        return new GregorianCalendar(TimeZone.getTimeZone("Pacific/Chatham"), Locale.ROOT);
    }

    private static final Map<Class<?>, Object> PLAIN = Map.ofEntries(
            Map.entry(boolean.class, true),
            Map.entry(byte.class, (byte) 1),
            Map.entry(short.class, (short) 1),
            Map.entry(long.class, 1L),
            Map.entry(float.class, 1f),
            Map.entry(double.class, 1d),
            Map.entry(String.class, "1"),
            Map.entry(Object.class, "1"),
            Map.entry(BigDecimal.class, BigDecimal.ONE),
            Map.entry(byte[].class, new byte[] {1}),
            Map.entry(int[].class, new int[] {1}),
            Map.entry(String[].class, new String[] {"1"}),
            Map.entry(Object[].class, new Object[] {"1"}),
            Map.entry(Date.class, Date.valueOf("2024-02-29")),
            Map.entry(Time.class, Time.valueOf("12:34:56")),
            Map.entry(Timestamp.class, Timestamp.valueOf("2024-02-29 12:34:56.789")),
            Map.entry(Properties.class, new Properties()),
            Map.entry(Map.class, Map.of()));
}
