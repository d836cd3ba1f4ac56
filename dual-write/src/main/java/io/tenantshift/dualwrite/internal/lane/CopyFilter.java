package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Leaves out the entries of rows that have not been copied yet: their chunk comes later and holds them. So at every boundary the copied
 * part of a tenant equals the source, and nothing is applied before its parents. For one thread.
 *
 * <p>A tenant without a copy on this lane is whole here: the target is its home. An entry from before the copy's capture is dropped.
 */
final class CopyFilter {
    /** How far the copy of a tenant is. */
    private record Copy(
            long epoch,
            boolean complete,
            Set<Integer> done,
            @Nullable Integer layout,
            @Nullable List<@Nullable String> cursor) {
        /** What is known without comparing keys; null if the cursor decides. */
        @Nullable
        Boolean holds(Entry entry) {
            if (entry.epoch() < epoch) {
                return false;
            }
            if (complete || done.contains(entry.layout())) {
                return true;
            }
            boolean current = layout != null && layout == entry.layout() && cursor != null;
            return current ? null : Boolean.FALSE;
        }
    }

    private final LaneId lane;
    private final TableWriters tables;

    CopyFilter(LaneId lane, TableWriters tables) {
        this.lane = lane;
        this.tables = tables;
    }

    /** The entries to apply, in their order. "Beyond the cursor" is decided on the source, by its types and collations. */
    List<Entry> select(Connection source, Connection target, List<Entry> entries) throws SQLException {
        Map<String, Copy> copies = copies(target, entries);
        if (copies.isEmpty()) {
            return entries;
        }
        Set<Long> skipped = new HashSet<>();
        Map<Integer, List<Entry>> undecided = new LinkedHashMap<>();
        for (Entry entry : entries) {
            Copy copy = copies.get(entry.tenant());
            Boolean holds = copy == null ? Boolean.TRUE : copy.holds(entry);
            if (holds == null) {
                undecided
                        .computeIfAbsent(entry.layout(), l -> new ArrayList<>())
                        .add(entry);
            } else if (!holds) {
                skipped.add(entry.seq());
            }
        }
        for (Map.Entry<Integer, List<Entry>> ofLayout : undecided.entrySet()) {
            skipped.addAll(beyond(source, tables.writer(source, ofLayout.getKey()), ofLayout.getValue(), copies));
        }
        return entries.stream().filter(entry -> !skipped.contains(entry.seq())).toList();
    }

    private Map<String, Copy> copies(Connection target, List<Entry> entries) throws SQLException {
        Map<String, Copy> copies = new HashMap<>();
        try (PreparedStatement select = target.prepareStatement("""
                select tenant_id, epoch, status, done, layout, cursor from tenantshift.copy
                where lane = ? and tenant_id = any (?)""")) {
            select.setString(1, lane.name());
            Object[] tenants = entries.stream().map(Entry::tenant).distinct().toArray();
            select.setArray(2, target.createArrayOf("text", tenants));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    Integer layout = row.getObject(5, Integer.class);
                    copies.put(
                            row.getString(1),
                            new Copy(
                                    row.getLong(2),
                                    row.getString(3).equals("complete"),
                                    Set.of((Integer[]) row.getArray(4).getArray()),
                                    layout,
                                    cursor(row)));
                }
            }
        }
        return copies;
    }

    private static @Nullable List<@Nullable String> cursor(ResultSet row) throws SQLException {
        java.sql.Array cursor = row.getArray(6);
        return cursor == null
                ? null
                : Collections.unmodifiableList(Arrays.asList((@Nullable String[]) cursor.getArray()));
    }

    private Set<Long> beyond(Connection source, TableWriter table, List<Entry> entries, Map<String, Copy> copies)
            throws SQLException {
        int keys = table.layout().keyColumns().size();
        List<String> types = table.keyTypes();
        List<String> collations = tables.keyCollations(source, table.layout());
        String sql = "select x.seq from unnest(?::bigint[]"
                + ", ?::text[]".repeat(2 * keys) + ") as x(seq, " + names("k", keys) + ", " + names("c", keys)
                + ") where (" + values("k", types, collations) + ") > (" + values("c", types, collations) + ")";
        Set<Long> beyond = new HashSet<>();
        try (PreparedStatement select = source.prepareStatement(sql)) {
            select.setArray(
                    1,
                    source.createArrayOf(
                            "bigint", entries.stream().map(Entry::seq).toArray()));
            for (int key = 0; key < keys; key++) {
                Object[] own = new Object[entries.size()];
                Object[] cursors = new Object[entries.size()];
                for (int i = 0; i < own.length; i++) {
                    own[i] = table.key(entries.get(i)).get(key);
                    cursors[i] = cursorOf(copies, entries.get(i), table).get(key);
                }
                select.setArray(2 + key, source.createArrayOf("text", own));
                select.setArray(2 + keys + key, source.createArrayOf("text", cursors));
            }
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    beyond.add(row.getLong(1));
                }
            }
        }
        return beyond;
    }

    private static List<@Nullable String> cursorOf(Map<String, Copy> copies, Entry entry, TableWriter table)
            throws TenantFailedException {
        Copy copy = copies.get(entry.tenant());
        List<@Nullable String> cursor = copy == null ? null : copy.cursor();
        int keys = table.layout().keyColumns().size();
        if (cursor == null || cursor.size() != keys) {
            throw new TenantFailedException(
                    entry,
                    table.tableName(),
                    "its copy has a cursor of %s values, the key has %d"
                            .formatted(cursor == null ? "no" : cursor.size(), keys),
                    ApplyFailedException.SQL_STATE);
        }
        return cursor;
    }

    private static String names(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).collect(Collectors.joining(", "));
    }

    private static String values(String prefix, List<String> types, List<String> collations) {
        return IntStream.range(0, types.size())
                .mapToObj(i -> "x." + prefix + i + "::" + types.get(i) + collations.get(i))
                .collect(Collectors.joining(", "));
    }
}
