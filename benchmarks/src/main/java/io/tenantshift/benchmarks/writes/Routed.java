package io.tenantshift.benchmarks.writes;

import io.tenantshift.benchmarks.contender.Pools;
import io.tenantshift.benchmarks.contender.Workload;
import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import java.sql.SQLException;

/** The library, whatever is in transition. */
record Routed(TenantShiftDataSource dataSource) implements Writing {
    static Routed open(Sides sides) throws SQLException {
        return new Routed(TenantShiftDataSource.builder("bench")
                .shard(Sides.HOME, sides.home())
                .shard(Sides.OTHER, sides.other())
                .control(Sides.HOME)
                .shardMap(ShardMap.everyoneOn(1, Sides.HOME))
                .maximumPoolSize(Pools.SIZE)
                .capture(new DualWrite())
                .build());
    }

    @Override
    public boolean write(String tenant, long id) throws SQLException {
        try (var scope = TenantContext.enter(tenant)) {
            return Workload.UPDATE.run(dataSource, tenant, id) == 1;
        }
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
