package io.tenantshift.testkit.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;

/**
 * The reference compared with itself: behaviours that depend on chance, time or the database's name fail here. One side is watched by a
 * layer that does every call as the driver does it, and no method of the JDBC interfaces of the running JDK is unaccounted for: some
 * behaviour calls each.
 */
final class ReferenceContractIT extends JdbcContract {

    /** Interfaces of which pgjdbc makes no object, so that nobody can call their methods. */
    private static final Set<Class<?>> NEVER_MADE = Set.of(java.sql.NClob.class);

    private final Set<String> called = ConcurrentHashMap.newKeySet();

    ReferenceContractIT(Cluster cluster) {
        super(cluster);
    }

    @Override
    protected DataSource subject() {
        return plain(subjectUrl());
    }

    @Override
    DataSource subject(Behaviour behaviour) {
        return behaviour.sweep() ? subject() : new Recording().over(subject());
    }

    @Override
    protected boolean messagesMustAgree() {
        return true;
    }

    @Override
    boolean mustComeToTheirEnd() {
        return true;
    }

    @Override
    protected Map<String, String> differencesByDesign() {
        return Map.of("data source: is a wrapper", "asked for its own class, and the layer's is another");
    }

    /** Statement's methods count for PreparedStatement only when called on one, and so on: a wrapper implements each anew. */
    @AfterAll
    void everyMethodOfEveryJdbcInterfaceWasCalledByABehaviour() {
        if (!isComplete()) {
            return;
        }
        assertThat(Behaviours.all().stream().filter(behaviour -> !behaviour.sweep()))
                .hasSizeGreaterThanOrEqualTo(300);
        Set<String> missing = new TreeSet<>();
        for (Class<?> type : JdbcTypes.ACCOUNTED) {
            if (!NEVER_MADE.contains(type)) {
                Methods.of(type, method -> true).forEach(method -> missing.add(key(type, method)));
            }
        }
        assertThat(missing).hasSizeGreaterThan(800);
        missing.removeAll(called);
        assertThat(missing).as("methods that no behaviour calls").isEmpty();
    }

    private static String key(Class<?> type, Method method) {
        return type.getSimpleName() + "." + Methods.signature(method);
    }

    private final class Recording extends JdbcProxy {
        @Override
        protected @Nullable Object call(Class<?> type, Object driver, Method method, Call call) throws Throwable {
            called.add(key(type, method));
            return call.call();
        }
    }
}
