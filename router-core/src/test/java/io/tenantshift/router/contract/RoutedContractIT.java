package io.tenantshift.router.contract;

import io.tenantshift.router.TenantContext;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import org.junit.jupiter.api.function.Executable;

/** The tenant comes from the thread's context. */
@Guarantee("G10")
final class RoutedContractIT extends RoutedContract {

    RoutedContractIT(Cluster cluster) throws SQLException {
        super(cluster);
    }

    @Override
    protected void aroundEach(Executable behaviour) throws Throwable {
        try (var scope = TenantContext.enter(TENANT)) {
            behaviour.execute();
        }
    }
}
