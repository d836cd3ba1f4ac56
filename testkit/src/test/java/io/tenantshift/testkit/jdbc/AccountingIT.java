package io.tenantshift.testkit.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** No method of the JDBC interfaces of the running JDK is unaccounted for: some behaviour calls each. */
@TenantShiftCluster(shards = 2, schema = "/io/tenantshift/testkit/jdbc/contract.sql")
final class AccountingIT {

    /** Interfaces of which pgjdbc makes no object, so that nobody can call their methods. */
    private static final Set<Class<?>> NEVER_MADE = Set.of(java.sql.NClob.class);

    private final Cluster cluster;
    private final Set<String> called = ConcurrentHashMap.newKeySet();

    AccountingIT(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Statement's methods count for PreparedStatement only when called on one, and so on: a wrapper implements each anew. */
    @Test
    void everyMethodOfEveryJdbcInterfaceIsCalledByABehaviour() throws Exception {
        List<Behaviour> counting = Behaviours.all().stream()
                .filter(behaviour -> !behaviour.sweep())
                .toList();
        assertThat(counting).hasSizeGreaterThanOrEqualTo(300);
        try (Fixture fixture = new Fixture(cluster.url("s0"), cluster.url("s1"))) {
            for (Behaviour behaviour : counting) {
                fixture.prepare();
                DataSource recording = new Recording().over(JdbcContract.plain(cluster.url("s0")));
                Run.begin(
                                behaviour,
                                new Side(recording, cluster.url("s0")),
                                cluster.database("s0"),
                                Executable::execute)
                        .end(Duration.ofSeconds(30));
            }
        }
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
