package io.tenantshift.shadowread;

import java.util.ArrayList;
import java.util.Arrays;
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

    /** The same answer with each column brought to its form's one text. */
    Rows canonical(List<ColumnForm> forms) {
        if (forms.stream().allMatch(form -> form == ColumnForm.PLAIN)) {
            return this;
        }
        List<List<@Nullable String>> rewritten = new ArrayList<>(values.size());
        for (List<@Nullable String> row : values) {
            @Nullable String[] columns = row.toArray(new @Nullable String[0]);
            for (int column = 0; column < columns.length && column < forms.size(); column++) {
                String text = columns[column];
                columns[column] = text == null ? null : forms.get(column).canonical(text);
            }
            rewritten.add(Arrays.asList(columns));
        }
        return new Rows(labels, rewritten, cutOff);
    }
}
