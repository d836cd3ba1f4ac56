package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.PostgresServer;
import io.tenantshift.testkit.TenantShiftCluster;
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

/** Targets that forget what a lane had committed there. The target has a server of its own; the source is another one's. */
@TenantShiftCluster(
        shards = 1,
        schema = {LaneFixture.V1, LaneFixture.V2, LaneFixture.V3, LaneFixture.V4, LaneFixture.V5},
        ddl = OwnershipIT.DDL,
        perMethod = true)
class ForgetfulTargetIT {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Transition transition =
            new Transition(ShardMap.everyoneOn(1, "legacy"), ShardMap.everyoneOn(2, "s0"), Transition.Status.OPEN);
    private final Cluster cluster;
    private final PostgresServer server = PostgresServer.start(Map.of(
            // What is not waited for stays in memory, so that a crash loses it.
            "wal_writer_delay", "10000", "autovacuum", "off"));
    private final String target = server.jdbcUrl("s0");
    private final FakeServices services;
    private DualWrite applier = DualWrite.builder().build();

    ForgetfulTargetIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        server.createDatabase("s0");
        try (Connection connection = DriverManager.getConnection(target)) {
            Schema.install(connection);
        }
        target(OwnershipIT.DDL);
        target(fenceRow("following", "s0->legacy"));
        cluster.execute("legacy", fenceRow("open", "legacy->s0"));
        services = new FakeServices(cluster, new Topology(1, transition.from(), transition, Set.of("legacy", "s0"))) {
            @Override
            public Connection connect(String shard) throws SQLException {
                return shard.equals("s0") ? DriverManager.getConnection(target) : super.connect(shard);
            }
        };
    }

    @AfterEach
    void end() {
        applier.close();
        server.close();
    }

    /** Renews its lease hardly ever: that is a commit that takes the log of those before it to the disk. */
    private static DualWrite.Builder builder() {
        return DualWrite.builder()
                .lease(Duration.ofMinutes(10))
                .poll(Duration.ofMillis(1), Duration.ofMillis(5))
                .retryStopped(Duration.ofMillis(20));
    }

    private void start(DualWrite.Builder builder) throws SQLException {
        applier = builder.build();
        applier.attach(services);
        applier.openLanes(transition);
        applier.start();
    }

    private static String fenceRow(String state, String lane) {
        return "insert into tenantshift.fence values ('a', 2, '%s', 'DUAL_WRITE', '%s', gen_random_uuid())"
                .formatted(state, lane);
    }

    private void target(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(target);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String fromTarget(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(target);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "none";
        }
    }

    private void write(int id) throws SQLException {
        OwnershipIT.write(cluster.url("legacy"), id);
    }

    private void awaitApplied(int id) {
        Awaitility.await("item " + id + " is on the target")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(2))
                .ignoreExceptions()
                .until(() ->
                        fromTarget("select count(*) from item where id = " + id).equals("1"));
    }

    private double applied() {
        return services.meters()
                .get("tenantshift.applier.entries")
                .tag("lane", "legacy->s0")
                .counter()
                .count();
    }

    private void crash() {
        server.stopImmediate();
        server.restart();
    }

    @Test
    @Pitfall(49)
    @Guarantee({"G1", "G2"})
    void whatACrashTakesIsAppliedAgainAndWhatAWaitingCommitFollowedIsKept() throws Exception {
        start(builder());
        int id = 0;
        boolean again = false;
        // The server may write its log by itself at the very moment.
        while (!again && id < 20) {
            write(++id);
            awaitApplied(id);
            crash();
            write(++id);
            awaitApplied(id);
            int written = id;
            Awaitility.await().atMost(LONG).until(() -> applied() >= written);
            again = applied() > written;
        }
        assertThat(again).as("something was applied again").isTrue();
        assertThat(fromTarget("select count(*) from item")).isEqualTo(String.valueOf(id));

        write(++id);
        awaitApplied(id);
        target("update tenantshift.fence set since = now()");
        applier.close();
        crash();
        assertThat(fromTarget("select count(*) from item where id = " + id)).isEqualTo("1");
    }

    @Test
    @Pitfall({42, 49})
    @Guarantee({"G1", "G3"})
    void theJournalIsEmptiedOfWhatTheTargetCannotForget() throws Exception {
        cluster.execute(
                "legacy",
                "do $$ begin execute 'alter table tenantshift.journal alter column slot set default ' || ((date_part('epoch', clock_timestamp())::bigint / 1800 + 3) % 4); end $$");
        start(builder().retention(Duration.ZERO).keepEvery(Duration.ofMillis(5)));
        for (int id = 1; id <= 3; id++) {
            write(id);
            Awaitility.await("the journal is empty")
                    .atMost(LONG)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> cluster.queryLong("legacy", "select count(*) from tenantshift.journal") == 0);
            crash();
            awaitApplied(id);
        }
    }

    @Test
    @Guarantee("G1")
    void anIdleLaneNoticesThatItsTargetHasGoneBack() throws Exception {
        start(builder().lease(Duration.ofMillis(600)));
        write(1);
        awaitApplied(1);
        String position = fromTarget("select applied from tenantshift.lane where lane = 'legacy->s0'");
        write(2);
        awaitApplied(2);
        // In its connection nothing shows, as behind a pooler.
        target("begin; set local tenantshift.applier = 'on'; delete from item where id = 2;"
                + " update tenantshift.lane set applied = '" + position + "' where lane = 'legacy->s0'; commit");
        awaitApplied(2);
    }
}
