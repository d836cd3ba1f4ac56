package io.tenantshift.benchmarks.contender;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** One way to configure HikariCP for all contenders. */
public final class Pools {
    /** The most connections to one shard, for every contender. */
    public static final int SIZE = 10;

    private Pools() {}

    /** A pool of so many connections, open. */
    public static HikariDataSource open(String name, String url) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(SIZE);
        config.setMinimumIdle(2);
        return new HikariDataSource(config);
    }
}
