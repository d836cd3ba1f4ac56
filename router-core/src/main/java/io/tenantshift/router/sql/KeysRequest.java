package io.tenantshift.router.sql;

import java.util.List;

/** What the caller of {@code prepareStatement} or {@code execute} wants back from {@code getGeneratedKeys()}. */
public sealed interface KeysRequest {
    /** Nothing. */
    KeysRequest NONE = new None();

    /** {@code RETURN_GENERATED_KEYS}, which pgjdbc answers with all columns. */
    KeysRequest ALL = new All();

    /** Nothing. */
    record None() implements KeysRequest {}

    /** All columns of the table. */
    record All() implements KeysRequest {}

    /**
     * Some columns.
     *
     * @param names in the caller's order; exact names, as pgjdbc quotes them
     */
    record Columns(List<String> names) implements KeysRequest {
        public Columns {
            names = List.copyOf(names);
        }

        /** Whether it means all columns, as a single name that begins with a star does for the driver. */
        public boolean isStar() {
            return names.size() == 1 && names.get(0).startsWith("*");
        }
    }
}
