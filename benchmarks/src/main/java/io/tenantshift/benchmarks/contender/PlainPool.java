package io.tenantshift.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;
import javax.sql.DataSource;
import net.ttddyy.dsproxy.support.ProxyDataSourceBuilder;

/** One pool on the shard where all tenants live, bare or in a wrapper that routes nothing. */
record PlainPool(HikariDataSource pool, DataSource dataSource) implements Service {
    static PlainPool open(Site site) {
        HikariDataSource pool = Pools.open("plain", site.urls().get(0));
        return new PlainPool(pool, pool);
    }

    static PlainPool proxied(Site site) {
        HikariDataSource pool = Pools.open("proxied", site.urls().get(0));
        return new PlainPool(pool, ProxyDataSourceBuilder.create(pool).build());
    }

    @Override
    public AutoCloseable enter(String tenant) {
        return NoScope.INSTANCE;
    }

    @Override
    public void close() {
        pool.close();
    }
}
