package io.tenantshift.router.sql;

import org.jspecify.annotations.Nullable;

/**
 * A table's name as a statement writes it, unquoted names in lower case.
 *
 * @param schema the schema as written; null if the name is not qualified
 * @param name the table
 */
public record TableName(@Nullable String schema, String name) {
    @Override
    public String toString() {
        return schema == null ? name : schema + "." + name;
    }
}
