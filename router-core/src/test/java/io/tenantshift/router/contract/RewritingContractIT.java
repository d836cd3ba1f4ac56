package io.tenantshift.router.contract;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import java.util.Set;

/** The driver rewrites batches, sets a savepoint before each statement and fetches three rows at a time. */
@Guarantee("G10")
final class RewritingContractIT extends RoutedContract {
    private static final Set<String> TOPICS =
            Set.of("transaction", "savepoint", "batch", "generated keys", "prepared", "cursor", "callable");

    RewritingContractIT(Cluster cluster) throws SQLException {
        super(cluster, "&reWriteBatchedInserts=true&autosave=always&defaultRowFetchSize=3");
    }

    @Override
    protected boolean isWanted(String behaviour) {
        return isOf(TOPICS, behaviour);
    }
}
