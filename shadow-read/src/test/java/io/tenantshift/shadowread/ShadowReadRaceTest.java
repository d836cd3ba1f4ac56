package io.tenantshift.shadowread;

import static io.tenantshift.shadowread.TestShop.settled;
import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(
        shards = 1,
        schema = {TestShop.V1, TestShop.V2, TestShop.V3, TestShop.V4, TestShop.V5},
        ddl = TestShop.DDL)
final class ShadowReadRaceTest {
    private static final String ALL = "select * from orders where tenant_id = ?";
    private static final String INSERT =
            "insert into orders (tenant_id, id, status, amount) values ('acme', 6, 'open', 1)";
    private static final String UPDATE = "update orders set amount = amount + 1 where id = 3";

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Cluster cluster;
    private final TestShop shop;
    private final Checkpoints points = new Checkpoints();

    ShadowReadRaceTest(Cluster cluster) throws Exception {
        this.cluster = cluster;
        this.shop = new TestShop(cluster);
    }

    @AfterEach
    void close() throws Exception {
        points.openAll();
        shop.close();
    }

    @Test
    @Pitfall(30)
    void rowWritten_callerReads_candidateWaits_laneApplies_candidateReads() throws Exception {
        cluster.execute("legacy", INSERT);
        stopBefore("s0");
        shop.lane.asked = () -> points.pass("lane asked");
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            assertThat(caller.read(ALL, "acme")).isEqualTo(6);
        }
        // It has been told once that the lane has not been here, and asks again: the candidate would lack the row.
        points.awaitReached("lane asked", 2);
        assertThat(points.isReached("s0")).isFalse();
        shop.lane.step();
        points.awaitAndRelease("s0");
        assertThat(settled(shadow).matched()).isEqualTo(1);
        assertThat(shop.lane.boundaries).hasValue(0);
    }

    @Test
    @Pitfall(30)
    void callerReads_rowUpdated_laneApplies_candidateReads_isNoise() throws Exception {
        stopBefore("s0");
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
        }
        points.awaitReached("s0");
        cluster.execute("legacy", UPDATE);
        shop.lane.step();
        points.release("s0");
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.noise()).isEqualTo(1);
        assertThat(statistics.mismatched()).isZero();
    }

    @Test
    @Pitfall(30)
    void rowWritten_callerReads_candidateReadsTooEarly_laneAppliesAtTheBoundary_isNoise() throws Exception {
        shop.lane.lying = true;
        cluster.execute("legacy", INSERT);
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
        }
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.noise()).isEqualTo(1);
        assertThat(shop.lane.boundaries).hasValue(1);
    }

    @Test
    void laneNeverApplies_isAbandoned_andTheSideRests() throws Exception {
        cluster.execute("legacy", INSERT);
        ShadowRead shadow = shop.shadow(
                builder -> builder.laneTimeout(Duration.ofMillis(50)).failuresBeforePause(1));
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
            assertThat(settled(shadow).abandoned(AbandonReason.LAGGING)).isEqualTo(1);
            caller.read(ALL, "acme");
            assertThat(settled(shadow).dropped(DropReason.PAUSED)).isEqualTo(1);
        }
    }

    @Test
    void callerReads_tenantIsCutOver_isAbandoned() throws Exception {
        ShadowRead shadow = shop.shadow(builder -> builder);
        stopBefore("legacy");
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
        }
        points.awaitReached("legacy");
        cutOver();
        points.release("legacy");
        assertThat(settled(shadow).abandoned(AbandonReason.MOVED)).isEqualTo(1);
    }

    @Test
    void answersDiffer_tenantIsCutOver_boundaryIsRefused_isAbandoned() throws Exception {
        cluster.execute("s0", "delete from orders where id = 1");
        shop.lane.hook = this::cutOver;
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
        }
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.abandoned(AbandonReason.NO_BOUNDARY)).isEqualTo(1);
        assertThat(shop.mismatches).isEmpty();
    }

    @Test
    void boundaryComesAfterTheWaitIsOver_doesNothing() throws Exception {
        ReadObserver.Read read = new ReadObserver.Read(TestCaller.PLACEMENT, "select 1", again -> {
            throw new AssertionError("read after the wait was over");
        });
        ReadText text = ReadText.of(read.sql());
        Settings settings = new Settings(1, 1, 1, 1, 1, SECOND, SECOND, SECOND, 1, SECOND);
        BoundaryCheck check =
                new BoundaryCheck(new Observation(read, "s0", text, new Rows(List.of(), List.of(), false)), settings);
        check.giveUp();
        try (Connection source = cluster.connect("legacy");
                Connection target = cluster.connect("s0")) {
            assertThat(check.run(source, target)).isEqualTo(new Verdict.Abandoned(AbandonReason.NO_BOUNDARY));
        }
    }

    @Test
    @Guarantee("G5")
    void otherSideHangs_callersGoOn_queueFillsAndDrops() throws Exception {
        stopBefore("s0");
        ShadowRead shadow = shop.shadow(builder -> builder.workers(2).queueCapacity(10));
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
            caller.read(ALL, "acme");
            points.awaitReached("s0", 2);
            for (int i = 0; i < 100; i++) {
                assertThat(caller.read(ALL, "acme")).isEqualTo(5);
            }
        }
        // Both workers still hang, and every caller has had its answer.
        assertThat(shadow.awaitIdle(Duration.ZERO)).isFalse();
        assertThat(shadow.statistics().dropped(DropReason.QUEUE_FULL)).isEqualTo(90);
        points.open("s0");
        assertThat(settled(shadow).matched()).isEqualTo(12);
    }

    @Test
    @Guarantee("G5")
    @Pitfall(32)
    void otherSideIsLocked_candidatesTimeOut_sideRests_callersGoOn() throws Exception {
        ShadowRead shadow = shop.shadow(builder ->
                builder.workers(1).candidateTimeout(Duration.ofMillis(500)).failuresBeforePause(2));
        try (Connection locker = cluster.connect("s0");
                Statement lock = locker.createStatement();
                TestCaller caller = shop.caller(shadow)) {
            locker.setAutoCommit(false);
            lock.execute("lock table orders in access exclusive mode");
            for (int i = 0; i < 10; i++) {
                assertThat(caller.read(ALL, "acme")).isEqualTo(5);
            }
            ShadowStatistics statistics = settled(shadow);
            assertThat(statistics.failed()).isEqualTo(2);
            assertThat(statistics.dropped(DropReason.PAUSED)).isEqualTo(8);
            locker.rollback();
        }
    }

    @Test
    @Guarantee("G5")
    void otherSideIsDead_callersGoOn() throws Exception {
        shop.router.hook = shard -> {
            if (shard.equals("s0")) {
                throw new SQLException("refused by the test", "08001");
            }
        };
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            for (int i = 0; i < 5; i++) {
                assertThat(caller.read(ALL, "acme")).isEqualTo(5);
            }
        }
        assertThat(settled(shadow).failed()).isEqualTo(5);
    }

    @Test
    @Guarantee("G5")
    void observerIsBroken_callersGoOn() throws Exception {
        ShadowRead shadow = shop.shadow(builder -> builder.random(() -> {
            throw new IllegalStateException("from the test");
        }));
        try (TestCaller caller = shop.caller(shadow)) {
            assertThat(caller.read(ALL, "acme")).isEqualTo(5);
        }
        assertThat(settled(shadow).failed()).isEqualTo(1);
    }

    @Test
    void closedWhileSomeWaitAndSomeRun_threadsEndAndAllAreCounted() throws Exception {
        cluster.execute("legacy", INSERT);
        ShadowRead shadow = shop.shadow(builder -> builder.workers(2).laneTimeout(Duration.ofMinutes(1)));
        try (TestCaller caller = shop.caller(shadow)) {
            for (int i = 0; i < 10; i++) {
                caller.read(ALL, "acme");
            }
        }
        shadow.close();
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.abandoned(AbandonReason.CLOSED) + statistics.dropped(DropReason.CLOSED))
                .isEqualTo(10);
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("tenantshift-shadow-")) {
                // A pool counts as ended a moment before its last thread has left.
                thread.join(10_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    private void stopBefore(String shard) {
        shop.router.hook = connecting -> {
            if (connecting.equals(shard)) {
                points.reach(shard);
            }
        };
    }

    private void cutOver() throws SQLException {
        cluster.execute(
                "legacy", "update tenantshift.fence set state = 'following', epoch = 8, phase = 'TARGET_PRIMARY'");
        cluster.execute("s0", "update tenantshift.fence set state = 'open', epoch = 8, phase = 'TARGET_PRIMARY'");
    }
}
