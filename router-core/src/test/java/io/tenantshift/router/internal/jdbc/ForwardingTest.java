package io.tenantshift.router.internal.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A method that the platform adds with a default body must not slip past the delegation. */
class ForwardingTest {
    /** Defaults of the platform that are right as they are: they call other methods, or quote identifiers by the standard's rules. */
    private static final Set<String> DEFAULTS_THAT_STAND = Set.of(
            "enquoteIdentifier",
            "enquoteLiteral",
            "enquoteNCharLiteral",
            "isSimpleIdentifier",
            "beginRequest",
            "endRequest",
            "setShardingKey",
            "setShardingKeyIfValid");

    static List<Arguments> pairs() {
        return List.of(
                Arguments.of(ResultSet.class, ForwardingResultSet.class),
                Arguments.of(DatabaseMetaData.class, ForwardingDatabaseMetaData.class),
                Arguments.of(Connection.class, RoutedConnection.class),
                Arguments.of(Statement.class, RoutedStatement.class),
                Arguments.of(PreparedStatement.class, RoutedPreparedStatement.class),
                Arguments.of(CallableStatement.class, RoutedCallableStatement.class),
                Arguments.of(Connection.class, ForwardingConnection.class));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void everyMethodOfTheInterfaceIsOurs(Class<?> jdbc, Class<?> ours) throws Exception {
        List<String> missing = Arrays.stream(jdbc.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .filter(method -> !DEFAULTS_THAT_STAND.contains(method.getName()))
                .filter(method -> find(ours, method).getDeclaringClass().isInterface())
                .map(Method::toString)
                .toList();
        assertThat(missing).isEmpty();
    }

    private static Method find(Class<?> ours, Method method) {
        try {
            return ours.getMethod(method.getName(), method.getParameterTypes());
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }
}
