package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.ImageSql;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.router.Phase;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Two databases with the same tables, guards and layouts, real lanes between them, and tenants that are captured on legacy with an empty
 * copy on s0.
 */
final class CopyFixture implements AutoCloseable {
    /** The source's epoch at which the copies' capture began. */
    static final long EPOCH = 2;

    final Cluster cluster;
    final PlainServices services;
    final List<Layout> layouts;
    final Transition transition = PlainServices.transition();
    final DualWrite lanes = DualWrite.builder()
            .lease(Duration.ofSeconds(10))
            .poll(Duration.ofMillis(1), Duration.ofMillis(5))
            .retryStopped(Duration.ofMillis(50))
            .build();

    /** Installs what a transition installs; the tables are there already, on both sides. */
    CopyFixture(Cluster cluster, String tenantColumn, String... tables) throws SQLException {
        this.cluster = cluster;
        this.services = new PlainServices(cluster);
        TableGroup group = new TableGroup("shop", tenantColumn, List.of(tables));
        try (Connection legacy = cluster.connect("legacy");
                Connection s0 = cluster.connect("s0")) {
            this.layouts = TableOrder.layouts(legacy, group);
            for (Connection side : List.of(legacy, s0)) {
                Schema.install(side);
                Layouts.register(side, layouts);
                try (Statement statement = side.createStatement()) {
                    for (Layout layout : layouts) {
                        statement.execute(
                                "create trigger tenantshift_guard before insert or update or delete on %s for each statement execute function tenantshift.guard('shop')"
                                        .formatted(TableGroup.quoted(layout.schema() + "." + layout.table())));
                    }
                }
            }
        }
        lanes.attach(services);
        lanes.openLanes(transition);
        lanes.start();
    }

    /** Begins a tenant's transition: captured on legacy, s0 follows, a copy of nothing. */
    void begin(String tenant) throws SQLException {
        fence("legacy", tenant, EPOCH, FenceState.OPEN, Phase.DUAL_WRITE);
        fence("s0", tenant, EPOCH, FenceState.FOLLOWING, Phase.DUAL_WRITE);
        cluster.execute(
                "s0",
                "delete from tenantshift.copy where tenant_id = '" + tenant + "'",
                "insert into tenantshift.copy (tenant_id, lane, epoch, status) values ('" + tenant + "', 'legacy->s0', "
                        + EPOCH + ", 'copying')");
    }

    /** Puts a fence row in place of the one that is there. */
    void fence(String side, String tenant, long epoch, FenceState state, Phase phase) throws SQLException {
        String lane = side.equals("legacy") ? "legacy->s0" : "s0->legacy";
        try (Connection connection = cluster.connect(side)) {
            connection.setAutoCommit(false);
            Fence.lockExclusive(connection, tenant);
            try (PreparedStatement delete =
                    connection.prepareStatement("delete from tenantshift.fence where tenant_id = ?")) {
                delete.setString(1, tenant);
                delete.executeUpdate();
            }
            Fence.insertMissing(
                    connection, List.of(new FenceRow(tenant, epoch, state, phase, lane, UUID.randomUUID())));
            connection.commit();
        }
    }

    Backfill backfill(int chunkRows) {
        return new Backfill(services, lanes, layouts, new Backfill.Settings(chunkRows, 0));
    }

    Reconcile reconcile(int chunkRows) {
        return new Reconcile(services, lanes, layouts, chunkRows);
    }

    void copy(String tenant, int chunkRows) throws Exception {
        backfill(chunkRows).copy(transition, tenant, Backfill.Listener.NONE);
    }

    /** Rows that no journal sees: what was there before the transition, or what should not be there. */
    void plant(String side, String... dml) throws SQLException {
        List<String> all = new ArrayList<>(List.of("set tenantshift.applier = 'on'"));
        all.addAll(List.of(dml));
        cluster.execute(side, all.toArray(String[]::new));
    }

    /** A transaction of the application on legacy: captured writes, journaled in the same statement. */
    void write(String tenant, String... dml) throws SQLException {
        try (Connection connection = cluster.connect("legacy")) {
            connection.setAutoCommit(false);
            enter(connection, tenant, EPOCH);
            for (String text : dml) {
                captured(connection, text);
            }
            connection.commit();
        }
    }

    static void enter(Connection connection, String tenant, long epoch) throws SQLException {
        try (CallableStatement call = connection.prepareCall("call tenantshift.enter(?, ?)")) {
            call.setString(1, tenant);
            call.setLong(2, epoch);
            call.execute();
        }
    }

    /** {@code insert into t as o …}, {@code update t as o …}, {@code delete from t as o …}. */
    void captured(Connection connection, String dml) throws SQLException {
        Layout layout = layouts.stream()
                .filter(l -> dml.contains(" " + l.table() + " as o "))
                .findFirst()
                .orElseThrow();
        Layout.Column tenant = layout.columns().stream()
                .filter(column -> column.name().equals(layout.tenantColumn()))
                .findFirst()
                .orElseThrow();
        try (Statement statement = connection.createStatement()) {
            statement.execute("with w as (" + dml + " returning " + ImageSql.text(tenant, "o") + " as tenant, "
                    + ImageSql.values(layout, "o")
                    + " as image) insert into tenantshift.journal (tenant_id, layout, op, image) select tenant, "
                    + layout.id() + ", '" + (dml.startsWith("delete") ? "D" : "U") + "', image from w");
        }
    }

    /** Waits until the lane has applied all that was written. */
    void drain(String tenant) throws SQLException {
        try (Connection source = cluster.connect("legacy");
                Connection target = cluster.connect("s0")) {
            Awaitility.await().until(() -> lanes.isDrained(source, target, "legacy->s0", tenant));
        }
    }

    /** All rows of a side, tables in copying order, as sorted lines of text. */
    List<String> rows(String side, String tenant) throws SQLException {
        List<String> rows = new ArrayList<>();
        for (Layout layout : layouts) {
            for (List<@Nullable String> row : cluster.query(
                    side,
                    "select row(t.*)::text from %s as t where t.\"%s\"::text = '%s' order by row(t.*)::text collate \"C\""
                            .formatted(
                                    TableGroup.quoted(layout.schema() + "." + layout.table()),
                                    layout.tenantColumn(),
                                    tenant))) {
                rows.add(layout.table() + row.get(0));
            }
        }
        return rows;
    }

    void assertEqualSides(String tenant) throws SQLException {
        assertThat(rows("s0", tenant)).isEqualTo(rows("legacy", tenant));
    }

    String copyRow(String tenant) throws SQLException {
        return cluster.query(
                        "s0",
                        "select concat_ws(' ', status, done, layout, cursor, rows_copied) from tenantshift.copy where tenant_id = '"
                                + tenant + "'")
                .toString();
    }

    @Override
    public void close() {
        lanes.close();
    }
}
