package io.tenantshift.dualwrite;

import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A transition from {@code legacy} to {@code s0} in which tenants are captured; tables join it one by one. Stateless. */
public final class OpenTransition {
    private OpenTransition() {}

    /** Installs the schema and opens it. */
    public static void open(Cluster cluster, String... tenants) throws SQLException {
        for (String shard : List.of("legacy", "s0")) {
            FenceState state = shard.equals("legacy") ? FenceState.OPEN : FenceState.FOLLOWING;
            List<FenceRow> rows = new ArrayList<>();
            for (String tenant : tenants) {
                rows.add(new FenceRow(tenant, 2, state, Phase.DUAL_WRITE, "legacy->s0", UUID.randomUUID()));
            }
            try (Connection connection = cluster.connect(shard)) {
                Schema.install(connection);
                Fence.insertMissing(connection, rows);
            }
        }
        ControlStore control = new ControlStore(() -> cluster.connect("legacy"));
        control.publish(ShardMap.everyoneOn(1, "legacy"), "test", "first");
        control.publish(ShardMap.everyoneOn(2, "s0"), "test", "second");
        control.begin(1, 2, List.of("legacy", "s0"));
        control.setStatus(2, Transition.Status.OPEN);
    }

    /** What {@link #open} has opened. */
    public static Transition transition() {
        return new Transition(ShardMap.everyoneOn(1, "legacy"), ShardMap.everyoneOn(2, "s0"), Transition.Status.OPEN);
    }

    /** Gives a table, which both sides have, a layout and guards. */
    public static void join(Cluster cluster, int layout, String schema, String table, String tenantColumn)
            throws SQLException {
        join(cluster, List.of("legacy", "s0"), layout, schema, table, tenantColumn);
    }

    static void join(Cluster cluster, List<String> sides, int layout, String schema, String table, String tenantColumn)
            throws SQLException {
        for (String shard : sides) {
            try (Connection connection = cluster.connect(shard)) {
                Layouts.register(
                        connection, List.of(Layouts.describe(connection, layout, schema, table, tenantColumn)));
            }
            cluster.execute(
                    shard,
                    "create trigger guard before insert or update or delete on \"" + schema + "\".\""
                            + table.replace("\"", "\"\"")
                            + "\" for each statement execute function tenantshift.guard()");
        }
    }

    /** Lets a trigger capture a table that has joined, on both sides, instead of the statements. */
    public static void captureByTrigger(Cluster cluster, int layout) throws SQLException {
        captureByTrigger(cluster, List.of("legacy", "s0"), layout);
    }

    static void captureByTrigger(Cluster cluster, List<String> sides, int layout) throws SQLException {
        for (String shard : sides) {
            try (Connection connection = cluster.connect(shard)) {
                Layout of = Layouts.load(connection).stream()
                        .filter(known -> known.id() == layout)
                        .findFirst()
                        .orElseThrow();
                CaptureTrigger.install(connection, of);
                cluster.execute(
                        shard,
                        "drop trigger guard on \"%s\".\"%s\"".formatted(of.schema(), of.table()),
                        "create trigger guard before insert or update or delete or truncate on \"%s\".\"%s\" for each statement execute function tenantshift.guard('trigger')"
                                .formatted(of.schema(), of.table()));
            }
        }
    }
}
