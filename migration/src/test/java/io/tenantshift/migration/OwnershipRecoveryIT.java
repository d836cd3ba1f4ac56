package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.TableGroup;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.PostgresServer;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.VolumeSnapshot;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The way on after the legacy database, on a server of its own, was put back to what it was some commits ago. */
@TenantShiftCluster(shards = 1)
class OwnershipRecoveryIT {
    private static final TableGroup GROUP = new TableGroup("shop", "tenant_id", List.of("public.item"));

    private final PostgresServer server = PostgresServer.start();
    private final Cluster cluster;
    private final PlainServices services;
    private final DualWrite lanes = DualWrite.builder()
            .poll(Duration.ofMillis(1), Duration.ofMillis(5))
            .retryStopped(Duration.ofMillis(20))
            .build();

    OwnershipRecoveryIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        server.createDatabase("legacy");
        services = new PlainServices(cluster) {
            @Override
            public Connection connect(String shard) throws SQLException {
                return shard.equals("legacy")
                        ? DriverManager.getConnection(server.jdbcUrl("legacy"))
                        : super.connect(shard);
            }
        };
        services.installed();
        for (String shard : List.of("legacy", "s0")) {
            execute(shard, "create table item (tenant_id text, id int, v int, primary key (tenant_id, id))");
        }
        try (Connection legacy = services.connect("legacy");
                Connection s0 = services.connect("s0")) {
            List<Layout> layouts = TableOrder.layouts(legacy, GROUP);
            Layouts.register(legacy, layouts);
            Layouts.register(s0, layouts);
        }
        lanes.attach(services);
        lanes.openLanes(PlainServices.transition());
        lanes.start();
    }

    @AfterEach
    void end() {
        lanes.close();
        server.close();
    }

    private void execute(String shard, String... statements) throws SQLException {
        try (Connection connection = services.connect(shard);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private List<String> query(String shard, String sql) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = services.connect(shard);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                found.add(row.getString(1));
            }
        }
        return found;
    }

    private void fence(String shard, String tenant, String state, long epoch, String phase) throws SQLException {
        String lane = shard.equals("legacy") ? "legacy->s0" : "s0->legacy";
        execute(
                shard,
                "delete from tenantshift.fence where tenant_id = '" + tenant + "'",
                "insert into tenantshift.fence values ('%s', %d, '%s', '%s', '%s', gen_random_uuid())"
                        .formatted(tenant, epoch, state, phase, lane));
    }

    private String fence(String shard, String tenant) throws SQLException {
        return query(
                        shard,
                        "select state || ' ' || epoch || ' ' || phase from tenantshift.fence where tenant_id = '"
                                + tenant + "'")
                .get(0);
    }

    private void write(String shard, String tenant, long epoch, String dml) throws SQLException {
        try (Connection connection = services.connect(shard);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            try (CallableStatement enter = connection.prepareCall("call tenantshift.enter(?, ?)")) {
                enter.setString(1, tenant);
                enter.setLong(2, epoch);
                enter.execute();
            }
            statement.execute("with w as (" + dml
                    + " returning tenant_id, array[tenant_id, id::text, v::text] as image) insert into tenantshift.journal (tenant_id, layout, op, image)"
                    + " select tenant_id, 1, '" + (dml.startsWith("delete") ? "D" : "U") + "', image from w");
            connection.commit();
        }
    }

    private List<String> rows(String shard, String tenant) throws SQLException {
        return query(shard, "select id || '=' || v from item where tenant_id = '" + tenant + "' order by id");
    }

    private void awaitEqual(String tenant) {
        Awaitility.await("both sides of " + tenant + " are equal")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> rows("s0", tenant).equals(rows("legacy", tenant)));
    }

    /** Ten rows on both sides, captured on legacy, with a copy that is whole. */
    private void captured(String tenant) throws SQLException {
        for (String shard : List.of("legacy", "s0")) {
            execute(shard, "insert into item select '%s', g, g from generate_series(1, 10) g".formatted(tenant));
        }
        fence("legacy", tenant, "open", 2, "DUAL_WRITE");
        fence("s0", tenant, "following", 2, "DUAL_WRITE");
        execute(
                "s0",
                "insert into tenantshift.copy (tenant_id, lane, epoch, status, verified_at, mismatches) values ('%s', 'legacy->s0', 2, 'complete', now(), 0)"
                        .formatted(tenant));
    }

    @Test
    @Pitfall(49)
    @Guarantee({"G1", "G3"})
    void volumeIsRestoredFencesAreRepairedLanesBeginAnewAndRowsFollowTheAuthority() throws Exception {
        for (String tenant : List.of("stays", "cut over", "given up", "partial", "rolled back")) {
            captured(tenant);
        }
        execute(
                "s0",
                "update tenantshift.copy set status = 'copying', layout = 1, cursor = '{partial,5}', rows_copied = 5 where tenant_id = 'partial'");
        fence("legacy", "rolled back", "following", 2, "TARGET_PRIMARY");
        fence("s0", "rolled back", "open", 2, "TARGET_PRIMARY");
        try (VolumeSnapshot kept = server.takeSnapshot()) {
            write("legacy", "stays", 2, "insert into item values ('stays', 11, 11)");
            write("legacy", "stays", 2, "delete from item where tenant_id = 'stays' and id = 1");
            awaitEqual("stays");
            fence("legacy", "cut over", "following", 3, "TARGET_PRIMARY");
            fence("s0", "cut over", "open", 3, "TARGET_PRIMARY");
            write("s0", "cut over", 3, "update item set v = 7 where tenant_id = 'cut over' and id = 2");
            awaitEqual("cut over");
            fence("legacy", "given up", "open", 3, "SOURCE_ONLY");
            fence("s0", "given up", "absent", 3, "SOURCE_ONLY");
            fence("s0", "rolled back", "following", 3, "SHADOW_READ");
            fence("legacy", "rolled back", "open", 3, "SHADOW_READ");
            kept.restore();
        }
        write("legacy", "stays", 2, "update item set v = 5 where tenant_id = 'stays' and id = 3");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> lanes.status().stream()
                        .anyMatch(s -> s.lane().equals("legacy->s0") && s.state() == State.OWNERSHIP_UNKNOWN));

        Awaitility.await("the lane back has met two open sides")
                .atMost(Duration.ofSeconds(30))
                .until(() -> lanes.quarantined("s0", "legacy").stream()
                        .anyMatch(held -> held.tenant().equals("cut over")));

        Migration migration = Migration.builder(services, lanes)
                .tables(GROUP)
                .flags(new InMemoryPhaseFlags())
                .build();
        assertThatExceptionOfType(MigrationRefusedException.class)
                .isThrownBy(() -> migration.recoverOwnership(Map.of()))
                .withMessageContaining("\"rolled back\": following 2 on \"legacy\", following 3 on \"s0\"")
                .withMessageContaining("no lane was restarted");
        assertThat(lanes.ownershipLoss("legacy", "s0")).isPresent();

        OwnershipReport report = migration.recoverOwnership(Map.of("rolled back", "s0"));

        assertThat(report.lanes()).containsOnlyKeys("legacy->s0");
        assertThat(report.copiedAgain()).containsExactly("partial");
        assertThat(report.repaired()).containsOnlyKeys("stays", "cut over", "rolled back");
        assertThat(report.repaired().values())
                .allMatch(repaired -> repaired.after().isClean());
        assertThat(fence("legacy", "cut over")).isEqualTo("following 4 TARGET_PRIMARY");
        assertThat(fence("s0", "cut over")).isEqualTo("open 3 TARGET_PRIMARY");
        assertThat(fence("legacy", "given up")).isEqualTo("open 4 SOURCE_ONLY");
        assertThat(fence("s0", "rolled back")).isEqualTo("open 4 TARGET_PRIMARY");
        assertThat(fence("legacy", "rolled back")).startsWith("following ");
        assertThat(rows("s0", "stays"))
                .as("as legacy has them, which is back where it was, and what was written since")
                .startsWith("1=1", "2=2", "3=5")
                .hasSize(10);
        awaitEqual("stays");
        awaitEqual("cut over");
        awaitEqual("rolled back");
        assertThat(rows("legacy", "cut over")).contains("2=7");
        assertThat(rows("s0", "partial")).isEmpty();
        assertThat(query("s0", "select status || ' ' || rows_copied from tenantshift.copy where tenant_id = 'partial'"))
                .containsExactly("copying 0");

        write("legacy", "stays", 2, "insert into item values ('stays', 12, 12)");
        write("s0", "cut over", 3, "insert into item values ('cut over', 12, 12)");
        awaitEqual("stays");
        awaitEqual("cut over");
        assertThat(lanes.ownershipLoss("legacy", "s0")).isEmpty();
        assertThat(migration.recoverOwnership(Map.of()).isEmpty()).isTrue();
    }
}
