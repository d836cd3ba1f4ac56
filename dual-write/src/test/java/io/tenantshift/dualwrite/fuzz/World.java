package io.tenantshift.dualwrite.fuzz;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.LaneStatus;
import io.tenantshift.dualwrite.OpenTransition;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.spi.WriteCapture;
import io.tenantshift.router.spi.WriteCapture.Plan;
import io.tenantshift.router.sql.Identifiers;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A few random tables three times: on {@code legacy}, where the tenant is captured; on {@code s0}, which follows by the journal alone; and
 * on {@code s1}, the twin, which is written by plain connections and knows nothing of a transition. Closing drops the tables.
 */
final class World implements AutoCloseable {
    private static final List<String> TABLE_NAMES = List.of("items", "Entry's", "group", "tableau", "ta?ble");
    private static final List<String> SETTINGS = List.of(
            "",
            "",
            "&preferQueryMode=simple",
            "&preferQueryMode=extendedForPrepared",
            "&preferQueryMode=extendedCacheEverything",
            "&autosave=always",
            "&autosave=conservative",
            "&prepareThreshold=1",
            "&prepareThreshold=-1",
            "&stringtype=unspecified");

    /** The text that the driver makes of arrays, bytes and floats depends on whether it gets them in binary form, and so on how often it has. */
    private static final String ALWAYS = "&binaryTransfer=false";

    private static final AtomicInteger LAYOUTS = new AtomicInteger(1_000);

    final String settings;
    private final List<Table> tables = new ArrayList<>();
    private final List<String> captured = new ArrayList<>();
    private final Cluster cluster;
    private final Tally tally;
    private final DualWrite lanes = DualWrite.builder()
            .poll(Duration.ofMillis(1), Duration.ofMillis(5))
            .retryStopped(Duration.ofMillis(50))
            .build();
    private final TenantShiftDataSource router;
    private final List<Connection> admins = new ArrayList<>();

    World(Cluster cluster, Dice dice, int byTrigger, Tally tally, UnaryOperator<Plan> planted) throws SQLException {
        this.cluster = cluster;
        this.tally = tally;
        this.settings = dice.pick(SETTINGS) + ALWAYS;
        int count = 1 + dice.below(3);
        for (int i = 0; i < count; i++) {
            tables.add(Table.random(dice, dice.chance(70) ? "public" : "Other schema", TABLE_NAMES.get(i)));
        }
        for (String name : List.of("legacy", "s0", "s1")) {
            admins.add(DriverManager.getConnection(cluster.url(name)));
            execute(name, "set tenantshift.applier = 'on'");
            for (Table table : tables) {
                execute(name, table.ddl());
            }
        }
        for (int i = 0; i < count; i++) {
            Table table = tables.get(i);
            int layout = LAYOUTS.incrementAndGet();
            OpenTransition.join(
                    cluster,
                    layout,
                    table.schema(),
                    table.name(),
                    table.tenant().name());
            if ((byTrigger >> i & 1) == 1) {
                OpenTransition.captureByTrigger(cluster, layout);
                captured.add(table.quoted());
            }
        }
        router = TenantShiftDataSource.builder("fuzz")
                .shard("legacy", cluster.url("legacy") + settings)
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .capture(new Planted(lanes, planted))
                .build();
        lanes.openLanes(OpenTransition.transition());
        lanes.start();
    }

    /** The library's capture, with a change to what it gives out. */
    private record Planted(DualWrite capture, UnaryOperator<Plan> change) implements WriteCapture {
        @Override
        public void attach(RouterServices services) {
            capture.attach(services);
        }

        @Override
        public Plan plan(String shard, String sql, SqlFacts facts, KeysRequest keys) throws SQLException {
            Plan plan = capture.plan(shard, sql, facts, keys);
            return plan.captured() ? change.apply(plan) : plan;
        }
    }

    List<Table> tables() {
        return List.copyOf(tables);
    }

