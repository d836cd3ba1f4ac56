package io.tenantshift.migration;

import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The tenants that change their shard in a transition, as the opening gave them fence rows. Stateless. */
final class MovingTenants {
    private MovingTenants() {}

    /** Sorted by id. */
    static List<String> read(RouterServices services, Transition transition) throws SQLException {
        List<String> moving = new ArrayList<>();
        for (String source : transition.routes().keySet()) {
            try (Connection connection = services.connect(source);
                    PreparedStatement select = connection.prepareStatement(
                            "select tenant_id from tenantshift.fence where lane is not null");
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    String tenant = row.getString(1);
                    if (transition.moves(tenant) && transition.source(tenant).equals(source)) {
                        moving.add(tenant);
                    }
                }
            }
        }
        Collections.sort(moving);
        return moving;
    }
}
