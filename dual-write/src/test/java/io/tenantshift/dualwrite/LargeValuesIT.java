package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Values as large as databases have them arrive whole, and a row that is too large for an entry is refused whole. */
class LargeValuesIT extends CaptureContract {
    /** A value of so many megabytes; {@code -Dtenantshift.test.megabytes=128} is what the usual heap of a gigabyte takes. */
    private static final int MEGABYTES = Integer.getInteger("tenantshift.test.megabytes", 16);

    /** 140 million bytes, and as text, a character for each bit, more than a value of the server can be. */
    private static final String TOO_LARGE = "b'0'::bit(80000000)::varbit" + " || b'0'::bit(80000000)".repeat(13);

    private final DualWrite lanes =
            DualWrite.builder().retryStopped(Duration.ofMillis(50)).build();
    private TenantShiftDataSource router;

    LargeValuesIT(Cluster cluster) {
        super(cluster);
    }

    @BeforeEach
    void start() throws SQLException {
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(
                    shard,
                    "create table file (tenant_id text, id integer, n integer, body bit varying, primary key (tenant_id, id))");
        }
        OpenTransition.join(cluster, 2, "public", "file", "tenant_id");
        router = TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .capture(lanes)
                .build();
        lanes.openLanes(OpenTransition.transition());
        lanes.start();
    }

    @AfterEach
    void stop() {
        lanes.close();
        router.close();
    }

    @Test
    @Guarantee({"G1", "G4"})
    @Pitfall(12)
    void aLargeValueThatWasWrittenOnceArrivesWholeWithEachUpdateOfItsRow() throws SQLException {
        String rows = "select n, length(note), md5(note) from item";
        write("insert into item (tenant_id, id, note) select 'acme', 1, repeat(md5('x'), " + MEGABYTES + " << 15)");
        assertApplied(rows);
        // What an entry without the value would leave there.
        cluster.execute("s0", "set tenantshift.applier = 'on'; update item set note = 'not the value'");
        write("update item set n = 7 where tenant_id = 'acme' and id = 1");
        assertApplied(rows);
        assertThat(cluster.queryLong("s0", "select length(note) from item")).isEqualTo((long) MEGABYTES << 20);
    }

    /** Many rows that are fetched together are not one value's memory but all of theirs. */
    @Test
    @Guarantee({"G1", "G4"})
    @EnabledIfSystemProperty(named = "tenantshift.test.megabytes", matches = "\\d+")
    void manyLargeValuesAreCarriedByALaneThatHasLessMemoryThanTheyNeed() throws SQLException {
        lanes.close();
        int rows = 64;
        for (int id = 0; id < rows; id++) {
            write("insert into item (tenant_id, id, note) values ('acme', " + id + ", repeat(md5('" + id + "'), "
                    + MEGABYTES + " << 15))");
        }
        DualWrite others = DualWrite.builder().build();
        try (TenantShiftDataSource second = TenantShiftDataSource.builder("second")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .capture(others)
                .build()) {
            others.start();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> others.backlog("legacy", "s0").entries() == 0);
        } finally {
            others.close();
        }
        String sums = "select count(*), sum(length(note)), md5(string_agg(md5(note), '' order by id)) from item";
        assertThat(cluster.query("s0", sums)).isEqualTo(cluster.query("legacy", sums));
    }

    @Test
    @Guarantee({"G1", "G9"})
    @EnabledIfSystemProperty(named = "tenantshift.test.megabytes", matches = "\\d+")
    void aRowWhoseImageIsLargerThanAValueCanBeIsRefusedWholeAndLeavesTheTransactionToTheCaller() throws SQLException {
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("insert into file values ('acme', 1, 1, b'1')");
            assertThatThrownBy(() -> statement.executeUpdate(
                            "insert into file values ('acme', 2, 1, " + TOO_LARGE + "), ('acme', 3, 1, b'1')"))
                    .isInstanceOf(SQLException.class);
            assertThat(statement.executeUpdate("update file set n = 2")).isOne();
        }
        assertApplied("select id, n, length(body) from file order by id");
        assertThat(cluster.query("legacy", "select id, n from file").toString()).isEqualTo("[[1, 2]]");
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("calm");
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("insert into file values ('calm', 2, 1, " + TOO_LARGE + ")"))
                    .as("the row as such is none too large")
                    .isOne();
        }
    }

    private void write(String sql) throws SQLException {
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private void assertApplied(String rows) throws SQLException {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> lanes.backlog("legacy", "s0").entries() == 0
                        || lanes.status().stream().anyMatch(lane -> lane.state() == LaneStatus.State.STOPPED)
                        || !lanes.quarantined("legacy", "s0").isEmpty());
        assertThat(cluster.query("s0", rows)).as("%s", lanes.status()).isEqualTo(cluster.query("legacy", rows));
    }
}
