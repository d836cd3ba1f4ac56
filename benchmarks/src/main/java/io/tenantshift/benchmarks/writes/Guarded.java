package io.tenantshift.benchmarks.writes;

import io.tenantshift.dualwrite.CaptureTrigger;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;

/** What the opening of a transition leaves in two databases. Stateless. */
final class Guarded {
    private static final String LANE = Transition.lane(Sides.HOME, Sides.OTHER);

    private Guarded() {}

    /** The library's objects, and nothing in transition. */
    static void installOn(Sides sides) throws SQLException {
        try (Connection home = sides.connectHome();
                Connection other = sides.connectOther()) {
            Schema.install(home);
            Schema.install(other);
        }
    }

    /** Both shards guarded, all tenants in this phase; what is captured is captured by statement or by trigger. */
    static void open(Sides sides, Phase phase, boolean byTrigger) throws SQLException {
        installOn(sides);
        try (Connection home = sides.connectHome();
                Connection other = sides.connectOther()) {
            side(home, FenceState.OPEN, phase, byTrigger);
            side(other, FenceState.FOLLOWING, phase, byTrigger);
        }
        ControlStore control = new ControlStore(sides::connectHome);
        control.publish(ShardMap.everyoneOn(1, Sides.HOME), "bench", "first");
        control.publish(ShardMap.everyoneOn(2, Sides.OTHER), "bench", "second");
        control.begin(1, 2, List.of(Sides.HOME, Sides.OTHER));
        control.setStatus(2, Transition.Status.OPEN);
    }

    private static void side(Connection side, FenceState state, Phase phase, boolean byTrigger) throws SQLException {
        Fence.insertMissing(
                side,
                Sides.TENANTS.stream()
                        .map(tenant -> new FenceRow(tenant, 2, state, phase, LANE, UUID.randomUUID()))
                        .toList());
        Layout layout = Layouts.describe(side, 1, "public", "account", "tenant_id");
        Layouts.register(side, List.of(layout));
        if (byTrigger) {
            CaptureTrigger.install(side, layout);
        }
        try (Statement statement = side.createStatement()) {
            statement.execute("""
                    create trigger "!tenantshift_guard" before insert or update or delete or truncate on account
                    for each statement execute function tenantshift.guard(%s)""".formatted(byTrigger ? "'trigger'" : ""));
        }
    }
}
