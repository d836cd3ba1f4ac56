package io.tenantshift.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.fault.FaultProxy;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The database with the table does not answer, and it is the control database too: who is there is found, and nothing is claimed. */
@TenantShiftCluster(shards = 2, ddl = Users.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AwayIT {
    private static final ShardMap MAP = ShardMap.spread(1, List.of("s0", "s1"));

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private FaultProxy proxy;
    private TenantShiftDataSource router;
    private LookupTable emails;
    private Users users;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        cluster.expectThreads("tenantshift-");
        proxy = FaultProxy.before(cluster.url("legacy"));
        router = TenantShiftDataSource.builder("users")
                .shard("legacy", proxy.url(cluster.url("legacy")))
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .control("legacy")
                .shardMap(MAP)
                .tableGroup(Users.GROUP)
                .connectionTimeout(Duration.ofSeconds(3))
                .breakerWait(Duration.ofSeconds(1))
                .meters(meters)
                .build();
        emails = LookupTable.over(router)
                .name("email")
                .column(Users.GROUP, "public.users", "email")
                .in("legacy")
                .patience(Duration.ofSeconds(1))
                .build();
        emails.install();
        users = new Users(router, emails);
        assertThat(emails.adopt().isComplete()).isTrue();
        for (int i = 0; i < 8; i++) {
            users.put("t" + i, 1, "of t" + i);
        }
    }

    @AfterAll
    void close() {
        router.close();
        proxy.close();
    }

    @BeforeEach
    void answers() {
        proxy.heal();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(SQLException.class)
                .untilAsserted(() -> assertThat(emails.find("nobody's")).isEmpty());
    }

    private long finds(String outcome) {
        return meters.get("tenantshift.lookup.finds")
                .tag("outcome", outcome)
                .timer()
                .count();
    }

    private double refusedAtOnce() {
        return meters.get("tenantshift.router.system.refused")
                .tag("shard", "legacy")
                .tag("reason", "breaker")
                .functionCounter()
                .count();
    }

    private void assertFoundByAllShards() throws SQLException {
        long away = finds("away");
        for (int i = 0; i < 8; i++) {
            assertThat(emails.find("of t" + i)).contains("t" + i);
        }
        assertThat(finds("away")).isEqualTo(away + 8);
        // Whether the shard map is still the same cannot be asked: nobody is not said of anybody.
        assertThatThrownBy(() -> emails.find("nobody's")).isInstanceOf(SQLException.class);
    }

    @Test
    void goneItIsNotWaitedForOnceThatIsKnownAndNothingIsClaimed() throws Exception {
        double refused = refusedAtOnce();
        proxy.refuse();
        proxy.cut();
        assertFoundByAllShards();
        assertThatThrownBy(() -> users.put("t0", 2, "new"))
                .isInstanceOf(SQLTransientException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .asString()
                .startsWith("08");
        assertThat(refusedAtOnce()).isGreaterThan(refused);
        proxy.heal();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(SQLException.class)
                .untilAsserted(() -> {
                    users.put("t0", 2, "new");
                    assertThat(emails.find("new")).contains("t0");
                    assertThat(emails.find("nobody's")).isEmpty();
                });
    }

    @Test
    void silentItHoldsNobodyUpForLongerThanThePatience() throws Exception {
        proxy.freeze();
        assertThat(emails.find("of t3")).contains("t3");
        assertThatThrownBy(() -> users.put("t3", 3, "in silence")).isInstanceOf(SQLTransientException.class);
        assertFoundByAllShards();
    }
}
