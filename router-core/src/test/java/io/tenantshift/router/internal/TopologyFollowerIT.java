package io.tenantshift.router.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Instance;
import io.tenantshift.router.control.ShardMaps;
import io.tenantshift.router.control.ShardMaps.Moves;
import io.tenantshift.router.spi.ShardMapSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** Instances follow the control database: told, by looking, through its absence, and not into nonsense. */
@TenantShiftCluster(shards = 2, perMethod = true)
class TopologyFollowerIT {
    /** Longer than any test: who follows was told. */
    private static final Duration NEVER = Duration.ofMinutes(10);

    private static final Duration OFTEN = Duration.ofMillis(20);
    private static final ShardMap FIRST = ShardMap.everyoneOn(1, "legacy");
    private static final Set<String> SHARDS = Set.of("legacy", "s0", "s1");

    private final Cluster cluster;
    private final ShardMaps maps;
    private final ControlStore control;

    /** Process ids of the servers behind the connections on which followers listen. */
    private final Set<Integer> lines = ConcurrentHashMap.newKeySet();

    private volatile boolean down;

    /** What the source says in the tests that change it. */
    private volatile ShardMap said = FIRST;

    private volatile ShardMapSource source = () -> said;
    private volatile CountDownLatch awaited = new CountDownLatch(0);

    TopologyFollowerIT(Cluster cluster) {
        this.cluster = cluster;
        this.maps = new ShardMaps(() -> cluster.connect("legacy"), SHARDS);
        this.control = new ControlStore(() -> cluster.connect("legacy"));
    }

    private Connection connect() throws SQLException {
        if (down) {
            throw new SQLTransientConnectionException("the control database is down", "08001");
        }
        return cluster.connect("legacy");
    }

    private Connection line() throws SQLException {
        Connection connection = connect();
        lines.add(connection.unwrap(PGConnection.class).getBackendPID());
        return connection;
    }

    private TopologyFollower follower(String name, ShardMapSource source) {
        return new TopologyFollower(
                name, new ControlStore(this::connect), this::line, source, source.current(), () -> SHARDS);
    }

    private TopologyFollower following(Duration interval) throws SQLException {
        TopologyFollower follower = follower("one", ShardMapSource.always(FIRST));
        follower.start(interval, () -> {}, () -> {});
        return follower;
    }

    private void goTo(long version, String shard) throws SQLException {
        maps.publish(ShardMap.everyoneOn(version, shard), "test", "test");
        maps.putInForce(version, Moves.ONLY_TENANTS_WITHOUT_ROWS, "test", "test");
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(Duration.ofSeconds(20))
                .pollInterval(OFTEN)
                .until(condition);
    }

    private static void awaitMap(TopologyFollower follower, long version) {
        await("map " + version, () -> follower.topology().map().version() == version);
    }

    @Test
    void aPublicationIsToldToWhoDoesNotLook() throws SQLException {
        maps.adopt(FIRST, "test", "test");
        try (TopologyFollower follower = following(NEVER)) {
            goTo(2, "s0");
            awaitMap(follower, 2);
            await("acknowledged", () -> control.behind(control.version(), NEVER).isEmpty());
            assertThat(maps.instances()).singleElement().satisfies(one -> {
                assertThat(one.isCurrent()).isTrue();
                assertThat(one.mapVersion()).isEqualTo(2);
                assertThat(one.name()).startsWith("one@");
            });
        }
        assertThat(maps.instances()).isEmpty();
    }

    @Test
    void whatIsNotToldIsFoundByLooking() throws SQLException {
        maps.adopt(FIRST, "test", "test");
        maps.publish(ShardMap.everyoneOn(2, "s0"), "test", "test");
        try (TopologyFollower follower = following(OFTEN)) {
            cluster.execute(
                    "legacy",
                    "insert into tenantshift.transition (from_version, to_version, status) values (1, 2, 'closed')",
                    "update tenantshift.topology set version = version + 1");
            awaitMap(follower, 2);
        }
    }

