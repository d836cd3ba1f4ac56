package io.tenantshift.router.sql;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A table's name as a statement writes it, unquoted names in lower case.
 *
 * @param schema the schema as written; null if the name is not qualified
 * @param name the table
 */
public record TableName(@Nullable String schema, String name) {
    // A record's own two would cost the first statement of a JVM ten milliseconds.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TableName that && name.equals(that.name) && Objects.equals(schema, that.schema);
    }

    @Override
    public int hashCode() {
        return 31 * Objects.hashCode(schema) + name.hashCode();
    }

    @Override
    public String toString() {
        return schema == null ? name : schema + "." + name;
    }
}
