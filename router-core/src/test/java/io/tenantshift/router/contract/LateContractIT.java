package io.tenantshift.router.contract;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.function.Executable;

/** Neither context nor key, and a table group: whose a statement is shows only when it is executed. */
@Guarantee("G10")
final class LateContractIT extends RoutedContract {
    private static final Set<String> TOPICS =
            Set.of("transaction", "savepoint", "cursor", "generated keys", "time-out");

    /** What a call does its text does not show: without a tenant it is refused. */
    private static final Set<String> CALLS = Set.of(
            "transaction: a procedure that commits works in autocommit only",
            "generated keys: of a call",
            "time-out: a batch is cancelled");

    LateContractIT(Cluster cluster) throws SQLException {
        super(cluster);
    }

    @Override
    TenantShiftDataSource.Builder configure(TenantShiftDataSource.Builder builder) {
        return builder.legacyShard(SUBJECT_SHARD)
                .tableGroup(new TableGroup("others", "tenant_id", List.of("public.of_others")));
    }

    @Override
    protected void aroundEach(Executable behaviour) throws Throwable {
        behaviour.execute();
    }

    @Override
    protected boolean isWanted(String behaviour) {
        boolean changed = behaviour.startsWith("parameter: changed after it was set: ");
        return (isOf(TOPICS, behaviour) && !CALLS.contains(behaviour)) || changed;
    }
}
