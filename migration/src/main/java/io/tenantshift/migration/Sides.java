package io.tenantshift.migration;

import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.fence.Recovery;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Both sides of a moving tenant as their fence rows say now. May be stale a moment later: every step reads again under the lock.
 *
 * @param authority the shard whose row is open
 * @param open that row
 * @param rest the other side's row
 */
record Sides(String tenant, String authority, String other, FenceRow open, FenceRow rest) {
    /** Two reads of two databases are not one instant; a tenant that is cut over between them shows two open sides, or none. */
    private static final int TRIES = 10;

    /** A shard that is known not to answer is not asked at all: whoever moves its tenants is there for others too. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** The name of the lane that carries the tenant's entries away from its authority: the one that they are stamped with. */
    String lane() {
        String stamped = open.lane();
        return stamped == null ? Transition.lane(authority, other) : stamped;
    }

    /**
     * Reads both rows, after an attempt that died has been finished or undone.
     *
     * @throws MigrationRefusedException if a row is missing, or if no side is open because an attempt is under way; nothing was changed
     */
    static Sides read(RouterServices services, Transition transition, String tenant) throws SQLException {
        String source = transition.source(tenant);
        String target = transition.target(tenant);
        Optional<FenceRow> first = Optional.empty();
        Optional<FenceRow> second = Optional.empty();
        for (int i = 0; i < TRIES; i++) {
            first = services.ask(source, LIMIT, side -> Fence.read(side, tenant));
            second = services.ask(target, LIMIT, side -> Fence.read(side, tenant));
            if (first.isEmpty() || second.isEmpty()) {
                break;
            }
            if (isReady(first.get()) || isReady(second.get())) {
                try (Connection one = services.connect(source);
                        Connection two = services.connect(target)) {
                    Recovery.recover(one, two, tenant);
                }
            } else if (isOpen(first.get()) != isOpen(second.get())) {
                return isOpen(first.get())
                        ? new Sides(tenant, source, target, first.get(), second.get())
                        : new Sides(tenant, target, source, second.get(), first.get());
            }
        }
        throw new MigrationRefusedException(
                "step of tenant \"%s\"".formatted(tenant),
                List.of("it has not one open side: %s on \"%s\", %s on \"%s\""
                        .formatted(text(first), source, text(second), target)),
                "nothing was changed; another attempt may be under way, try again");
    }

    private static boolean isOpen(FenceRow row) {
        return row.state() == FenceState.OPEN;
    }

    private static boolean isReady(FenceRow row) {
        return row.state() == FenceState.READY;
    }

    private static String text(Optional<FenceRow> row) {
        return row.map(FenceRow::toString).orElse("no fence row");
    }
}
