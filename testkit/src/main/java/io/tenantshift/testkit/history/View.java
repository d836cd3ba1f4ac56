package io.tenantshift.testkit.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is found on one side when nothing is on its way any more.
 *
 * @param name of the side, for messages
 * @param rows all rows that clients could write; in no order
 * @param log every change of a row in the order in which it took effect, as a trigger wrote it down; empty if there is none. Changes may
 *     be missing in it, where a side takes over only the last of several, but one that took effect is there once
 */
public record View(String name, List<Row> rows, List<Change> log) {
    /**
     * A row.
     *
     * @param row names it as the effects do
     * @param tokens its value: what was put, then what has been appended since
     */
    public record Row(String row, List<String> tokens) {
        public Row {
            tokens = List.copyOf(tokens);
        }
    }

    /**
     * A change of a row.
     *
     * @param token the last of the row's tokens after the change; null if it was deleted
     */
    public record Change(String row, @Nullable String token) {}

    public View {
        rows = List.copyOf(rows);
        log = List.copyOf(log);
    }

    /** Rows only. */
    public View(String name, List<Row> rows) {
        this(name, rows, List.of());
    }
}
