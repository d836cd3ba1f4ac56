package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.control.ShardMaps.Moves;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Shards that come and go while requests are served. */
@TenantShiftCluster(shards = 2, perMethod = true)
class ShardsAtRunTimeIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Cluster cluster;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    ShardsAtRunTimeIT(Cluster cluster) {
        this.cluster = cluster;
    }

    private static ShardMap map(long version, String pinnedTo) {
        return ShardMap.version(version)
                .slots(0, ShardMap.SLOTS - 1, "s0")
                .pin("acme", pinnedTo)
                .build();
    }

    private TenantShiftDataSource.Builder builder() {
        return TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .connectionTimeout(Duration.ofSeconds(10))
                .meters(meters);
    }

    /** Without s1, on which acme is to live. */
    private TenantShiftDataSource two() throws SQLException {
        return adopted(builder().shardMap(map(1, "s0")));
    }

    /** With s1, where acme lives. */
    private TenantShiftDataSource three(TenantShiftDataSource.Builder builder) throws SQLException {
        return adopted(builder.shard("s1", cluster.url("s1")).shardMap(map(1, "s1")));
    }

    private static TenantShiftDataSource adopted(TenantShiftDataSource.Builder builder) throws SQLException {
        TenantShiftDataSource router = builder.build();
        router.shardMaps().adopt(router.services().topology().map(), "test", "test");
        return router;
    }

    private static void acmeGoesTo(TenantShiftDataSource router, long version, String shard) {
        try {
            router.shardMaps().publish(map(version, shard), "test", "test");
            router.shardMaps().putInForce(version, Moves.ONLY_TENANTS_WITHOUT_ROWS, "test", "test");
            router.services().refreshTopology();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private String home(TenantShiftDataSource router, String tenant) throws SQLException {
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter(tenant)) {
            return cluster.nameOf(connection);
        }
    }

    @Test
    void aShardThatIsAddedServesItsTenantsAtOnceAndIsOpenedWhenOneComes() throws SQLException {
        try (TenantShiftDataSource router = two()) {
            // Published by an instance that knows it.
            try (TenantShiftDataSource other = three(builder().meters(new SimpleMeterRegistry()))) {
                acmeGoesTo(other, 2, "s1");
            }
            router.services().refreshTopology();
            assertThatThrownBy(() -> home(router, "acme"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("TS015"))
                    .hasMessageContaining("\"s1\"");
            router.addShard("s1", cluster.url("s1"));
            assertThat(cluster.sessions("s1")).isZero();
            assertThat(home(router, "acme")).isEqualTo("s1");
            assertThat(home(router, "bolt")).isEqualTo("s0");
            assertThat(router.services().shards()).containsExactly("legacy", "s0", "s1");
            assertThat(meters.get("tenantshift.router.shard.state")
                            .tag("shard", "s1")
                            .gauges())
                    .isNotEmpty();
        }
    }

    @Test
    void whatIsWrongWithAShardIsSaidAtOnceAndNothingIsAdded() throws SQLException {
        try (TenantShiftDataSource router = two()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> router.addShard("s0", cluster.url("s0")))
                    .withMessageContaining("router \"test\": shard \"s0\" refused, nothing was changed")
                    .withMessageContaining("there is a shard of that name");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> router.addShard("s1", "jdbc:mysql://db/shop"))
                    .withMessageContaining("does not begin with jdbc:postgresql:");
            assertThat(router.services().shards()).containsExactly("legacy", "s0");
        }
    }

    @Test
    @Guarantee("G5")
    void noRequestFailsWhileAShardComesAndGoes() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong served = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (TenantShiftDataSource router = two()) {
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                boolean transactions = i % 2 == 0;
                clients.add(threads.submit(() -> {
                    while (!over.get()) {
                        try (var scope = TenantContext.enter("acme");
                                Connection connection = router.getConnection()) {
                            connection.setAutoCommit(!transactions);
                            cluster.nameOf(connection);
                            cluster.nameOf(connection);
                            if (transactions) {
                                connection.commit();
                            }
                            served.incrementAndGet();
                        }
                    }
                    return null;
                }));
            }
            for (int round = 0; round < 6; round++) {
                router.addShard("s1", cluster.url("s1"));
                acmeGoesTo(router, 2 + 2L * round, "s1");
                awaitMore(served);
                assertThat(cluster.sessions("s1")).isPositive();
                acmeGoesTo(router, 3 + 2L * round, "s0");
                router.removeShard("s1", PATIENCE);
                Awaitility.await().until(() -> cluster.sessions("s1") == 0);
                awaitMore(served);
            }
            over.set(true);
            for (Future<?> client : clients) {
                client.get();
            }
            assertThat(meters.find("tenantshift.router.shard.state")
                            .tag("shard", "s1")
                            .gauges())
                    .isEmpty();
        } finally {
            over.set(true);
            threads.shutdown();
        }
    }

    private static void awaitMore(AtomicLong served) {
        long before = served.get();
        Awaitility.await().until(() -> served.get() > before + 50);
    }

    /** (1) A request reads the topology; (2) its tenant leaves and his shard is removed; (3) the request goes to the shard that it read of. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoHasReadAnOlderTopologyLooksAgain(boolean seenBefore) throws SQLException {
        AtomicReference<Runnable> meanwhile = new AtomicReference<>();
        try (TenantShiftDataSource router = three(builder().tenantResolver(() -> {
            Runnable step = meanwhile.getAndSet(null);
            if (step != null) {
                step.run();
            }
            return "acme";
        }))) {
            if (seenBefore) {
                try (Connection connection = router.getConnection()) {
                    assertThat(cluster.nameOf(connection)).isEqualTo("s1");
                }
            }
            meanwhile.set(() -> {
                acmeGoesTo(router, 2, "s0");
                try {
                    router.removeShard("s1", PATIENCE);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            try (Connection connection = router.getConnection()) {
                assertThat(cluster.nameOf(connection)).isEqualTo("s0");
            }
            assertThat(meanwhile).hasValue(null);
        }
    }

    /**
     * (1) A request finds its tenant's shard; (2) the tenant leaves and the shard is closed; (3) the request asks the pool that it found.
     * Between (1) and (3) it gives back the connection that it had for another tenant.
     */
    @Test
    void whoFoundTheShardBeforeItWasClosedLooksAgain() throws SQLException {
        AtomicReference<Runnable> meanwhile = new AtomicReference<>();
        PGSimpleDataSource s0 = new PGSimpleDataSource() {
            @Override
            public Connection getConnection() throws SQLException {
                return whenCleared(super.getConnection(), meanwhile);
            }
        };
        s0.setUrl(cluster.url("s0"));
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", s0)
                .shard("s1", cluster.url("s1"))
                .control("legacy")
                .connectionTimeout(Duration.ofSeconds(10))
                .shardMap(map(1, "s1"));
        try (TenantShiftDataSource router = adopted(builder);
                Connection connection = router.getConnection()) {
            assertThat(home(router, "acme")).isEqualTo("s1");
            try (var scope = TenantContext.enter("bolt")) {
                assertThat(cluster.nameOf(connection)).isEqualTo("s0");
            }
            meanwhile.set(() -> {
                acmeGoesTo(router, 2, "s0");
                try {
                    router.removeShard("s1", PATIENCE);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            try (var scope = TenantContext.enter("acme")) {
                assertThat(cluster.nameOf(connection)).isEqualTo("s0");
            }
            assertThat(meanwhile).hasValue(null);
        }
    }

    private static Connection whenCleared(Connection connection, AtomicReference<Runnable> step) {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    Runnable armed = method.getName().equals("clearWarnings") ? step.getAndSet(null) : null;
                    if (armed != null) {
                        armed.run();
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void whatHasBegunOnItEndsOnIt() throws SQLException {
        try (TenantShiftDataSource router = three(builder());
                var scope = TenantContext.enter("acme");
                Connection connection = router.getConnection()) {
            connection.setAutoCommit(false);
            assertThat(cluster.nameOf(connection)).isEqualTo("s1");
            acmeGoesTo(router, 2, "s0");
            assertThatThrownBy(() -> router.removeShard("s1", Duration.ofMillis(300)))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("TS018"))
                    .hasMessageContaining("after 300 ms 1 of its connections are in use");
            assertThat(home(router, "acme")).isEqualTo("s0");
            assertThat(cluster.nameOf(connection)).isEqualTo("s1");
            assertThatIllegalArgumentException().isThrownBy(() -> router.addShard("s1", cluster.url("s1")));
            connection.commit();
            assertThat(cluster.nameOf(connection)).isEqualTo("s0");
            router.removeShard("s1", PATIENCE);
            Awaitility.await().until(() -> cluster.sessions("s1") == 0);
            connection.commit();
        }
    }

    @Test
    void aShardThatIsNeededStaysAndItIsSaidWhatFor() throws SQLException {
        try (TenantShiftDataSource router = three(builder().legacyShard("legacy"))) {
            assertRefused(router, "legacy", "TS017", "it is the control shard; it is the legacy shard");
            assertRefused(router, "s1", "TS017", "tenants live there under shard map version 1, which is in force");
            assertRefused(router, "s2", "TS015", "there is none of that name, known are [legacy, s0, s1]");
            acmeGoesTo(router, 2, "s0");
            ShardMap third = ShardMap.version(3)
                    .slots(0, ShardMap.SLOTS - 1, "s0")
                    .directory()
                    .build();
            router.shardMaps().publish(third, "test", "test");
            router.shardMaps().putInForce(3, Moves.ONLY_TENANTS_WITHOUT_ROWS, "test", "test");
            router.directory().born(Map.of("north", "s1", "south", "s1", "east", "s0"), "test");
            assertRefused(
                    router, "s1", "TS017", "the directory of shard map version 3 names it as the home of 2 tenants");
            assertThat(home(router, "north")).isEqualTo("s1");
        }
    }

    @Test
    void aShardInATransitionStays() throws SQLException {
        try (TenantShiftDataSource router = three(builder())) {
            acmeGoesTo(router, 2, "s0");
            router.shardMaps().publish(map(3, "s1"), "test", "test");
            router.services().control().begin(2, 3, List.of("s0", "s1"));
            assertRefused(
                    router,
                    "s1",
                    "TS017",
                    "tenants move there in the transition to shard map version 3; it carries the guards of a transition");
        }
    }

    private static void assertRefused(TenantShiftDataSource router, String shard, String state, String why) {
        assertThatThrownBy(() -> router.removeShard(shard, PATIENCE))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(state))
                .hasMessageContaining("router \"test\": shard \"" + shard + "\" cannot be removed: ")
                .hasMessageContaining(why)
                .hasMessageContaining("nothing was changed");
    }
}
