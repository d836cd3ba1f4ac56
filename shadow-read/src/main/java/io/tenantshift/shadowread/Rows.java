package io.tenantshift.shadowread;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer as text, row by row. Immutable.
 *
 * @param labels the columns' labels; empty if no row was seen, for then nobody asked
 * @param values the rows
 * @param cutOff whether there were more rows than were kept
 */
record Rows(List<String> labels, List<List<@Nullable String>> values, boolean cutOff) {
    Rows {
        labels = List.copyOf(labels);
        values = Collections.unmodifiableList(values);
    }

    /**
     * The same answer with the given columns written in one way. The driver takes floating point numbers as text or as binary, as it
     * likes, and {@code 1e+20} and {@code 1.0E20} are one number.
     *
     * @param floating indexes from 0
     */
    Rows withFloating(BitSet floating) {
        if (floating.isEmpty()) {
            return this;
        }
        List<List<@Nullable String>> rewritten = new ArrayList<>(values.size());
        for (List<@Nullable String> row : values) {
            @Nullable String[] columns = row.toArray(new @Nullable String[0]);
            for (int column = 0; column < columns.length; column++) {
                String text = columns[column];
                if (text != null && floating.get(column)) {
                    columns[column] = Double.toString(Double.parseDouble(text));
                }
            }
            rewritten.add(Arrays.asList(columns));
        }
        return new Rows(labels, rewritten, cutOff);
    }
}
