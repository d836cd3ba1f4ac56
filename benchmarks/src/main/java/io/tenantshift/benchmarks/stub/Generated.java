package io.tenantshift.benchmarks.stub;

import static net.bytebuddy.matcher.ElementMatchers.isAbstract;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.implementation.ExceptionMethod;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.MethodCall;
import org.jspecify.annotations.Nullable;

/**
 * The stubs as whole classes: JDBC's interfaces have hundreds of methods, a stub a dozen, and a reflective proxy would cost more than
 * what is measured. The classes are ordinary ones, made once at start-up, and {@code invokeExact} of a constant handle is an ordinary
 * {@code new} to the compiler.
 */
final class Generated {
    private static final MethodHandle CONNECTION =
            constructor(StubConnection.class, passedOn(), String.class, Properties.class);
    private static final MethodHandle STATEMENT =
            constructor(StubPreparedStatement.class, refused(), StubConnection.class, boolean.class);
    private static final MethodHandle RESULT =
            constructor(StubResultSet.class, refused(), StubPreparedStatement.class, long.class);
    private static final MethodHandle METADATA = constructor(StubResultSetMetaData.class, refused());

    private Generated() {}

    static StubConnection connection(String url, Properties info) {
        try {
            return (StubConnection) CONNECTION.invokeExact(url, info);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    static StubPreparedStatement preparedStatement(StubConnection connection, boolean returnsRows) {
        try {
            return (StubPreparedStatement) STATEMENT.invokeExact(connection, returnsRows);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    static StubResultSet resultSet(StubPreparedStatement statement, long value) {
        try {
            return (StubResultSet) RESULT.invokeExact(statement, value);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    static StubResultSetMetaData resultSetMetaData() {
        try {
            return (StubResultSetMetaData) METADATA.invokeExact();
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static IllegalStateException failed(@Nullable Throwable e) {
        return new IllegalStateException("stub: a constructor failed", e);
    }

    private static Implementation refused() {
        return ExceptionMethod.throwing(
                SQLFeatureNotSupportedException.class, "stub: no workload calls this method, so it has no answer");
    }

    private static Implementation passedOn() {
        try {
            return MethodCall.invokeSelf()
                    .onMethodCall(MethodCall.invoke(StubConnection.class.getMethod("real")))
                    .withAllArguments();
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle constructor(Class<?> stub, Implementation others, Class<?>... parameters) {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        Class<?> whole = new ByteBuddy()
                .subclass(stub)
                .name(stub.getName() + "$Whole")
                .modifiers(net.bytebuddy.description.modifier.Visibility.PUBLIC)
                .method(isAbstract())
                .intercept(others)
                .make()
                .load(stub.getClassLoader(), ClassLoadingStrategy.UsingLookup.of(lookup))
                .getLoaded();
        try {
            return lookup.findConstructor(whole, MethodType.methodType(void.class, parameters))
                    .asType(MethodType.methodType(stub, parameters));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("stub: " + whole + " has no constructor as its parent's", e);
        }
    }
}
