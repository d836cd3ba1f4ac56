package io.tenantshift.dualwrite.internal.lane;

import org.jspecify.annotations.Nullable;

/**
 * How far a lane is. All that {@code applied} sees is on the target. While a window is applied in pieces {@code next} is its end, and
 * those of its transactions whose order is at most {@code after} are on the target too.
 *
 * @param next null at a boundary
 */
record Position(Snapshot applied, @Nullable Snapshot next, long after) {
    /** Nothing newer than this is on the target. */
    Snapshot newest() {
        return next == null ? applied : next;
    }

    static Position boundary(Snapshot applied) {
        return new Position(applied, null, 0);
    }

    Position within(Snapshot end, long order) {
        return new Position(applied, end, order);
    }
}
