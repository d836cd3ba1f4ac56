package io.tenantshift.router.contract;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;

/** The tenant comes from the thread's context. */
@Guarantee("G10")
final class RoutedContractIT extends RoutedContract {

    RoutedContractIT(Cluster cluster) throws SQLException {
        super(cluster);
    }
}
