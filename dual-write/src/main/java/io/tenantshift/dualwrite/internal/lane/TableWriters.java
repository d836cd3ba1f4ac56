package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The layouts of a lane's source, and what is made of them. Read again when an unknown one is met. For one thread. */
final class TableWriters {
    private final LaneId lane;
    private final Map<Integer, TableWriter> writers = new HashMap<>();
    private final Map<Integer, List<String>> collations = new HashMap<>();

    TableWriters(LaneId lane) {
        this.lane = lane;
    }

    TableWriter writer(Connection source, int layout) throws SQLException {
        TableWriter known = writers.get(layout);
        if (known == null) {
            for (Layout found : Layouts.load(source)) {
                writers.computeIfAbsent(found.id(), id -> new TableWriter(found));
            }
            known = writers.get(layout);
        }
        if (known == null) {
            throw new ApplyFailedException(
                    "lane \"%s\": an entry has layout %d, which table tenantshift.layout on \"%s\" does not hold"
                            .formatted(lane, layout, lane.source()));
        }
        return known;
    }

    /** Makes that {@link #writer} does not ask the source for any of these. */
    void load(Connection source, List<Entry> entries) throws SQLException {
        for (Entry entry : entries) {
            writer(source, entry.layout());
        }
    }

    /** For each key column a COLLATE clause with the collation that the column has on the source; empty where its type has none. */
    List<String> keyCollations(Connection source, Layout layout) throws SQLException {
        List<String> known = collations.get(layout.id());
        if (known == null) {
            known = readKeyCollations(source, layout);
            collations.put(layout.id(), known);
        }
        return known;
    }

    private static List<String> readKeyCollations(Connection source, Layout layout) throws SQLException {
        Map<String, String> byColumn = new HashMap<>();
        try (PreparedStatement select = source.prepareStatement("""
                select a.attname, format(' collate %I.%I', n.nspname, c.collname)
                from pg_attribute a join pg_collation c on c.oid = a.attcollation join pg_namespace n on n.oid = c.collnamespace
                where a.attrelid = format('%I.%I', ?::text, ?::text)::regclass and a.attnum > 0""")) {
            select.setString(1, layout.schema());
            select.setString(2, layout.table());
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    byColumn.put(row.getString(1), row.getString(2));
                }
            }
        }
        List<String> clauses = new ArrayList<>();
        for (String column : layout.keyColumns()) {
            clauses.add(byColumn.getOrDefault(column, ""));
        }
        return clauses;
    }
}
