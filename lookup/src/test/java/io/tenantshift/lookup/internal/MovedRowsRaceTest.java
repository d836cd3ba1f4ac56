package io.tenantshift.lookup.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.lookup.internal.Rows.Backing;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What is said of a row is what the side with authority says, also when authority moves between the question where and the question what. */
@TenantShiftCluster(
        shards = 1,
        ddl = "create table users (tenant_id text, id int, email text, primary key (tenant_id, id))")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MovedRowsRaceTest {
    private static final TableGroup GROUP = new TableGroup("users", "tenant_id", List.of("public.users"));
    private static final Column EMAIL = new Column("email", GROUP, "public.users", "email");
    private static final String VALUE = "x";

    private interface Event {
        void happen() throws SQLException;
    }

    private Cluster cluster;
    private TenantShiftDataSource router;
    private String tenant = "";
    private int number;
    private Event event = () -> {};

    @BeforeAll
    void open(Cluster databases) throws Exception {
        cluster = databases;
        cluster.expectThreads("tenantshift-");
        ShardMap from = ShardMap.everyoneOn(1, "legacy");
        ShardMap to = ShardMap.everyoneOn(2, "s0");
        router = TenantShiftDataSource.builder("users")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(from)
                .tableGroup(GROUP)
                .locateDeadline(Duration.ofSeconds(1))
                .build();
        for (String shard : cluster.names()) {
            try (Connection connection = cluster.connect(shard)) {
                Schema.install(connection);
            }
        }
        ControlStore control = router.services().control();
        control.publishFirst(from, "test", "test");
        control.publish(to, "test", "test");
        control.begin(1, 2, cluster.names());
        router.services().refreshTopology();
    }

    @AfterAll
    void close() {
        router.close();
    }

    /** A tenant who is at home on the source, with no row. */
    @BeforeEach
    void born() throws Exception {
        tenant = "t" + ++number;
        put("legacy", FenceState.OPEN);
        put("s0", FenceState.FOLLOWING);
        event = () -> {};
    }

    private void put(String shard, FenceState state) throws SQLException {
        try (Connection connection = cluster.connect(shard)) {
            String other = shard.equals("legacy") ? "s0" : "legacy";
            Fence.insertMissing(
                    connection,
                    List.of(new FenceRow(
                            tenant, 1, state, Phase.DUAL_WRITE, Transition.lane(shard, other), UUID.randomUUID())));
        }
    }

    /** Under the tenant's lock, as one does. */
    private void cutOver(String from, String to) throws SQLException {
        try (Connection source = cluster.connect(from);
                Connection target = cluster.connect(to)) {
            source.setAutoCommit(false);
            Fence.lockExclusive(source, tenant);
            FenceRow open = Fence.read(source, tenant).orElseThrow();
            FenceRow rest = Fence.read(target, tenant).orElseThrow();
            long epoch = Math.max(open.epoch(), rest.epoch()) + 1;
            UUID attempt = UUID.randomUUID();
            FenceRow ready = rest.to(FenceState.READY, epoch, Phase.TARGET_PRIMARY, attempt);
            assertThat(Fence.compareAndSet(target, rest, ready)).isTrue();
            assertThat(Fence.compareAndSet(
                            source, open, open.to(FenceState.FOLLOWING, epoch, Phase.TARGET_PRIMARY, attempt)))
                    .isTrue();
            source.commit();
            assertThat(Fence.compareAndSet(target, ready, ready.to(FenceState.OPEN)))
                    .isTrue();
        }
    }

    private Rows rows(Duration patience) {
        return new Rows(router.services(), EMAIL, patience, step -> {
            Event due = event;
            event = () -> {};
            try {
                due.happen();
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });
    }

    private void row(String shard) throws SQLException {
        cluster.execute(shard, "insert into users values ('%s', 1, '%s')".formatted(tenant, VALUE));
    }

    private Backing backing(Rows rows, Duration patience) throws SQLException {
        return rows.backing(tenant, VALUE, System.nanoTime() + patience.toNanos());
    }

    /** A transaction of the tenant that has claimed. */
    private Connection claiming(String shard) throws SQLException {
        Connection connection = cluster.connect(shard);
        connection.setAutoCommit(false);
        Fence.lockShared(connection, List.of(tenant));
        try (PreparedStatement insert = connection.prepareStatement("insert into users values (?, 1, ?)")) {
            insert.setString(1, tenant);
            insert.setString(2, VALUE);
            insert.executeUpdate();
        }
        assertThat(rows(Duration.ofSeconds(5)).lock(connection, tenant, VALUE)).isTrue();
        return connection;
    }

    @Test
    void locatedThenCutOverWithTheRowThenAsked() throws Exception {
        Rows rows = rows(Duration.ofSeconds(20));
        event = () -> {
            cutOver("legacy", "s0");
            row("s0");
        };
        assertThat(rows.exists(tenant, VALUE)).isTrue();
    }

    @Test
    void aCopyThatWasLeftBehindIsNoRow() throws Exception {
        row("legacy");
        Rows rows = rows(Duration.ofSeconds(20));
        event = () -> cutOver("legacy", "s0");
        assertThat(rows.exists(tenant, VALUE)).isFalse();
        assertThat(backing(rows, Duration.ofSeconds(20))).isEqualTo(Backing.NONE);
    }

    @Test
    void locatedThenCutOverThenClaimedOnTheOtherSideThenLocked() throws Exception {
        Rows rows = rows(Duration.ofSeconds(20));
        Connection[] claim = new Connection[1];
        event = () -> {
            cutOver("legacy", "s0");
            claim[0] = claiming("s0");
        };
        assertThat(backing(rows, Duration.ofMillis(300))).isEqualTo(Backing.BUSY);
        try (Connection under = claim[0]) {
            under.commit();
        }
        assertThat(backing(rows, Duration.ofSeconds(20))).isEqualTo(Backing.ROW);
    }

    @Test
    void aCutoverWaitsForAClaimAndWhoJudgesSeesWhatBecameOfIt() throws Exception {
        Rows rows = rows(Duration.ofSeconds(20));
        Actor<Boolean> cutover;
        Actor<Backing> judge;
        try (Connection claim = claiming("legacy")) {
            cutover = Actor.run("cutover", () -> cutOver("legacy", "s0"));
            cluster.awaitLockWaiters("legacy", 1);
            judge = Actor.call("judge", () -> backing(rows, Duration.ofSeconds(20)));
            cluster.awaitLockWaiters("legacy", 2);
            row("s0"); // as the lane brings it, before the cutover is over
            claim.commit();
        }
        cutover.await();
        assertThat(judge.await()).isEqualTo(Backing.ROW);
    }

    @Test
    void whoHasNoAuthorityAnywhereIsNotAnsweredFor() throws Exception {
        Rows impatient = rows(Duration.ofMillis(200));
        try (Connection source = cluster.connect("legacy")) {
            FenceRow open = Fence.read(source, tenant).orElseThrow();
            event = () -> Fence.compareAndSet(source, open, open.to(FenceState.FOLLOWING));
            assertThatThrownBy(() -> impatient.exists(tenant, VALUE)).isInstanceOf(SQLException.class);
        }
    }
}
