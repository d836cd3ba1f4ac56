package io.tenantshift.migration;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.migration.internal.preflight.ForeignKeys;
import io.tenantshift.router.TableGroup;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The order in which a group's tables are copied: parents before their children, so that foreign keys hold at every commit. Stateless. */
public final class TableOrder {
    /** SQLState of a group that cannot be ordered. */
    public static final String CIRCULAR = "TS031";

    private TableOrder() {}

    /**
     * Describes all tables of a group in copying order. Ids are 1 to n in that order. Nothing is stored.
     *
     * @throws SQLException if a table cannot be carried, or (SQLState {@value #CIRCULAR}) if tables refer to each other or to themselves
     */
    public static List<Layout> layouts(Connection connection, TableGroup group) throws SQLException {
        ForeignKeys.Order order = ForeignKeys.read(connection, group).order();
        if (!order.circle().isEmpty()) {
            throw new SQLException(
                    "table group \"%s\" cannot be copied: these tables refer to each other or to themselves by foreign keys, and rows are copied in chunks, parents first: %s; nothing was changed; drop one of the foreign keys for the transition"
                            .formatted(group.name(), String.join(", ", order.circle())),
                    CIRCULAR);
        }
        List<Layout> layouts = new ArrayList<>();
        for (String table : order.parentsFirst()) {
            layouts.add(Layouts.describe(
                    connection,
                    layouts.size() + 1,
                    TableGroup.schemaOf(table),
                    TableGroup.tableOf(table),
                    group.tenantColumn(table)));
        }
        return List.copyOf(layouts);
    }
}
