package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Applies a piece in as few statements as can be: for each table one that deletes and one that writes, whatever the order of its entries. The
 * first and quickest of the ways in which {@link PieceWriter} tries a piece. For one thread.
 *
 * <p>At the end of the transaction every key holds its last image, whatever came in between: nobody sees more, as long as no table is
 * {@link TargetTables.Known#watched}. Deletions come first, those of referring tables before those of the tables that they refer to; then the rows
 * in the opposite order. A unique value that goes from one row to another is free by then, and a key from one tenant to another.
 *
 * <p>What that order cannot do fails on a constraint, and is done in the order of the entries: a row that is deleted after those that
 * referred to it refer to another one now; unique values that rows swap. But where the deletion cascades it would not fail:
 * <ol>
 *   <li>Child c goes from parent p to parent q; then p is deleted.
 *   <li>Deletions first: p's takes c with it, and what refers to c.
 *   <li>c comes back with its image. What referred to it does not: the source has not touched it.
 * </ol>
 * So a piece that deletes from a table that cascades is left to the order of its entries.
 */
final class MergingWriter {
    private final TableWriters tables;

    MergingWriter(TableWriters tables) {
        this.tables = tables;
    }

    /**
     * Applies all; what it throws leaves the transaction to be taken back to where it was.
     *
     * @return false if the tables do not allow it, and nothing has been written
     */
    boolean write(Connection source, Connection target, List<Entry> entries) throws SQLException {
        Map<Integer, List<Entry>> byLayout = new LinkedHashMap<>();
        for (Entry entry : entries) {
            byLayout.computeIfAbsent(entry.layout(), l -> new ArrayList<>()).add(entry);
        }
        List<TableWriter> writers = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int layout : byLayout.keySet()) {
            TableWriter writer = tables.writer(source, layout);
            if (!names.add(writer.tableName())) {
                return false; // Two layouts of one table.
            }
            writers.add(writer);
        }
        List<TargetTables.Known> known = TargetTables.lock(target, writers);
        List<List<Entry>> lists = List.copyOf(byLayout.values());
        List<MergedTable> merged = new ArrayList<>();
        for (int i = 0; i < writers.size(); i++) {
            if (known.get(i).watched() || (known.get(i).cascades() && deletes(lists.get(i)))) {
                return false;
            }
        }
        for (int i = 0; i < writers.size(); i++) {
            merged.add(MergedTable.of(target, writers.get(i), known.get(i), lists.get(i)));
        }
        write(target, parentsFirst(merged, known));
        return true;
    }

    private static void write(Connection target, List<MergedTable> parentsFirst) throws SQLException {
        for (int i = parentsFirst.size() - 1; i >= 0; i--) {
            MergedTable each = parentsFirst.get(i);
            if (!each.deletions().isEmpty()) {
                each.table().write(target, Entry.Op.DELETE, each.deletions());
            }
            if (!each.passing().isEmpty()) {
                each.table().deleteIfThere(target, each.passing());
            }
        }
        for (MergedTable each : parentsFirst) {
            if (!each.upserts().isEmpty()) {
                each.table().write(target, Entry.Op.UPSERT, each.upserts());
            }
        }
    }

    private static boolean deletes(List<Entry> entries) {
        return entries.stream().anyMatch(entry -> entry.op() == Entry.Op.DELETE);
    }

    /** In a cycle anywhere: what then fails is done in order. */
    private static List<MergedTable> parentsFirst(List<MergedTable> merged, List<TargetTables.Known> known) {
        List<MergedTable> sorted = new ArrayList<>();
        Set<Integer> placed = new HashSet<>();
        for (int i = 0; i < merged.size(); i++) {
            place(i, merged, known, placed, sorted);
        }
        return sorted;
    }

    private static void place(
            int i,
            List<MergedTable> merged,
            List<TargetTables.Known> known,
            Set<Integer> placed,
            List<MergedTable> sorted) {
        if (placed.add(i)) {
            known.get(i).parents().forEach(parent -> place(parent, merged, known, placed, sorted));
            sorted.add(merged.get(i));
        }
    }
}
