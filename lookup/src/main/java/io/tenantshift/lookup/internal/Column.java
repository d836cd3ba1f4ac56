package io.tenantshift.lookup.internal;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.sql.Identifiers;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Objects;
import java.util.UUID;

/**
 * The column whose values are looked up.
 *
 * @param lookup the look-up's name
 * @param group the tables that the column's table moves with
 * @param table as {@code schema.table}
 * @param column as the database stores its name
 */
public record Column(String lookup, TableGroup group, String table, String column) {
    /** The table as it stands in SQL. */
    String from() {
        return TableGroup.quoted(table);
    }

    /** The tenant column as it stands in SQL. */
    String tenant() {
        return Identifiers.quote(group.tenantColumn(table));
    }

    /** The column as it stands in SQL. */
    String value() {
        return Identifiers.quote(column);
    }

    /** Whether a tenant has a row with a value; two parameters, the tenant and the value. */
    String exists() {
        return "exists (select from %s where %s = ? and %s = ?)".formatted(from(), tenant(), value());
    }

    /** The one spelling of a tenant's id. */
    public String canonical(String tenant) {
        String canonical = group.tenantType().canonical(tenant);
        if (canonical == null) {
            throw new IllegalArgumentException("look-up \"%s\": \"%s\" is no tenant of the type %s; nothing was done"
                    .formatted(lookup, tenant, group.tenantType()));
        }
        return canonical;
    }

    /** Binds a tenant's id as the database has it. */
    void bindTenant(PreparedStatement statement, int parameter, String tenant) throws SQLException {
        switch (group.tenantType()) {
            case TEXT -> statement.setString(parameter, tenant);
            case UUID -> statement.setObject(parameter, UUID.fromString(tenant));
            case INTEGER -> statement.setLong(parameter, Long.parseLong(tenant));
        }
    }

    /** What a claim locks: one tenant's use of one value. Each part is as long as it says, so no two are spelled alike. */
    String lock(String tenant, String value) {
        Objects.requireNonNull(value, "value");
        return "%d %s %d %s %s".formatted(lookup.length(), lookup, tenant.length(), tenant, value);
    }
}
