package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tenantshift.router.control.Instance;
import io.tenantshift.router.control.ShardMaps;
import io.tenantshift.router.control.ShardMaps.Moves;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.PostgresServer;
import io.tenantshift.testkit.Standby;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The control database's server is lost and its standby takes over. Tenants live elsewhere, on {@code s0}, later on {@code s1}. */
@TenantShiftCluster(shards = 2, perMethod = true)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ControlFailoverIT {
    private static final Logger LOG = LoggerFactory.getLogger(ControlFailoverIT.class);
    private static final ShardMap FIRST = ShardMap.everyoneOn(1, "s0");
    private static final Set<String> SHARDS = Set.of("control", "s0", "s1");
    private static final int ENOUGH = 500;

    private final Cluster cluster;
    private final PostgresServer primary = PostgresServer.start();
    private Standby standby;
    private final ShardMaps before;
    private final ShardMaps after;
    private final AtomicLong served = new AtomicLong();
    private final Queue<SQLException> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    ControlFailoverIT(Cluster cluster) {
        this.cluster = cluster;
        this.before = new ShardMaps(() -> primary.superuserConnection("control"), SHARDS);
        this.after = new ShardMaps(() -> standby.superuserConnection("control"), SHARDS);
    }

    @BeforeEach
    void start() throws SQLException {
        primary.createDatabase("control");
        before.adopt(FIRST, "test", "test");
        standby = primary.startStandby();
        for (String shard : cluster.shards()) {
            cluster.execute(shard, "create table here as select '" + shard + "' as shard");
        }
    }

    @AfterEach
    void end() {
        primary.close();
    }

    private TenantShiftDataSource router() throws SQLException {
        return TenantShiftDataSource.builder("shop")
                .shard("control", standby.failoverUrl("control"))
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .control("control")
                .shardMap(FIRST)
                .build();
    }

    private static String shardOf(TenantShiftDataSource router, String tenant) throws SQLException {
        try (var scope = TenantContext.enter(tenant);
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select shard from here")) {
            row.next();
            return row.getString(1);
        }
    }

    private void work(TenantShiftDataSource router) {
        while (!stopped) {
            try {
                shardOf(router, "acme");
                served.incrementAndGet();
            } catch (SQLException e) {
                failures.add(e);
            }
        }
    }

    private static void until(String what, Callable<Boolean> condition) {
        await(what)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    private void goOn(String what) {
        long now = served.get();
        until(what, () -> served.get() > now + ENOUGH);
    }

    private static void goTo(ShardMaps maps, long version, String shard) throws SQLException {
        maps.publish(ShardMap.everyoneOn(version, shard), "test", "test");
        maps.putInForce(version, Moves.ONLY_TENANTS_WITHOUT_ROWS, "test", "test");
    }

    private static boolean isKnown(ShardMaps at) throws SQLException {
        return at.instances().stream().anyMatch(Instance::isCurrent);
    }

    /** What a thread does whose tenant's side has refused it. */
    private static void refresh(TenantShiftDataSource router) {
        try {
            router.services().refreshTopology();
        } catch (SQLException e) {
            LOG.info("the topology could not be read", e);
        }
    }

    @Test
    @Pitfall(5)
    void servicesGoOnAndTheMapsOfTheNewPrimaryAreFollowed() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (TenantShiftDataSource router = router()) {
            threads.execute(() -> work(router));
            until("signed on", () -> isKnown(before));
            standby.awaitReplayed();
            goOn("before");
            primary.stopImmediate();
            goOn("without a control database");
            threads.execute(() -> refresh(router));
            goOn("while somebody asks for the topology");
            standby.promote();
            long answers = System.nanoTime();
            goTo(after, 2, "s1");
            until(
                    "the map of the new primary",
                    () -> router.services().topology().map().version() == 2);
            long followed = System.nanoTime();
            until("signed on again", () -> isKnown(after));
            long signedOn = System.nanoTime();
            LOG.info(
                    "after the new primary takes writes: followed in {} ms, signed on in {} ms",
                    TimeUnit.NANOSECONDS.toMillis(followed - answers),
                    TimeUnit.NANOSECONDS.toMillis(signedOn - answers));
            assertThat(shardOf(router, "acme")).isEqualTo("s1");
            goOn("after");
            assertThat(failures).isEmpty();
            stopped = true;
            threads.shutdown();
            assertThat(threads.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
        } finally {
            stopped = true;
            threads.shutdown();
        }
    }

    /** Unless the same is published there again. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Pitfall(5)
    void aStandbyThatHadNotHeardOfTheLastPublicationIsNotFollowed(boolean again) throws Exception {
        try (TenantShiftDataSource router = router()) {
            until("signed on", () -> isKnown(before));
            standby.awaitReplayed();
            standby.disconnect();
            goTo(before, 2, "s1");
            until("the second map", () -> router.services().topology().map().version() == 2);
            // Asked before it takes writes: then the instance tells it at once what it follows.
            assertThat(after.instances())
                    .singleElement()
                    .satisfies(one -> assertThat(one.mapVersion()).isEqualTo(1));
            primary.stopImmediate();
            standby.promote();
            until(
                    "it says that it follows nothing",
                    () -> after.instances().get(0).topologyVersion() == 0);
            assertThat(router.services().topology().map().version()).isEqualTo(2);
            assertThat(shardOf(router, "acme")).isEqualTo("s1");
            if (again) {
                goTo(after, 2, "s1");
                until("signed on again", () -> isKnown(after));
                return;
            }
            // Another second map: as many publications as the instance has seen, and not the same.
            goTo(after, 2, "s0");
            until(
                    "it has looked again",
                    () -> router.services().refreshTopology().map().version() == 2);
            assertThat(shardOf(router, "acme")).isEqualTo("s1");
            assertThat(after.instances().get(0).isCurrent()).isFalse();
            assertThat(after.instances().get(0).topologyVersion()).isZero();
            // An instance that starts now cannot know.
            try (TenantShiftDataSource newcomer = router()) {
                assertThat(shardOf(newcomer, "acme")).isEqualTo("s0");
            }
        }
    }
}
