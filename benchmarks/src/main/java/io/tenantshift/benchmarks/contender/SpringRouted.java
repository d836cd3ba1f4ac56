package io.tenantshift.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/** Spring's routing, with the tenant in a thread-local as its documentation shows it and the same shard map as the library. */
record SpringRouted(List<HikariDataSource> pools, ByTenant dataSource) implements Service {

    static SpringRouted open(Site site) {
        List<HikariDataSource> pools = new ArrayList<>();
        Map<Object, Object> targets = new HashMap<>();
        List<String> shards = site.shards();
        for (int i = 0; i < shards.size(); i++) {
            HikariDataSource pool = Pools.open(shards.get(i), site.urls().get(i));
            pools.add(pool);
            targets.put(shards.get(i), pool);
        }
        ByTenant routing = new ByTenant(site);
        routing.setTargetDataSources(targets);
        routing.afterPropertiesSet();
        return new SpringRouted(pools, routing);
    }

    /** The tenant's shard by the map. */
    static final class ByTenant extends AbstractRoutingDataSource implements DataSource {
        private final ThreadLocal<@Nullable String> tenant = new ThreadLocal<>();
        private final AutoCloseable leave = tenant::remove;
        private final Map<String, String> shardOf = new HashMap<>();

        private ByTenant(Site site) {
            site.tenants().forEach(each -> shardOf.put(each, site.shardMap().shardOf(each)));
        }

        @Override
        protected @Nullable Object determineCurrentLookupKey() {
            return shardOf.get(tenant.get());
        }
    }

    @Override
    public AutoCloseable enter(String tenant) {
        dataSource.tenant.set(tenant);
        return dataSource.leave;
    }

    @Override
    public void close() {
        pools.forEach(HikariDataSource::close);
    }
}
