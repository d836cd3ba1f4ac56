package io.tenantshift.router.internal.jdbc;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The caller's result, taken by position out of a string that fenced or captured the statement. */
final class OwnResults {
    @Nullable
    RoutedResultSet rows;

    @Nullable
    RoutedResultSet keys;

    long updateCount = -1;

    void close() throws SQLException {
        RoutedResultSet oldRows = rows;
        RoutedResultSet oldKeys = keys;
        rows = null;
        keys = null;
        updateCount = -1;
        if (oldRows != null) {
            oldRows.close();
        }
        if (oldKeys != null) {
            oldKeys.close();
        }
    }
}
