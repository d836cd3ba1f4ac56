package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What is left of one table's entries when those of one key and tenant are merged to the last. In each list the entries are in the order in
 * which they came.
 *
 * <p>A key is what the column's type on the target takes for equal, never a text: <em>1. row 1.0 is deleted; 2. row 1.00 is inserted, which
 * is the same key. 3. Merged by text both are left, and whichever comes last, one of the two orders loses the row.</em> So the target is
 * asked, unless its types write each value in one way only.
 *
 * @param deletions of rows that were there before the piece
 * @param passing deletions of rows that may have come within the piece only
 */
record MergedTable(TableWriter table, List<Entry> deletions, List<Entry> passing, List<Entry> upserts) {
    /**
     * The first and the last entry of a key, and when they came.
     *
     * @param deletes whether one of them is a deletion
     * @param renamed whether the key is written in more than one way
     */
    private record Run(Entry first, int firstAt, Entry last, int lastAt, boolean deletes, boolean renamed) {
        static Run of(Entry entry, int at) {
            return new Run(entry, at, entry, at, entry.op() == Entry.Op.DELETE, false);
        }

        Run and(Run other) {
            boolean earlier = firstAt < other.firstAt;
            boolean later = lastAt > other.lastAt;
            return new Run(
                    earlier ? first : other.first,
                    Math.min(firstAt, other.firstAt),
                    later ? last : other.last,
                    Math.max(lastAt, other.lastAt),
                    deletes || other.deletes,
                    renamed || other.renamed);
        }

        Run andByAnotherName(Run other) {
            Run both = and(other);
            return new Run(both.first, both.firstAt, both.last, both.lastAt, both.deletes, true);
        }
    }

    private record Key(String tenant, List<@Nullable String> texts) {}

    static MergedTable of(Connection target, TableWriter table, TargetTables.Known known, List<Entry> entries)
            throws SQLException {
        Map<Key, Run> byText = new LinkedHashMap<>();
        for (int at = 0; at < entries.size(); at++) {
            Entry entry = entries.get(at);
            byText.merge(new Key(entry.tenant(), table.key(entry)), Run.of(entry, at), Run::and);
        }
        List<Run> runs = known.textIsKey()
                ? new ArrayList<>(byText.values())
                : byValue(target, known, List.copyOf(byText.keySet()), List.copyOf(byText.values()));
        runs.sort(Comparator.comparingInt(Run::lastAt));
        MergedTable merged = new MergedTable(table, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (Run run : runs) {
            boolean stays = run.last.op() == Entry.Op.UPSERT;
            // A row that came back may write its key in another way, which an update would not bring.
            if (!stays || (run.deletes && run.renamed)) {
                (run.first.op() == Entry.Op.DELETE ? merged.deletions : merged.passing).add(run.first);
            }
            if (stays) {
                merged.upserts.add(run.last);
            }
        }
        return merged;
    }

    /** Puts together what the target takes for one key. */
    private static List<Run> byValue(Connection target, TargetTables.Known known, List<Key> keys, List<Run> runs)
            throws SQLException {
        int columns = known.keyCasts().size();
        String values = IntStream.range(0, columns)
                .mapToObj(i -> "x.k" + i + known.keyCasts().get(i))
                .collect(Collectors.joining(", "));
        String names = IntStream.range(0, columns).mapToObj(i -> ", k" + i).collect(Collectors.joining());
        String sql = "select x.n, min(x.n) over (partition by x.tenant, " + values + ") from unnest(?::text[]"
                + ", ?::text[]".repeat(columns) + ") with ordinality as x(tenant" + names + ", n)";
        Run[] merged = new Run[keys.size()];
        try (PreparedStatement select = target.prepareStatement(sql)) {
            select.setArray(
                    1,
                    target.createArrayOf("text", keys.stream().map(Key::tenant).toArray(String[]::new)));
            for (int column = 0; column < columns; column++) {
                @Nullable String[] texts = new @Nullable String[keys.size()];
                for (int i = 0; i < texts.length; i++) {
                    texts[i] = keys.get(i).texts().get(column);
                }
                select.setArray(2 + column, target.createArrayOf("text", texts));
            }
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    int same = row.getInt(2) - 1;
                    Run run = runs.get(row.getInt(1) - 1);
                    merged[same] = merged[same] == null ? run : merged[same].andByAnotherName(run);
                }
            }
        }
        return Arrays.stream(merged).filter(run -> run != null).collect(Collectors.toCollection(ArrayList::new));
    }
}
