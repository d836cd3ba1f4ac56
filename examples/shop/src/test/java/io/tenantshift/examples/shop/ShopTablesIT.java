package io.tenantshift.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.migration.Preflight;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Transition;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.util.Set;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(shards = 2, schema = "/io/tenantshift/examples/shop/shop.sql")
final class ShopTablesIT {
    @Test
    void everyTableOfTheShopMayMove(Cluster cluster) throws Exception {
        ShardMap now = ShardMap.everyoneOn(1, Cluster.LEGACY);
        TenantShiftDataSource.Builder builder =
                TenantShiftDataSource.builder("shop").control(Cluster.LEGACY).shardMap(now);
        for (String name : cluster.names()) {
            builder.shard(name, cluster.url(name));
            try (Connection connection = cluster.connect(name)) {
                Schema.install(connection);
            }
        }
        try (TenantShiftDataSource dataSource = builder.build()) {
            Preflight.Report report = Preflight.check(
                    dataSource.services(),
                    new TableGroup("shop", "tenant_id", ShopTable.sqlNames()),
                    Set.of("public.order_lines"),
                    new Transition(now, ShardMap.spread(2, cluster.shards()), Transition.Status.OPENING));
            assertThat(report.blocking()).as(report.toString()).isEmpty();
        }
    }
}
