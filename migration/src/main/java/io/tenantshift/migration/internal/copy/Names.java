package io.tenantshift.migration.internal.copy;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;
import java.util.List;

/** Names of a layout as they stand in SQL. Stateless. */
public final class Names {
    private Names() {}

    /** Schema and table as messages show them. */
    public static String plain(Layout layout) {
        return layout.schema() + "." + layout.table();
    }

    /** The condition that the row called {@code t} is of the tenant that is the next parameter. */
    public static String ofTenant(Layout layout) {
        return "t." + Identifiers.quote(layout.tenantColumn()) + " = ?::"
                + layout.column(layout.tenantColumn()).type();
    }

    /** The key's columns without the tenant column; empty if a tenant has one row at most. */
    public static List<Layout.Column> keyWithinTenant(Layout layout) {
        return layout.keyColumns().stream()
                .filter(name -> !name.equals(layout.tenantColumn()))
                .map(layout::column)
                .toList();
    }
}
