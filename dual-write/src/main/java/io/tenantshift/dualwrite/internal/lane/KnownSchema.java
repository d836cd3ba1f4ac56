package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.router.control.Schema;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Whether this library knows what a lane's state on its target means: it says of itself which version of the schema it is. An applier of an
 * older library does not go on from what a newer one may have written in another way; whoever holds the lease keeps it. Stateless.
 */
final class KnownSchema {
    private KnownSchema() {}

    static void require(Connection target, LaneId lane) throws SQLException {
        try (Statement statement = target.createStatement();
                ResultSet row = statement.executeQuery("select max(version) from tenantshift.schema_version")) {
            row.next();
            int found = row.getInt(1);
            if (found > Schema.VERSION) {
                throw new SQLException(
                        "schema tenantshift of \"%s\" has version %d and this library knows %d; lane \"%s\" was not taken and nothing was applied; use a library of the newer version"
                                .formatted(lane.target(), found, Schema.VERSION, lane),
                        "TS013");
            }
        }
    }
}
