package io.tenantshift.router.internal.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The application's connections to one shard. A tenant in transition may hold at most half of them: while its fence is taken its waiters
 * pile up, and without the bound they would take its neighbours' connections too. Safe for any thread.
 */
public final class ShardPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShardPool.class);

    private final String shard;
    private final HikariDataSource hikari;
    private final int permitsPerMovingTenant;
    private final Cache<String, Semaphore> permits =
            Caffeine.newBuilder().weakValues().build();

    /**
     * @param config the pool's settings, without a data source
     * @param physical opens the physical connections
     */
    public ShardPool(String shard, HikariConfig config, DataSource physical) {
        config.setDataSource(new ShardConnections(physical));
        this.shard = shard;
        this.hikari = new HikariDataSource(config);
        this.permitsPerMovingTenant = Math.max(1, hikari.getMaximumPoolSize() / 2);
    }

    String shard() {
        return shard;
    }

    /**
     * Borrows a connection.
     *
     * @param moving the tenant on whose behalf, if it is in transition
     * @throws SQLTransientConnectionException if none is free within the pool's connection time-out, or the moving tenant already holds
     *     its half
     */
    ShardConnection lease(@Nullable String moving) throws SQLException {
        Semaphore permit = moving == null ? null : permit(moving);
        boolean leased = false;
        try {
            Connection proxy = hikari.getConnection();
            ShardConnection lease = proxy.unwrap(ShardConnection.class).leasedFrom(this, proxy, permit);
            leased = true;
            return lease;
        } finally {
            if (!leased && permit != null) {
                permit.release();
            }
        }
    }

    private Semaphore permit(String tenant) throws SQLException {
        Semaphore permit = permits.get(tenant, t -> new Semaphore(permitsPerMovingTenant, true));
        long waited = hikari.getConnectionTimeout();
        try {
            if (!permit.tryAcquire(waited, TimeUnit.MILLISECONDS)) {
                throw new SQLTransientConnectionException(
                        "shard \"%s\": tenant \"%s\" is in transition and already holds %d of %d connections, its limit; none came free within %d ms; nothing was executed; retry, or raise the maximum pool size"
                                .formatted(shard, tenant, permitsPerMovingTenant, hikari.getMaximumPoolSize(), waited),
                        "08001");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException(
                    "shard \"%s\": interrupted while waiting for a connection; nothing was executed".formatted(shard),
                    "08001",
                    e);
        }
        return permit;
    }

    void giveBack(Connection proxy, boolean clean, @Nullable Semaphore permit) {
        try {
            if (clean) {
                proxy.close();
            } else {
                // Evicting closes it at once; the pool's proxy must not be closed a second time.
                hikari.evictConnection(proxy);
            }
        } catch (SQLException e) {
            // The pool has already thrown the connection away; there is nothing that the caller could do.
            LOG.debug("shard \"{}\": a connection could not be given back and was closed", shard, e);
        } finally {
            if (permit != null) {
                permit.release();
            }
        }
    }

    void couldNotClean(SQLException failure) {
        LOG.warn(
                "shard \"{}\": a connection whose session could not be reset is closed (SQLState {})",
                shard,
                failure.getSQLState(),
                failure);
    }

    @Override
    public void close() {
        hikari.close();
    }
}
