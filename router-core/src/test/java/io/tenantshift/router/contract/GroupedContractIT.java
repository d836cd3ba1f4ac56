package io.tenantshift.router.contract;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** The tenant comes from the context, and two tables belong to a group: every statement's text is looked at. */
@Guarantee("G10")
final class GroupedContractIT extends RoutedContract {
    private static final Set<String> TOPICS = Set.of(
            "execution", "batch", "generated keys", "prepared", "callable", "updatable", "escape", "error and warning");

    GroupedContractIT(Cluster cluster) throws SQLException {
        super(cluster);
    }

    @Override
    TenantShiftDataSource.Builder configure(TenantShiftDataSource.Builder builder) {
        return builder.tableGroup(new TableGroup("things", "tenant_id", List.of("public.item", "public.part")));
    }

    @Override
    protected boolean isWanted(String behaviour) {
        return isOf(TOPICS, behaviour);
    }
}
