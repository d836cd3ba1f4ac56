package io.tenantshift.migration.internal.reconcile;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Compares one tenant in one table on both sides, both as they are at one boundary of the lane. A range that differs is cut in halves until
 * it is small enough to be compared row by row: memory does not grow with what only one side holds. For one thread.
 */
final class Comparison {
    /** Rows of either side that are compared one by one. */
    private static final int LEAF_ROWS = 500;

    /** Is told of differing rows, a few hundred at a time. */
    @FunctionalInterface
    interface Found {
        void rows(List<RowDifference> rows) throws SQLException;
    }

    private final ComparedTable table;
    private final Connection source;
    private final Connection target;
    private final String tenant;

    Comparison(ComparedTable table, Connection source, Connection target, String tenant) {
        this.table = table;
        this.source = source;
        this.target = target;
        this.tenant = tenant;
    }

    /** Compares a range; returns the number of its rows on the source. */
    long compare(KeyRange range, Found found) throws SQLException {
        ChunkHash here = table.hash(source, tenant, range);
        ChunkHash there = table.hash(target, tenant, range);
        if (!here.equals(there)) {
            narrow(range, here, there, found);
        }
        return here.count();
    }

    private void narrow(KeyRange range, ChunkHash here, ChunkHash there, Found found) throws SQLException {
        long most = Math.max(here.count(), there.count());
        List<String> middle = most <= LEAF_ROWS || !table.isDivisible()
                ? null
                : table.keyAt(here.count() >= there.count() ? source : target, tenant, range, most / 2);
        if (middle == null) {
            List<RowDifference> rows =
                    differences(table.rows(source, tenant, range), table.rows(target, tenant, range));
            if (!rows.isEmpty()) {
                found.rows(rows);
            }
            return;
        }
        compare(range.upTo(middle), found);
        compare(range.after(middle), found);
    }

    private List<RowDifference> differences(
            Map<List<String>, List<String>> here, Map<List<String>, List<String>> there) {
        List<RowDifference> rows = new ArrayList<>();
        here.forEach((key, values) -> {
            List<String> others = there.get(key);
            if (others == null) {
                rows.add(new RowDifference(key, RowDifference.Kind.MISSING_ON_TARGET, List.of()));
            } else if (!values.equals(others)) {
                rows.add(new RowDifference(key, RowDifference.Kind.VALUE_DIFFERS, table.differing(values, others)));
            }
        });
        there.keySet().stream()
                .filter(key -> !here.containsKey(key))
                .forEach(key -> rows.add(new RowDifference(key, RowDifference.Kind.MISSING_ON_SOURCE, List.of())));
        return rows;
    }
}
