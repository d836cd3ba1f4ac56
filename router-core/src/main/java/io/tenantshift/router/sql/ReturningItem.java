package io.tenantshift.router.sql;

import org.jspecify.annotations.Nullable;

/**
 * One item of a {@code RETURNING} list.
 *
 * @param start offset of the expression's first character
 * @param end offset after the expression's last character; an {@code AS} name is not part of it
 * @param shape whether the item is one value or stands for a row's columns
 * @param name for {@link Shape#VALUE} the column's name in the result, as PostgreSQL would choose it, null if that
 *     cannot be told from the text; for {@link Shape#ROW_OF} the qualifier; for {@link Shape#ALL} null
 */
public record ReturningItem(
        int start, int end, Shape shape, @Nullable String name) {
    /** What an item stands for. */
    public enum Shape {
        /** One value. */
        VALUE,
        /** {@code *}: all columns of all tables of the statement. */
        ALL,
        /** {@code t.*}: all columns of one table. */
        ROW_OF
    }
}
