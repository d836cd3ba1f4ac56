package io.tenantshift.dualwrite.internal.lane;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Stands in for the layouts of the module until they land. */
record TableLayout(
        int id,
        String schema,
        String table,
        List<String> columns,
        List<String> types,
        List<String> keyColumns,
        String tenantColumn) {

    static Map<Integer, TableLayout> load(Connection side) throws SQLException {
        Map<Integer, TableLayout> layouts = new HashMap<>();
        try (PreparedStatement select = side.prepareStatement(
                        "select id, table_schema, table_name, columns, types, key_columns, tenant_column from tenantshift.layout");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                TableLayout layout = new TableLayout(
                        row.getInt(1),
                        row.getString(2),
                        row.getString(3),
                        texts(row.getArray(4)),
                        texts(row.getArray(5)),
                        texts(row.getArray(6)),
                        row.getString(7));
                layouts.put(layout.id(), layout);
            }
        }
        return layouts;
    }

    private static List<String> texts(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }
}
