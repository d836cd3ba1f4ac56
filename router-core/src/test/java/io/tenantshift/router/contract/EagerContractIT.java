package io.tenantshift.router.contract;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import java.util.Set;

/** The driver prepares at once, carries values in binary and remembers no statement. */
@Guarantee("G10")
final class EagerContractIT extends RoutedContract {
    private static final Set<String> TOPICS =
            Set.of("transaction", "savepoint", "batch", "generated keys", "prepared", "cursor", "callable");

    EagerContractIT(Cluster cluster) throws SQLException {
        super(cluster, "&prepareThreshold=-1&preparedStatementCacheQueries=0");
    }

    @Override
    protected boolean isWanted(String behaviour) {
        return isOf(TOPICS, behaviour);
    }
}
