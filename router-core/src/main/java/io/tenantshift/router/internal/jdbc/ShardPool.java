package io.tenantshift.router.internal.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tenantshift.router.internal.Lazy;
import io.tenantshift.router.internal.LazyPool;
import io.tenantshift.router.internal.RouterMeters.ShardMeters;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Objects;
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
    private final @Nullable ShardMeters meters;
    private final @Nullable LazyPool own;
    private final @Nullable CallersPool callers;
    private final int most;
    private final long timeoutMillis;
    private final Lazy<Cache<String, Semaphore>> permits = new Lazy<>(
            () -> Caffeine.newBuilder().weakValues().executor(Runnable::run).build());

    /**
     * A pool of a router's own.
     *
     * @param own a pool of what {@link #physical} opens
     * @param most its size
     */
    public ShardPool(String shard, LazyPool own, int most, Duration timeout, @Nullable ShardMeters meters) {
        this.shard = shard;
        this.meters = meters;
        this.own = own;
        this.callers = null;
        this.most = most;
        this.timeoutMillis = timeout.toMillis();
    }

    /** What a pool of a router's own is to hold. */
    public static DataSource physical(DataSource physical) {
        return new ShardConnections(physical);
    }

    /** The connections behind a JDBC URL. */
    public ShardPool(String shard, CallersPool callers, @Nullable ShardMeters meters) {
        this.shard = shard;
        this.meters = meters;
        this.callers = callers;
        this.own = null;
        this.most = callers.most();
        this.timeoutMillis = callers.timeout().toMillis();
    }

    String shard() {
        return shard;
    }

    /** Where statements are counted; null if nobody asks for it. */
    @Nullable
    ShardMeters meters() {
        return meters;
    }

    /**
     * Borrows a connection.
     *
     * @param moving the tenant on whose behalf, if it is in transition
     * @param fresh whether it is to be one that nobody has had before, behind a JDBC URL
     * @throws SQLTransientConnectionException if none is free within the pool's connection time-out, or the moving tenant already holds
     *     its half
     */
    ShardConnection lease(@Nullable String moving, boolean fresh) throws SQLException {
        Semaphore permit = moving == null ? null : permit(moving);
        boolean leased = false;
        try {
            ShardConnection lease;
            if (own != null) {
                Connection proxy = own.get().getConnection();
                lease = proxy.unwrap(ShardConnection.class).leasedFrom(this, proxy, permit);
            } else {
                ShardConnection lent = callers().lend(fresh);
                lease = lent.leasedFrom(this, lent, permit);
            }
            leased = true;
            return lease;
        } finally {
            if (!leased && permit != null) {
                permit.release();
            }
        }
    }

    private CallersPool callers() {
        return Objects.requireNonNull(callers, "a pool is the one or the other");
    }

    private int permitsPerMovingTenant() {
        return Math.max(1, most / 2);
    }

    private Semaphore permit(String tenant) throws SQLException {
        Semaphore permit = permits.get().get(tenant, t -> new Semaphore(permitsPerMovingTenant(), true));
        long waited = timeoutMillis;
        try {
            if (!permit.tryAcquire(waited, TimeUnit.MILLISECONDS)) {
                throw new SQLTransientConnectionException(
                        "shard \"%s\": tenant \"%s\" is in transition and already holds %d of %d connections, its limit; none came free within %d ms; nothing was executed; retry, or raise the maximum pool size"
                                .formatted(shard, tenant, permitsPerMovingTenant(), most, waited),
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
            if (own == null) {
                callers().takeBack((ShardConnection) proxy, clean);
            } else if (clean) {
                proxy.close();
            } else {
                // Evicting closes it at once; the pool's proxy must not be closed a second time.
                own.get().evictConnection(proxy);
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

    /** Does what is to be done every now and then. */
    public void tidy() {
        if (callers != null) {
            callers.tidy();
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
        if (own != null) {
            own.close();
        } else {
            callers().close();
        }
    }
}
