package io.tenantshift.migration;

import io.tenantshift.router.TableGroup;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tables that move, and how their writes are captured. Immutable.
 *
 * @param byTrigger the tables of the group, as {@code schema.table}, that are captured by trigger; all others by statement
 */
record MovingTables(TableGroup group, Set<String> byTrigger) {
    MovingTables {
        byTrigger = Set.copyOf(byTrigger);
    }

    /** All captured by statement. */
    static MovingTables byStatement(TableGroup group) {
        return new MovingTables(group, Set.of());
    }

    List<String> findings() {
        Set<String> unknown = new TreeSet<>(byTrigger);
        unknown.removeAll(group.tables());
        return unknown.isEmpty()
                ? List.of()
                : List.of("tables %s are to be captured by trigger and are not of the group \"%s\""
                        .formatted(unknown, group.name()));
    }
}
