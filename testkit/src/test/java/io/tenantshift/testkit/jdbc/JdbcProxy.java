package io.tenantshift.testkit.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A layer of proxies over a DataSource and every JDBC object that comes from it, each of the driver's objects having one proxy. What a
 * subclass does in {@link #call} is all that distinguishes it from the driver itself. It remembers every object: for one behaviour.
 */
abstract class JdbcProxy {
    private final Map<Object, Object> proxies = Collections.synchronizedMap(new IdentityHashMap<>());

    /** A call of the driver. */
    @FunctionalInterface
    interface Call {
        @Nullable
        Object call() throws Throwable;
    }

    /** The DataSource with the layer over it. */
    final DataSource over(DataSource dataSource) {
        return (DataSource) wrapped(dataSource);
    }

    /**
     * Does a call, by default as the driver does it.
     *
     * @param type the most special interface of the object
     */
    protected @Nullable Object call(Class<?> type, Object driver, Method method, Call call) throws Throwable {
        return call.call();
    }

    /** The object with the layer over it, if it is a JDBC object and has none yet. */
    final Object wrapped(Object object) {
        Class<?> type = JdbcTypes.of(object).orElse(null);
        if (type == null || !JdbcTypes.ACCOUNTED.contains(type) || Proxy.isProxyClass(object.getClass())) {
            return object;
        }
        return proxies.computeIfAbsent(
                object,
                driver -> Proxy.newProxyInstance(
                        JdbcProxy.class.getClassLoader(), new Class<?>[] {type}, new Layer(type, driver)));
    }

    private final class Layer implements InvocationHandler {
        private final Class<?> type;
        private final Object driver;

        Layer(Class<?> type, Object driver) {
            this.type = type;
            this.driver = driver;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            if (method.getDeclaringClass() == Object.class) {
                return direct(method, arguments);
            }
            Object result = call(type, driver, method, () -> direct(method, arguments));
            boolean unwrapped = method.getName().equals("unwrap")
                    && !(arguments != null && arguments[0] == type && result == driver);
            return result == null || unwrapped ? result : wrapped(result);
        }

        private @Nullable Object direct(Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
            try {
                return method.invoke(
                        driver,
                        arguments == null
                                ? null
                                : Arrays.stream(arguments).map(Layer::driverOf).toArray());
            } catch (InvocationTargetException e) {
                throw e.getTargetException();
            }
        }

        private static @Nullable Object driverOf(@Nullable Object argument) {
            return argument != null
                            && Proxy.isProxyClass(argument.getClass())
                            && Proxy.getInvocationHandler(argument) instanceof Layer layer
                    ? layer.driver
                    : argument;
        }
    }
}