    /** What a pooler, another driver or a standby leaves: a connection on which nothing is told. */
    @Test
    void aControlDatabaseThatTellsNothingIsLookedAt() throws SQLException {
        maps.adopt(FIRST, "test", "test");
        TopologyFollower follower = new TopologyFollower(
                "deaf",
                new ControlStore(this::connect),
                () -> deaf(connect()),
                ShardMapSource.always(FIRST),
                FIRST,
                () -> SHARDS);
        try (follower) {
            follower.start(OFTEN, () -> {}, () -> {});
            goTo(2, "s0");
            awaitMap(follower, 2);
        }
    }

    private static Connection deaf(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals("isWrapperFor") ? false : method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void fiftyInstancesFollowOnePublication() throws Exception {
        int instances = 50;
        maps.adopt(FIRST, "test", "test");
        maps.publish(ShardMap.everyoneOn(2, "s0"), "test", "test");
        List<TopologyFollower> all = new ArrayList<>();
        try {
            for (int i = 0; i < instances; i++) {
                TopologyFollower follower = follower("f" + i, ShardMapSource.always(FIRST));
                all.add(follower);
                follower.start(NEVER, () -> awaited.countDown(), () -> {});
            }
            for (int round = 0; round < 3; round++) {
                long version = 3L + round;
                maps.publish(ShardMap.everyoneOn(version, round % 2 == 0 ? "s1" : "s0"), "test", "test");
                await(
                        "all have heard",
                        () -> control.behind(control.version(), NEVER).isEmpty());
                CountDownLatch all50 = new CountDownLatch(instances);
                awaited = all50;
                maps.putInForce(version, Moves.ONLY_TENANTS_WITHOUT_ROWS, "test", "test");
                assertThat(all50.await(20, TimeUnit.SECONDS)).isTrue();
                assertThat(all).allMatch(follower -> follower.topology().map().version() == version);
            }
        } finally {
            for (TopologyFollower follower : all) {
                follower.close();
            }
        }
        assertThat(maps.instances()).isEmpty();
    }

    @Test
    @Pitfall(5)
    void aControlDatabaseThatIsDownLeavesTheTopologyAndIsFollowedAgainWhenItIsBack() throws SQLException {
        maps.adopt(FIRST, "test", "test");
        try (TopologyFollower follower = following(OFTEN)) {
            await("listening", () -> lines.size() == 1);
            down = true;
            cluster.endBackend("legacy", lines.iterator().next());
            goTo(2, "s0");
            AtomicInteger looks = new AtomicInteger();
            await("a few attempts", () -> looks.incrementAndGet() > 10);
            assertThat(follower.topology().map()).isEqualTo(FIRST);
            down = false;
            awaitMap(follower, 2);
        }
    }

    /** Accepts what is sent and never answers: its table is locked. */
    @Test
    void aControlDatabaseThatIsSilentHoldsUpNeitherTheSourceNorTheClosing() throws SQLException {
        maps.adopt(FIRST, "test", "test");
        cluster.execute("legacy", "delete from tenantshift.shard_map");
        try (Connection holder = cluster.connect("legacy")) {
            TopologyFollower follower = follower("one", () -> said);
            try (follower) {
                follower.start(OFTEN, () -> {}, () -> {});
                holder.setAutoCommit(false);
                try (Statement statement = holder.createStatement()) {
                    statement.execute("lock table tenantshift.topology in access exclusive mode");
                }
                cluster.awaitLockWaiters("legacy", 1);
                said = ShardMap.everyoneOn(2, "s1");
                awaitMap(follower, 2);
                // Another connection: the first one has been given up.
                await("given up and tried again", () -> lines.size() > 1);
                assertThat(follower.topology().map().version()).isEqualTo(2);
                long begun = System.nanoTime();
                holder.rollback();
                await("signed on again", () -> maps.instances().stream().anyMatch(Instance::isCurrent));
                assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(15));
            }
        }
    }

