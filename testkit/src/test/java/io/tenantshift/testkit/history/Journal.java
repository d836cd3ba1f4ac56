package io.tenantshift.testkit.history;

import io.tenantshift.testkit.history.View.Change;
import io.tenantshift.testkit.history.View.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The effects that a database has had, in order, as images of rows: what an applier gets. It can be told to get it wrong. */
final class Journal {
    /** A row after an effect; null if it is gone. */
    record Entry(Operation operation, String row, @Nullable List<String> image) {
        boolean deletes() {
            return image == null;
        }
    }

    private final Map<String, List<String>> rows = new LinkedHashMap<>();
    final List<Entry> entries = new ArrayList<>();

    /** The operation takes effect. */
    void take(Operation operation) {
        for (Effect effect : operation.effects()) {
            List<String> image = switch (effect.kind()) {
                case PUT -> List.of(effect.token());
                case APPEND -> {
                    List<String> longer = new ArrayList<>(rows.getOrDefault(effect.row(), List.of()));
                    longer.add(effect.token());
                    yield longer;
                }
                case DELETE -> null;
            };
            put(rows, effect.row(), image);
            entries.add(new Entry(operation, effect.row(), image));
        }
    }

    boolean has(String row) {
        return rows.containsKey(row);
    }

    /** The database itself. */
    View source() {
        return view("source", entries);
    }

    /** What an applier has made of these entries, in this order. */
    static View view(String name, List<Entry> applied) {
        Map<String, List<String>> target = new LinkedHashMap<>();
        List<Change> log = new ArrayList<>();
        for (Entry entry : applied) {
            boolean was = put(target, entry.row(), entry.image());
            if (entry.image() != null || was) {
                log.add(new Change(
                        entry.row(),
                        entry.image() == null
                                ? null
                                : entry.image().get(entry.image().size() - 1)));
            }
        }
        List<Row> rows = new ArrayList<>();
        target.forEach((row, tokens) -> rows.add(new Row(row, tokens)));
        return new View(name, rows, log);
    }

    private static boolean put(Map<String, List<String>> rows, String row, @Nullable List<String> image) {
        return (image == null ? rows.remove(row) : rows.put(row, image)) != null;
    }

    View without(int at) {
        List<Entry> wrong = new ArrayList<>(entries);
        wrong.remove(at);
        return view("target", wrong);
    }

    /** The entry is applied once more, after another one. */
    View again(int entry, int after) {
        List<Entry> wrong = new ArrayList<>(entries);
        wrong.add(after + 1, entries.get(entry));
        return view("target", wrong);
    }

    View swapped(int one, int other) {
        List<Entry> wrong = new ArrayList<>(entries);
        Collections.swap(wrong, one, other);
        return view("target", wrong);
    }

    /** The place of the next entry of the same row; -1 if there is none. */
    int nextOfRow(int at) {
        for (int i = at + 1; i < entries.size(); i++) {
            if (entries.get(i).row().equals(entries.get(at).row())) {
                return i;
            }
        }
        return -1;
    }

    /** The place of the entry of the same row before; -1 if there is none. */
    int previousOfRow(int at) {
        for (int i = at - 1; i >= 0; i--) {
            if (entries.get(i).row().equals(entries.get(at).row())) {
                return i;
            }
        }
        return -1;
    }
}
