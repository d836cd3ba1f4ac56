package io.tenantshift.benchmarks.contender;

import io.tenantshift.benchmarks.stub.StubDriver;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import java.sql.SQLException;
import java.util.List;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** The library. */
record Routed(TenantShiftDataSource dataSource) implements Service {
    static Routed open(Site site) throws SQLException {
        List<String> shards = site.shards();
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("bench")
                .control(shards.get(0))
                .shardMap(site.shardMap())
                .maximumPoolSize(Pools.SIZE);
        for (int i = 0; i < shards.size(); i++) {
            String url = site.urls().get(i);
            if (StubDriver.isStub(url)) {
                builder.shard(shards.get(i), new DriverManagerDataSource(url));
            } else {
                builder.shard(shards.get(i), url);
            }
        }
        return new Routed(builder.build());
    }

    @Override
    public AutoCloseable enter(String tenant) {
        return TenantContext.enter(tenant);
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