    /** Runs a script from empty tables on; what differs, or null. */
    @Nullable
    String run(Script script) throws SQLException {
        empty();
        try (var scope = TenantContext.enter(Script.TENANT);
                Connection captured = router.getConnection();
                Connection plain = DriverManager.getConnection(cluster.url("s1") + settings)) {
            Pair pair = new Pair(
                    captured, plain, tables, tally, settings.contains("simple") || settings.contains("ForPrepared"));
            for (Block block : script.blocks()) {
                String difference = pair.ended() ? null : pair.run(block);
                if (difference != null) {
                    return difference;
                }
            }
        }
        String stopped = awaitApplied();
        if (stopped != null) {
            return stopped;
        }
        for (Table table : tables) {
            List<String> source = rows("legacy", table);
            List<String> twin = rows("s1", table);
            List<String> target = rows("s0", table);
            if (!source.equals(twin)) {
                return "rows of %s differ\n  captured:  %s\n  plain:     %s".formatted(table.quoted(), source, twin);
            } else if (!source.equals(target)) {
                return "the journal made other rows of %s\n  source:    %s\n  target:    %s"
                        .formatted(table.quoted(), source, target);
            }
        }
        return null;
    }

    private void empty() throws SQLException {
        String all = tables.stream().map(Table::quoted).collect(Collectors.joining(", "));
        for (String name : List.of("legacy", "s1")) {
            execute(name, "truncate " + all + " restart identity");
        }
        // What an earlier run has left there and could not be applied.
        execute("legacy", "truncate tenantshift.journal");
        execute("s0", "delete from tenantshift.tenant_position");
        Awaitility.await("the lanes go on")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> lanes.backlog("legacy", "s0").entries() == 0
                        && lanes.status().stream().noneMatch(lane -> lane.state() == LaneStatus.State.STOPPED));
        execute("s0", "truncate " + all + " restart identity");
    }

    /** Waits until the target has everything; why it will not have it, or null. */
    private @Nullable String awaitApplied() {
        lanes.wake("legacy->s0");
        AtomicReference<@Nullable String> stopped = new AtomicReference<>();
        Awaitility.await("the journal is applied")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    for (LaneStatus lane : lanes.status()) {
                        if (lane.state() == LaneStatus.State.STOPPED) {
                            stopped.set("the lane stopped: " + lane.stoppedReason());
                        }
                    }
                    lanes.quarantined("legacy", "s0").forEach(held -> stopped.set(held.toString()));
                    return stopped.get() != null
                            || lanes.backlog("legacy", "s0").entries() == 0;
                });
        return stopped.get();
    }

    /** The rows as text. Not as bytes: equal arrays may differ in whether they say that they have nulls. */
    private List<String> rows(String name, Table table) throws SQLException {
        String row = table.columns().stream()
                .map(column -> "t." + Identifiers.quote(column.name()))
                .collect(Collectors.joining(", ", "row(", ")"));
        List<String> rows = new ArrayList<>();
        try (Statement statement = admin(name).createStatement();
                ResultSet result = statement.executeQuery(
                        "select " + row + "::text from " + table.quoted() + " as t order by 1")) {
            while (result.next()) {
                rows.add(result.getString(1));
            }
        }
        return rows;
    }

    private Connection admin(String name) {
        return admins.get(List.of("legacy", "s0", "s1").indexOf(name));
    }

    private void execute(String name, String sql) throws SQLException {
        try (Statement statement = admin(name).createStatement()) {
            statement.execute(sql);
        }
    }

    String describe() {
        return tables.stream()
                .map(Table::ddl)
                .collect(Collectors.joining("\n  ", "  ", "\n  settings " + settings + ", by trigger " + captured));
    }

    @Override
    public void close() throws SQLException {
        lanes.close();
        router.close();
        for (String name : List.of("legacy", "s0", "s1")) {
            for (Table table : tables) {
                execute(name, "drop table " + table.quoted());
            }
            if (!name.equals("s1")) {
                execute(name, "delete from tenantshift.layout");
                execute(name, "truncate tenantshift.journal");
            }
        }
        for (Connection admin : admins) {
            admin.close();
        }
    }
}
