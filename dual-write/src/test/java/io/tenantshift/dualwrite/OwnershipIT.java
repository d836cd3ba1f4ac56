package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.PostgresServer;
import io.tenantshift.testkit.Standby;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.VolumeSnapshot;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sources that forget what they had committed. The source has a server of its own; the target is another one's. */
@TenantShiftCluster(
        shards = 1,
        schema = {LaneFixture.V1, LaneFixture.V2, LaneFixture.V3, LaneFixture.V4, LaneFixture.V5},
        ddl = OwnershipIT.DDL,
        perMethod = true)
class OwnershipIT {
    static final String DDL = """
            create table item (tenant_id text, id int, primary key (tenant_id, id));
            insert into tenantshift.layout values
                (1, 'public', 'item', '{tenant_id,id}', '{text,integer}', '{tenant_id,id}', 'tenant_id')""";

    private static final String LANE = "legacy->s0";
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Transition transition =
            new Transition(ShardMap.everyoneOn(1, "legacy"), ShardMap.everyoneOn(2, "s0"), Transition.Status.OPEN);
    private final Cluster cluster;
    private final PostgresServer server = PostgresServer.start(Map.of(
            // What is not waited for stays in memory, so that a crash loses it.
            "wal_writer_delay", "10000", "autovacuum", "off"));
    private volatile String sourceUrl = server.jdbcUrl("legacy");
    private final DualWrite applier = DualWrite.builder()
            .poll(Duration.ofMillis(1), Duration.ofMillis(5))
            .retryStopped(Duration.ofMillis(20))
            .build();

    OwnershipIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        server.createDatabase("legacy");
        try (Connection source = DriverManager.getConnection(sourceUrl)) {
            Schema.install(source);
            try (Statement statement = source.createStatement()) {
                statement.execute(DDL);
                statement.execute(fenceRow("open", "DUAL_WRITE", LANE));
            }
        }
        cluster.execute("s0", fenceRow("following", "DUAL_WRITE", "s0->legacy"));
        FakeServices services =
                new FakeServices(cluster, new Topology(1, transition.from(), transition, Set.of("legacy", "s0"))) {
                    @Override
                    public Connection connect(String shard) throws SQLException {
                        return shard.equals("legacy") ? DriverManager.getConnection(sourceUrl) : super.connect(shard);
                    }
                };
        applier.attach(services);
        applier.openLanes(transition);
        // The lane back would write on the source, and each of its commits takes the log of others to the disk.
        source("update tenantshift.lane set holder = 'nobody', expires = now() + interval '1 day'");
    }

    @AfterEach
    void end() {
        applier.close();
        server.close();
    }

    private static String fenceRow(String state, String phase, String lane) {
        return "insert into tenantshift.fence values ('a', 2, '%s', '%s', '%s', gen_random_uuid())"
                .formatted(state, phase, lane);
    }

    private void source(String sql) throws SQLException {
        try (Connection source = DriverManager.getConnection(sourceUrl);
                Statement statement = source.createStatement()) {
            statement.execute(sql);
        }
    }

    private void write(int id) throws SQLException {
        write(sourceUrl, id);
    }

    /** A row of the tenant "a", and its entry. */
    static void write(String url, int id) throws SQLException {
        try (Connection source = DriverManager.getConnection(url);
                Statement statement = source.createStatement()) {
            source.setAutoCommit(false);
            try (CallableStatement enter = source.prepareCall("call tenantshift.enter('a', 2)")) {
                enter.execute();
            }
            statement.execute(
                    "with w as (insert into item values ('a', " + id
                            + ") returning tenant_id, array[tenant_id, id::text] as image)"
                            + " insert into tenantshift.journal (tenant_id, layout, op, image) select tenant_id, 1, 'U', image from w");
            source.commit();
        }
    }

    private boolean isApplied(int id) throws SQLException {
        return cluster.queryLong("s0", "select count(*) from item where id = " + id) == 1;
    }

    private void awaitApplied(int id) {
        Awaitility.await("item " + id + " is on the target")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> isApplied(id));
    }

    private LaneStatus awaitState(State state) {
        return Awaitility.await("lane in state " + state)
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(2))
                .until(
                        () -> applier.status().stream()
                                .filter(s -> s.lane().equals(LANE))
                                .findFirst()
                                .orElseThrow(),
                        s -> s.state() == state);
    }

    private String position() throws SQLException {
        return String.valueOf(cluster.query("s0", "select applied from tenantshift.lane where lane = '" + LANE + "'")
                .get(0)
                .get(0));
    }

    /** So that nothing rests on the moment at which the lane looks. */
    private void awaitTries(int tries) throws SQLException {
        String token = "select token from tenantshift.lane where lane = '" + LANE + "'";
        long before = cluster.queryLong("s0", token);
        Awaitility.await("the lane tries again")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> cluster.queryLong("s0", token) >= before + tries);
    }

    private void assertNothingIsAnswered() throws SQLException {
        try (Connection authority = DriverManager.getConnection(sourceUrl);
                Connection other = cluster.connect("s0")) {
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> applier.isDrained(authority, other, LANE, "a"))
                    .withMessageContaining("ownership unknown")
                    .extracting(SQLException::getSQLState)
                    .isEqualTo("TS023");
        }
    }

    @Test
    @Pitfall(49)
    @Guarantee("G1")
    void standbyLacksTheTailIsPromotedReusesItsNumbersAndTheLaneStopsInsteadOfSkipping() throws Exception {
        Standby standby = server.startStandby();
        applier.start();
        write(1);
        awaitApplied(1);
        standby.awaitReplayed();
        standby.disconnect();
        write(2);
        write(3);
        awaitApplied(3);
        server.stopImmediate();
        standby.promote();
        String position = position();
        sourceUrl = standby.jdbcUrl("legacy");
        for (int id = 4; id <= 20; id++) {
            write(id);
        }
        LaneStatus status = awaitState(State.OWNERSHIP_UNKNOWN);
        assertThat(status.stoppedReason()).contains("ownership unknown", "legacy", "promoted, restored or replaced");
        awaitTries(3);
        awaitState(State.OWNERSHIP_UNKNOWN);
        assertThat(position()).isEqualTo(position);
        assertThat(isApplied(4)).isFalse();
        assertNothingIsAnswered();
    }

    @Test
    @Pitfall(49)
    @Guarantee("G1")
    void volumeIsRestoredNumbersGoBackCatchUpAgainAndTheLaneStaysStopped() throws Exception {
        applier.start();
        write(1);
        awaitApplied(1);
        try (VolumeSnapshot kept = server.takeSnapshot()) {
            write(2);
            write(3);
            awaitApplied(3);
            kept.restore();
        }
        LaneStatus status = awaitState(State.OWNERSHIP_UNKNOWN);
        assertThat(status.stoppedReason()).contains("has lost commits");
        String position = position();
        for (int id = 4; id <= 20; id++) {
            write(id);
        }
        awaitTries(3);
        awaitState(State.OWNERSHIP_UNKNOWN);
        assertThat(position()).isEqualTo(position);
        assertThat(isApplied(4)).isFalse();
        assertNothingIsAnswered();
    }

    @Test
    @Pitfall(49)
    @Guarantee("G1")
    void transactionIsRolledBackPositionSeesItServerCrashesAndItsNumberIsUsedAgain() throws Exception {
        write(1);
        try (Connection source = DriverManager.getConnection(sourceUrl);
                Statement statement = source.createStatement()) {
            source.setAutoCommit(false);
            statement.execute("select pg_current_xact_id()");
            source.rollback();
        }
        applier.start();
        awaitApplied(1);
        server.stopImmediate();
        server.restart();
        write(2);
        awaitApplied(2);
    }

    @Test
    @Pitfall(49)
    @Guarantee("G1")
    void commitsThatNobodyWaitedForAreAppliedOnlyOnceACrashCannotTakeThemBack() throws Exception {
        try (Connection source = DriverManager.getConnection(sourceUrl);
                Statement statement = source.createStatement()) {
            source.setAutoCommit(false);
            statement.execute(
                    "select set_config('tenantshift.tenant', 'a', true), set_config('tenantshift.epoch', '2', true),"
                            + " set_config('tenantshift.lane', '" + LANE
                            + "', true), set_config('synchronous_commit', 'off', true)");
            statement.execute(
                    "insert into item values ('a', 1); insert into tenantshift.journal (tenant_id, layout, op, image) values ('a', 1, 'U', '{a,1}')");
            source.commit();
        }
        applier.start();
        awaitApplied(1);
        server.stopImmediate();
        server.restart();
        try (Connection source = DriverManager.getConnection(sourceUrl);
                Statement statement = source.createStatement();
                ResultSet row = statement.executeQuery("select count(*) from item")) {
            row.next();
            assertThat(row.getInt(1)).as("what has been applied is still there").isEqualTo(1);
        }
        write(2);
        awaitApplied(2);
    }

    @Test
    @Pitfall(65)
    @Guarantee("G1")
    void standbyIsNoSourceAndTheLaneGoesOnWithItsPrimary() throws Exception {
        Standby standby = server.startStandby();
        write(1);
        standby.awaitReplayed();
        String primary = sourceUrl;
        String position = position();
        sourceUrl = standby.jdbcUrl("legacy");
        applier.start();
        assertThat(awaitState(State.STOPPED).stoppedReason()).contains("is a standby");
        assertThat(position()).isEqualTo(position);
        sourceUrl = primary;
        awaitApplied(1);
    }
}
