package io.tenantshift.testkit.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.tenantshift.testkit.Cluster;
import java.lang.reflect.Method;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Subjects that are broken on purpose: the suite must find each fault, and must not accept a stale list of differences. */
final class SuiteCanFailIT {

    @Test
    void lostUpdateCountsAreFound() {
        assertThat(failed(LosesUpdateCounts.class))
                .anySatisfy(failure -> assertThat(failure)
                        .contains("behaviour \"execution: plain: update\" differs")
                        .contains("reference: Integer 2")
                        .contains("subject:   Integer 0"));
    }

    @Test
    void lostSqlStatesAreFound() {
        assertThat(failed(LosesSqlStates.class))
                .anySatisfy(failure -> assertThat(failure)
                        .contains("behaviour \"error and warning: unique\" differs")
                        .contains("SQLException 23505 code 0 server(ERROR 23505")
                        .contains("subject:   threw SQLException null code 0"));
    }

    @Test
    void aValueOfAnotherTypeIsFound() {
        assertThat(failed(WidensIntegers.class))
                .anySatisfy(failure ->
                        assertThat(failure).contains("reference: Integer 42").contains("subject:   Long 42"));
    }

    @Test
    void aStatementThatBelongsToAnotherConnectionIsFound() {
        assertThat(failed(HidesItsConnection.class))
                .anySatisfy(failure -> assertThat(failure).contains("leads back to what it came from"));
    }

    @Test
    void aDifferenceByDesignThatIsGoneFails() {
        assertThat(failed(ListsWhatAgrees.class))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .contains("\"savepoint: nested ones\"")
                        .contains("agrees now; take it off the list"));
    }

    @Test
    void aDifferenceByDesignThatNamesNoBehaviourFails() {
        assertThat(failed(ListsNonsense.class))
                .anySatisfy(failure -> assertThat(failure).contains("savepoint: no such behaviour"));
    }

    @Test
    void aListedDifferencePasses() {
        assertThat(failed(ListsItsFault.class)).isEmpty();
    }

    private static List<String> failed(Class<?> subclass) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(subclass))
                .execute()
                .allEvents()
                .finished()
                .failed()
                .stream()
                .map(event -> event.getRequiredPayload(TestExecutionResult.class)
                        .getThrowable()
                        .map(Throwable::getMessage)
                        .orElse("?"))
                .toList();
    }

    /** A subject with a fault, and the behaviours that are run on it. */
    abstract static class Broken extends JdbcContract {
        private final Set<String> wanted;

        Broken(Cluster cluster, String... wanted) {
            super(cluster);
            this.wanted = Set.of(wanted);
        }

        @Override
        protected DataSource subject() {
            return new JdbcProxy() {
                @Override
                protected @Nullable Object call(Class<?> type, Object driver, Method method, Call call)
                        throws Throwable {
                    return broken(method, call);
                }
            }.over(plain(subjectUrl()));
        }

        @Nullable
        Object broken(Method method, JdbcProxy.Call call) throws Throwable {
            return call.call();
        }

        @Override
        protected boolean isWanted(String behaviour) {
            return wanted.contains(behaviour);
        }
    }

    static final class LosesUpdateCounts extends Broken {
        LosesUpdateCounts(Cluster cluster) {
            super(cluster, "execution: plain: update");
        }

        @Override
        @Nullable
        Object broken(Method method, JdbcProxy.Call call) throws Throwable {
            Object result = call.call();
            return method.getName().equals("executeUpdate") ? 0 : result;
        }
    }

    static final class LosesSqlStates extends Broken {
        LosesSqlStates(Cluster cluster) {
            super(cluster, "error and warning: unique");
        }

        @Override
        @Nullable
        Object broken(Method method, JdbcProxy.Call call) throws Throwable {
            try {
                return call.call();
            } catch (SQLException e) {
                throw new SQLException(e.getMessage());
            }
        }
    }

    static final class WidensIntegers extends Broken {
        WidensIntegers(Cluster cluster) {
            super(cluster, "getter: int4_c");
        }

        @Override
        @Nullable
        Object broken(Method method, JdbcProxy.Call call) throws Throwable {
            Object result = call.call();
            return method.getName().equals("getObject") && result instanceof Integer number
                    ? number.longValue()
                    : result;
        }
    }

    static final class HidesItsConnection extends Broken {
        HidesItsConnection(Cluster cluster) {
            super(cluster, "statement: plain: leads back to what it came from");
        }

        @Override
        @Nullable
        Object broken(Method method, JdbcProxy.Call call) throws Throwable {
            return method.getName().equals("getConnection") && method.getDeclaringClass() == Statement.class
                    ? null
                    : call.call();
        }
    }

    static class ListsWhatAgrees extends Broken {
        ListsWhatAgrees(Cluster cluster) {
            super(cluster, "savepoint: nested ones");
        }

        @Override
        protected Map<String, String> differencesByDesign() {
            return Map.of("savepoint: nested ones", "it was so once");
        }
    }

    static final class ListsNonsense extends Broken {
        ListsNonsense(Cluster cluster) {
            super(cluster, "savepoint: nested ones");
        }

        @Override
        protected Map<String, String> differencesByDesign() {
            return Map.of("savepoint: no such behaviour", "a slip of the pen");
        }
    }

    static final class ListsItsFault extends Broken {
        ListsItsFault(Cluster cluster) {
            super(cluster, "statement: plain: leads back to what it came from");
        }

        @Override
        @Nullable
        Object broken(Method method, JdbcProxy.Call call) throws Throwable {
            return method.getDeclaringClass() == ResultSet.class
                            && method.getName().equals("getStatement")
                    ? null
                    : call.call();
        }

        @Override
        protected Map<String, String> differencesByDesign() {
            return Map.of(
                    "statement: plain: leads back to what it came from / its result's statement",
                    "the fault",
                    "statement: plain: leads back to what it came from / the connection of the result's statement",
                    "follows from it");
        }
    }
}
