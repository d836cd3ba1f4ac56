package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One side of a transition does not answer. {@code acme} has moved to {@code s0}, {@code bolt} is still on {@code legacy}; each side is
 * reached by a wire of its own, the control database directly.
 */
@TenantShiftCluster(shards = 1, perMethod = true, ddl = Moving.ITEMS)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OutageInTransitionIT {
    private final Cluster cluster;
    private final Moving moving;
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private Wire legacy;
    private Wire target;

    OutageInTransitionIT(Cluster cluster) {
        this.cluster = cluster;
        this.moving = new Moving(cluster);
    }

    @BeforeEach
    void open() throws SQLException, IOException {
        moving.open("acme", "bolt");
        moving.flip("acme", "legacy", "s0", 2);
        legacy = new Wire(cluster.url("legacy"));
        target = new Wire(cluster.url("s0"));
    }

    @AfterEach
    void close() throws IOException {
        legacy.close();
        target.close();
    }

    private TenantShiftDataSource router() throws SQLException {
        return TenantShiftDataSource.builder("test")
                .shard("control", cluster.url("legacy"))
                .shard("legacy", legacy.url())
                .shard("s0", target.url())
                .control("control")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .maximumPoolSize(4)
                .connectionTimeout(Duration.ofSeconds(1))
                .locateDeadline(Duration.ofSeconds(2))
                .breakerWait(Duration.ofMillis(300))
                .meters(meters)
                .build();
    }

    /** What a meter says of the library's own connections to the legacy shard. */
    private double ofLibrary(String meter, String... tags) {
        return meters.get("tenantshift.router.system." + meter)
                .tag("shard", "legacy")
                .tags(tags)
                .functionCounter()
                .count();
    }

    private static int write(TenantShiftDataSource router, String tenant, int id) throws SQLException {
        try (var scope = TenantContext.enter(tenant);
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            return statement.executeUpdate("insert into item (tenant_id, id) values ('%s', %d)".formatted(tenant, id));
        }
    }

    @Test
    @Guarantee("G5")
    void aDeadSourceDoesNotHurtThoseWhoHaveLeftIt() throws Exception {
        try (TenantShiftDataSource router = router()) {
            legacy.cut();
            for (int id = 1; id <= 10; id++) {
                router.services().forget("acme");
                assertThat(write(router, "acme", id)).isEqualTo(1);
            }
            assertThatThrownBy(() -> write(router, "bolt", 1)).isInstanceOf(SQLException.class);
            assertThat(ofLibrary("failures")).isGreaterThanOrEqualTo(5);
            assertThat(ofLibrary("refused", "reason", "breaker")).isPositive();
            legacy.connect();
            await("it is served again").ignoreExceptions().until(() -> write(router, "bolt", 2) == 1);
        }
    }

    @Test
    @Guarantee("G5")
    void aSourceThatNeverAnswersDoesNotHurtThoseWhoHaveLeftItAndALookAtItEnds() throws Exception {
        try (TenantShiftDataSource router = router()) {
            assertThat(write(router, "acme", 1)).isEqualTo(1);
            assertThat(write(router, "bolt", 1)).isEqualTo(1);
            legacy.fallSilent();
            for (int id = 2; id <= 8; id++) {
                router.services().forget("acme");
                assertThat(write(router, "acme", id)).isEqualTo(1);
            }
            // Both of these hang for ever without the limits, for nothing here has a socket time-out.
            router.services().forget("bolt");
            assertThatThrownBy(() -> router.services().locate("bolt")).isInstanceOf(SQLException.class);
            legacy.speak();
            await("it is served again").ignoreExceptions().until(() -> write(router, "bolt", 2) == 1);
        }
    }

    @Test
    @Guarantee("G5")
    void aDeadTargetHurtsThoseWhoAreThereAndNobodyWhoIsNot() throws Exception {
        try (TenantShiftDataSource router = router()) {
            target.cut();
            for (int id = 1; id <= 10; id++) {
                router.services().forget("bolt");
                assertThat(write(router, "bolt", id)).isEqualTo(1);
            }
            assertThatThrownBy(() -> write(router, "acme", 1)).isInstanceOf(SQLException.class);
            target.connect();
            await("it is served again").ignoreExceptions().until(() -> write(router, "acme", 2) == 1);
        }
    }

    @Test
    @Guarantee("G2")
    void aSideThatIsNotOpenIsNoAnswerWhereTheOtherSaysNothing() throws Exception {
        moving.put("s0", "acme", 3, FenceState.READY);
        try (TenantShiftDataSource router = router()) {
            legacy.cut();
            assertThatThrownBy(() -> write(router, "acme", 1)).isInstanceOf(SQLException.class);
            assertThat(cluster.queryLong("s0", "select count(*) from item")).isZero();
        }
    }

    @Test
    @Guarantee("G5")
    void aControlDatabaseThatNeverAnswersStopsNobodyWhoIsKnownAndIsFollowedAgain() throws Exception {
        try (Wire control = new Wire(cluster.url("legacy"));
                TenantShiftDataSource router = TenantShiftDataSource.builder("test")
                        .shard("control", control.url())
                        .shard("legacy", cluster.url("legacy"))
                        .shard("s0", cluster.url("s0"))
                        .control("control")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .connectionTimeout(Duration.ofSeconds(2))
                        .build()) {
            long before = router.services().topology().version();
            control.fallSilent();
            int opened = control.opened();
            assertThat(write(router, "acme", 1)).isEqualTo(1);
            assertThat(write(router, "bolt", 1)).isEqualTo(1);
            // Without a limit the thread that follows would hang with its connection.
            await("the follower gives its connection up and tries another")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> control.opened() > opened);
            moving.control().publish(ShardMap.everyoneOn(3, "s0"), "test", "third");
            control.speak();
            await("followed again").until(() -> router.services().topology().version() > before);
        }
    }
}
