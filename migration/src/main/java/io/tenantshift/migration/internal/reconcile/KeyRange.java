package io.tenantshift.migration.internal.reconcile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a tenant with a key in (after, upTo]. The first range has no beginning and the last no end, so that rows which only one side
 * has belong to a range wherever they are. Immutable.
 */
record KeyRange(@Nullable List<String> after, @Nullable List<String> upTo) {
    static final KeyRange ALL = new KeyRange(null, null);

    /** The part up to a key within. */
    KeyRange upTo(List<String> key) {
        return new KeyRange(after, key);
    }

    /** The part after a key within. */
    KeyRange after(List<String> key) {
        return new KeyRange(key, upTo);
    }
}
