package io.tenantshift.benchmarks.applying;

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
import java.util.List;
import java.util.UUID;

/** Makes of a pair what the opening of a transition leaves: all tenants captured, guards on both sides, nobody's lane running. Stateless. */
final class Lane {
    static final Transition TRANSITION = new Transition(
            ShardMap.everyoneOn(1, Pair.HOME), ShardMap.everyoneOn(2, Pair.OTHER), Transition.Status.OPEN);

    private Lane() {}

    static void prepare(Pair pair) throws SQLException {
        try (Connection home = pair.connectHome();
                Connection other = pair.connectOther()) {
            side(home, FenceState.OPEN, Transition.lane(Pair.HOME, Pair.OTHER));
            side(other, FenceState.FOLLOWING, Transition.lane(Pair.OTHER, Pair.HOME));
        }
        ControlStore control = new ControlStore(pair::connectHome);
        control.publish(TRANSITION.from(), "bench", "first");
        control.publish(TRANSITION.to(), "bench", "second");
        control.begin(1, 2, List.of(Pair.HOME, Pair.OTHER));
        control.setStatus(2, Transition.Status.OPEN);
    }

    private static void side(Connection side, FenceState state, String lane) throws SQLException {
        Schema.install(side);
        Fence.insertMissing(
                side,
                Pair.TENANTS.stream()
                        .map(tenant -> new FenceRow(tenant, 2, state, Phase.DUAL_WRITE, lane, UUID.randomUUID()))
                        .toList());
        Layout layout = Layouts.describe(side, 1, "public", "account", "tenant_id");
        Layouts.register(side, List.of(layout));
        Pair.execute(side, """
                create trigger "!tenantshift_guard" before insert or update or delete or truncate on account
                for each statement execute function tenantshift.guard()""");
    }
}
