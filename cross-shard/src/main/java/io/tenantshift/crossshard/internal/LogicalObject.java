package io.tenantshift.crossshard.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What connection and statement across tenants have in common: they answer by name, and few names after they were closed. One thread at a time. */
abstract class LogicalObject implements InvocationHandler {
    private static final Set<String> ALWAYS =
            Set.of("isClosed", "close", "hashCode", "equals", "isWrapperFor", "toString");

    private boolean closed;

    /** Does what closing takes; called once. */
    abstract void release() throws SQLException;

    abstract String description();

    /** What is thrown at whoever asks after it was closed. */
    abstract SQLException closedError();

    /** Answers while it is open. */
    abstract @Nullable Object answer(
            Object proxy, Method method, @Nullable Object @Nullable [] given, @Nullable Object[] arguments)
            throws Throwable;

    final void close() throws SQLException {
        if (!closed) {
            closed = true;
            release();
        }
    }

    @Override
    public final @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] given)
            throws Throwable {
        @Nullable Object[] arguments = given == null ? new @Nullable Object[0] : given;
        if (ALWAYS.contains(method.getName())) {
            return always(proxy, method.getName(), arguments);
        }
        if (closed) {
            throw closedError();
        }
        return answer(proxy, method, given, arguments);
    }

    private @Nullable Object always(Object proxy, String name, @Nullable Object[] arguments) throws SQLException {
        return switch (name) {
            case "isClosed" -> closed;
            case "close" -> {
                close();
                yield null;
            }
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> same(proxy, arguments[0]);
            case "isWrapperFor" -> arguments[0] instanceof Class<?> type && type.isInstance(proxy);
            default -> description();
        };
    }

    @SuppressWarnings("ReferenceEquality") // a proxy is equal to itself only
    private static boolean same(Object proxy, @Nullable Object other) {
        return proxy == other;
    }
}
