package io.tenantshift.router.internal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.zaxxer.hikari.HikariDataSource;
import io.tenantshift.router.Placement;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The application's connections to one shard. A tenant in transition may hold at most half of them: while its fence is taken its waiters
 * pile up, and without the bound they would take its neighbours' connections too. Safe for any thread.
 */
public final class ShardPool implements AutoCloseable {
    private final String shard;
    private final HikariDataSource hikari;
    private final int permitsPerMovingTenant;
    private final Cache<String, Semaphore> permits =
            Caffeine.newBuilder().weakValues().build();

    public ShardPool(String shard, HikariDataSource hikari) {
        this.shard = shard;
        this.hikari = hikari;
        this.permitsPerMovingTenant = Math.max(1, hikari.getMaximumPoolSize() / 2);
    }

    /** A physical connection, given back by closing the lease. */
    public static final class Lease implements AutoCloseable {
        private final Connection connection;
        private final @Nullable Semaphore permit;

        private Lease(Connection connection, @Nullable Semaphore permit) {
            this.connection = connection;
            this.permit = permit;
        }

        public Connection connection() {
            return connection;
        }

        @Override
        public void close() {
            try {
                connection.close();
            } catch (SQLException e) {
                // The pool has already thrown the connection away; there is nothing that the caller could do.
                return;
            } finally {
                releasePermit();
            }
        }

        private void releasePermit() {
            if (permit != null) {
                permit.release();
            }
        }
    }

    /**
     * Borrows a connection.
     *
     * @throws SQLTransientConnectionException if none is free within the pool's connection time-out, or the moving tenant already holds
     *     its half
     */
    public Lease lease(Placement placement) throws SQLException {
        Semaphore permit = placement.isMoving() ? permit(placement) : null;
        boolean leased = false;
        try {
            Lease lease = new Lease(hikari.getConnection(), permit);
            leased = true;
            return lease;
        } finally {
            if (!leased && permit != null) {
                permit.release();
            }
        }
    }

    private Semaphore permit(Placement placement) throws SQLException {
        Semaphore permit = permits.get(placement.tenant(), t -> new Semaphore(permitsPerMovingTenant, true));
        long waited = hikari.getConnectionTimeout();
        try {
            if (!permit.tryAcquire(waited, TimeUnit.MILLISECONDS)) {
                throw new SQLTransientConnectionException(
                        "shard \"%s\": tenant \"%s\" is in transition and already holds %d of %d connections, its limit; none came free within %d ms; nothing was executed; retry, or raise the maximum pool size"
                                .formatted(
                                        shard,
                                        placement.tenant(),
                                        permitsPerMovingTenant,
                                        hikari.getMaximumPoolSize(),
                                        waited),
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

    /** Gives a connection back that nobody else may have. */
    public void discard(Lease lease) {
        // Evicting closes it at once; the pool's proxy must not be closed a second time.
        hikari.evictConnection(lease.connection());
        lease.releasePermit();
    }

    @Override
    public void close() {
        hikari.close();
    }
}
