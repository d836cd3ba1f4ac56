package io.tenantshift.router.contract;

import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.function.Executable;

/** Neither context nor key: no table belongs to a tenant, and the legacy shard serves such statements. */
@Guarantee("G10")
final class NobodyContractIT extends RoutedContract {
    private static final Set<String> TOPICS = Set.of(
            "connection", "transaction", "savepoint", "statement", "batch", "cursor", "callable", "copy", "life cycle");

    NobodyContractIT(Cluster cluster) throws SQLException {
        super(cluster);
    }

    @Override
    TenantShiftDataSource.Builder configure(TenantShiftDataSource.Builder builder) {
        return builder.legacyShard(SUBJECT_SHARD);
    }

    @Override
    protected void aroundEach(Executable behaviour) throws Throwable {
        behaviour.execute();
    }

    @Override
    protected boolean isWanted(String behaviour) {
        return isOf(TOPICS, behaviour);
    }
}
