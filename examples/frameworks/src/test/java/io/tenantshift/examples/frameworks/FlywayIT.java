package io.tenantshift.examples.frameworks;

import io.tenantshift.examples.frameworks.flyway.FlywayMigrations;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import org.junit.jupiter.api.Test;

/** Flyway through the router, in a tenant's scope: the tenant's shard is migrated and no other. */
@Guarantee({"G8", "G10"})
@TenantShiftCluster(shards = 4)
final class FlywayIT {
    @Test
    void flywayMigratesTheTenantsShardAndNoOther(Cluster cluster) throws Exception {
        new SideBySide(cluster).compare(new FlywayMigrations());
    }
}
