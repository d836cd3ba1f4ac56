package io.tenantshift.router.internal;

import com.zaxxer.hikari.HikariConfig;
import io.micrometer.core.instrument.MeterRegistry;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * How a pool is to be, before there is one: a service knows many shards and needs few of them at once, and HikariCP's own configuration is
 * a large object.
 *
 * @param name of the pool, and of its threads
 * @param physical opens its connections
 * @param most connections
 * @param leastIdle connections that it keeps ready
 * @param patienceMillis how long somebody waits for a connection
 * @param validationMillis how long a connection may take to show that it lives
 * @param readOnly how its connections begin
 * @param idleMillis how long a connection idles before it is closed; 0 for the pool's own rule
 * @param beginning SQL that each connection begins with
 * @param meters where it registers its figures
 */
public record PoolPlan(
        String name,
        DataSource physical,
        int most,
        int leastIdle,
        long patienceMillis,
        long validationMillis,
        boolean readOnly,
        long idleMillis,
        @Nullable String beginning,
        @Nullable MeterRegistry meters) {
    /** The same with connections opened by another. */
    public PoolPlan over(DataSource other) {
        return new PoolPlan(
                name,
                other,
                most,
                leastIdle,
                patienceMillis,
                validationMillis,
                readOnly,
                idleMillis,
                beginning,
                meters);
    }

    HikariConfig config() {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setDataSource(physical);
        config.setMaximumPoolSize(most);
        config.setMinimumIdle(leastIdle);
        config.setConnectionTimeout(patienceMillis);
        config.setValidationTimeout(validationMillis);
        config.setReadOnly(readOnly);
        if (idleMillis > 0) {
            config.setIdleTimeout(idleMillis);
        }
        config.setConnectionInitSql(beginning);
        config.setMetricRegistry(meters);
        // A shard that is down at start-up hurts its own tenants only.
        config.setInitializationFailTimeout(-1);
        return config;
    }
}
