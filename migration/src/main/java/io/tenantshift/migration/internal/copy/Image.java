package io.tenantshift.migration.internal.copy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A row as text, in the order of its layout's columns. Immutable. */
public record Image(List<@Nullable String> values) {
    /** No values: this may end up in a log. */
    @Override
    public String toString() {
        return "image of %d columns".formatted(values.size());
    }
}
