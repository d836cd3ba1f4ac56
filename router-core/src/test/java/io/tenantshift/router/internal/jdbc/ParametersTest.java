package io.tenantshift.router.internal.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ParametersTest {
    /** Nothing of it is called: the setters write down what they were to set. */
    private static final PreparedStatement STATEMENT = (PreparedStatement) Proxy.newProxyInstance(
            PreparedStatement.class.getClassLoader(),
            new Class<?>[] {PreparedStatement.class},
            (proxy, method, values) -> {
                throw new UnsupportedOperationException(method.getName());
            });

    private final Parameters parameters = new Parameters();
    private final List<String> set = new ArrayList<>();
    private final Parameters.Setter setter = (statement, index, value, number) ->
            set.add(index + "=" + (value == Parameters.NUMBER ? Long.toString(number) : value));

    /** One connection keeps them for one statement after the other: nothing of the last one is seen in the next. */
    @Test
    void whatWasSetForAnotherStatementIsNeitherSentNorTakenForATenant() throws SQLException {
        parameters.record(1, setter, Parameters.NUMBER, 7);
        parameters.record(2, setter, "acme", 0);
        parameters.record(3, setter, "acme", 0);
        parameters.clear();
        assertThat(parameters.value(1)).isNull();
        assertThat(parameters.isText(2, "acme")).isFalse();

        parameters.record(3, setter, "bolt", 0);

        assertThat(parameters.value(1)).isNull();
        assertThat(parameters.isText(2, "acme")).isFalse();
        assertThat(parameters.value(3)).isEqualTo("bolt");
        parameters.bind(STATEMENT, 0);
        assertThat(set).containsExactly("3=bolt");
        assertThat(parameters.snapshot().value(1)).isNull();
    }

    @Test
    void whatIsSetAgainCountsOnce() throws SQLException {
        parameters.record(1, setter, Parameters.NUMBER, 7);
        parameters.record(1, setter, Parameters.NUMBER, 8);
        parameters.record(2, setter, "acme", 0);
        parameters.record(2, setter, "acme", 0);
        parameters.bind(STATEMENT, 0);
        assertThat(set).containsExactly("1=8", "2=acme");
        assertThat(parameters.value(1)).isEqualTo(8L);
    }
}