    @Test
    @Pitfall(5)
    void aTopologyThatGoesBackIsNotFollowedAndNotAcknowledged() throws SQLException {
        maps.adopt(FIRST, "test", "test");
        goTo(2, "s0");
        try (TopologyFollower follower = following(OFTEN)) {
            // What a standby does that is promoted before it has heard of the last publications.
            cluster.execute(
                    "legacy",
                    "delete from tenantshift.transition",
                    "update tenantshift.topology set version = version - 1");
            await("acknowledges nothing", () -> maps.instances().get(0).topologyVersion() == 0);
            assertThat(follower.topology().map().version()).isEqualTo(2);
            assertThat(follower.refresh().map().version()).isEqualTo(2);
            assertThat(control.behind(control.version(), NEVER)).hasSize(1);
        }
    }

    @Test
    @Pitfall(45)
    void aDocumentThatHasChangedUnderItsVersionIsNotFollowedAndNotAcknowledged() throws SQLException {
        maps.adopt(FIRST, "test", "test");
        try (TopologyFollower follower = following(OFTEN)) {
            String other = ShardMap.everyoneOn(1, "s1").document();
            cluster.execute(
                    "legacy",
                    "update tenantshift.shard_map set document = '%1$s', checksum = encode(sha256('%1$s'), 'hex')"
                            .formatted(other),
                    "update tenantshift.topology set version = version + 1");
            await("acknowledges nothing", () -> maps.instances().get(0).topologyVersion() == 0);
            assertThat(follower.topology().map()).isEqualTo(FIRST);
            // Who reads it for the first time cannot know.
            try (TopologyFollower newcomer = following(OFTEN)) {
                assertThat(newcomer.topology().map().shards()).containsExactly("s1");
            }
        }
    }

    @Test
    void theSourceCountsUntilTheControlDatabaseHoldsAMap() throws SQLException {
        TopologyFollower follower = follower("one", () -> said);
        try (follower) {
            follower.start(OFTEN, () -> {}, () -> {});
            said = ShardMap.everyoneOn(2, "s0");
            awaitMap(follower, 2);
            said = ShardMap.everyoneOn(3, "nowhere");
            said = FIRST;
            said = ShardMap.everyoneOn(2, "s1");
            ShardMap fourth = ShardMap.everyoneOn(4, "s1");
            said = fourth;
            awaitMap(follower, 4);
            maps.adopt(fourth, "test", "test");
            await("signed on", () -> maps.instances().size() == 1);
            said = ShardMap.everyoneOn(9, "s0");
            goTo(5, "legacy");
            awaitMap(follower, 5);
        }
    }

    @Test
    void aSourceThatGoesBackChangesNamesUnknownShardsOrFailsIsNotFollowed() throws Exception {
        ShardMap third = ShardMap.everyoneOn(3, "s0");
        source = ShardMapSource.always(third);
        AtomicInteger asked = new AtomicInteger();
        TopologyFollower follower = follower("one", () -> {
            asked.incrementAndGet();
            return source.current();
        });
        try (follower) {
            follower.start(OFTEN, () -> {}, () -> {});
            for (ShardMapSource bad : List.<ShardMapSource>of(
                    () -> ShardMap.everyoneOn(2, "s1"),
                    () -> ShardMap.everyoneOn(3, "s1"),
                    () -> ShardMap.everyoneOn(4, "nowhere"),
                    () -> {
                        throw new IllegalStateException("no answer");
                    })) {
                source = bad;
                int before = asked.get();
                await("asked", () -> asked.get() > before + 1);
                assertThat(follower.topology().map()).isEqualTo(third);
            }
            source = ShardMapSource.always(ShardMap.everyoneOn(4, "s1"));
            awaitMap(follower, 4);
        }
    }
}
