package io.tenantshift.migration;

import io.tenantshift.migration.Preflight.Finding;
import io.tenantshift.migration.Preflight.Report;
import io.tenantshift.migration.Preflight.Severity;
import io.tenantshift.migration.internal.preflight.FedColumn;
import io.tenantshift.migration.internal.preflight.IdRange;
import io.tenantshift.migration.internal.preflight.SequenceChange;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Gives every shard a range of generated ids of its own, so that a row that is born on one side never meets a row that has moved in: not
 * after a cutover, not after a rollback, not after years. Stateless, safe for any thread.
 *
 * <p>The range follows from the shard's number in the control database. The shards of the map in force are numbered first: the legacy
 * shard is number 0 and goes on where it is. {@code MINVALUE}, {@code MAXVALUE} and {@code NO CYCLE} make exhaustion an error.
 *
 * <p>Covered are sequences owned by a column of the group (identity, serial) or named in its default. Not covered: sequences that only
 * the application's statements or a function name, and ids that the application makes by itself.
 */
public final class Sequences {
    private Sequences() {}

    /** One sequence of one shard, and where it should be. */
    private record Planned(
            String shard, FedColumn column, @Nullable IdRange range) {}

    /**
     * Prepares the sequences of a group. Idempotent: a sequence that is in its range already stays where it is, none is ever moved back.
     *
     * @return what was found to stand in the way; if anything blocks, nothing has been changed
     * @throws SQLException if a sequence cannot be altered; those before it are prepared, run it again
     */
    public static Report prepare(RouterServices services, TableGroup group, Set<String> shards) throws SQLException {
        Map<String, List<Planned>> plan = plan(services, group, shards);
        List<Finding> findings = new ArrayList<>();
        for (Map.Entry<String, List<Planned>> shard : plan.entrySet()) {
            try (Connection connection = services.connect(shard.getKey())) {
                for (Planned planned : shard.getValue()) {
                    findings.addAll(findings(connection, planned));
                }
            }
        }
        Report report = new Report(group.name(), findings);
        if (report.isBlocked()) {
            return report;
        }
        for (Map.Entry<String, List<Planned>> shard : plan.entrySet()) {
            try (Connection connection = services.connect(shard.getKey())) {
                for (Planned planned : shard.getValue()) {
                    if (planned.range() != null) {
                        SequenceChange.apply(shard.getKey(), connection, planned.column(), planned.range());
                    }
                }
            }
        }
        return report;
    }

    /** Whether every sequence of the group is in its shard's range, on all these shards. Changes no sequence. */
    public static boolean prepared(RouterServices services, TableGroup group, Set<String> shards) throws SQLException {
        for (Map.Entry<String, List<Planned>> shard :
                plan(services, group, shards).entrySet()) {
            try (Connection connection = services.connect(shard.getKey())) {
                for (Planned planned : shard.getValue()) {
                    if (planned.range() == null
                            || !SequenceChange.isDone(connection, planned.column(), planned.range())) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static Map<String, List<Planned>> plan(RouterServices services, TableGroup group, Set<String> shards)
            throws SQLException {
        Set<String> ordered = new LinkedHashSet<>(services.topology().map().shards());
        ordered.retainAll(shards);
        ordered.addAll(new TreeSet<>(shards));
        Map<String, List<Planned>> plan = new LinkedHashMap<>();
        for (String shard : ordered) {
            int ordinal = services.control().ordinal(shard);
            try (Connection connection = services.connect(shard)) {
                // A sequence may feed several columns: the narrowest decides.
                Map<String, FedColumn> narrowest = new LinkedHashMap<>();
                for (FedColumn column : FedColumn.read(connection, group)) {
                    narrowest.merge(column.sequence(), column, (a, b) -> a.bits() <= b.bits() ? a : b);
                }
                plan.put(
                        shard,
                        narrowest.values().stream()
                                .map(column -> new Planned(
                                        shard,
                                        column,
                                        column.bits() == 16 || column.increment() < 1
                                                ? null
                                                : IdRange.of(ordinal, column.bits(), column.increment())))
                                .toList());
            }
        }
        return plan;
    }

    private static List<Finding> findings(Connection connection, Planned planned) throws SQLException {
        FedColumn column = planned.column();
        String sequence =
                "on %s: sequence %s of column \"%s\" ".formatted(planned.shard(), column.sequence(), column.column());
        IdRange range = planned.range();
        if (column.bits() == 16) {
            return List.of(
                    blocks(column, sequence + "is a smallint, too small to be divided among shards", "use bigint"));
        }
        if (column.increment() < 1) {
            return List.of(blocks(
                    column,
                    sequence + "counts down, by " + column.increment(),
                    "let it count up, ranges are given from below"));
        }
        if (range == null) {
            return List.of(blocks(column, sequence + "has no range left for so many shards", "use bigint"));
        }
        FedColumn.Position position = FedColumn.Position.read(connection, column.sequence());
        if (position.isCalled() && !range.contains(position.lastValue())) {
            return List.of(blocks(
                    column,
                    sequence
                            + "has given ids up to %d, outside of this shard's range (%s)"
                                    .formatted(position.lastValue(), range),
                    column.bits() == 32
                            ? "widen column and sequence to bigint"
                            : "ids of another range may be met; give the shard with the ids the range they are in"));
        }
        return List.of();
    }

    private static Finding blocks(FedColumn column, String what, String wayOut) {
        return new Finding(column.table(), Severity.BLOCKS, what, wayOut);
    }
}
