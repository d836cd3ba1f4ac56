package io.tenantshift.router.internal.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tenantshift.router.internal.Lazy;
import io.tenantshift.router.internal.LazyPool;
import io.tenantshift.router.internal.PoolPlan;
import io.tenantshift.router.internal.RouterMeters.ShardMeters;
import io.tenantshift.router.internal.ShardFailures;
import io.tenantshift.router.internal.ShardHealth;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The application's connections to one shard. A tenant in transition may hold at most half of them: while its fence is taken its waiters
 * pile up, and without the bound they would take its neighbours' connections too. A shard that does not answer is refused at once, see
 * {@link ShardHealth}; as long as it answers, asking costs one read of a flag. Safe for any thread.
 */
public final class ShardPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShardPool.class);

    private final String shard;
    /** Where statements are counted; null if nobody asks for it. */
    final @Nullable ShardMeters meters;

    private final ShardHealth health;
    private final @Nullable LazyPool own;
    private final @Nullable CallersPool callers;
    /** Whether it was closed because the shard was removed, and not with its router. */
    private volatile boolean left;

    private final int most;
    private final long timeoutMillis;
    private final Lazy<Cache<String, Semaphore>> permits = new Lazy<>() {
        @Override
        protected Cache<String, Semaphore> make() {
            return Caffeine.newBuilder().weakValues().executor(Runnable::run).build();
        }
    };

    /**
     * A pool of a router's own.
     *
     * @param plan its data source opens physical connections
     */
    public ShardPool(String shard, PoolPlan plan, ShardHealth health, @Nullable ShardMeters meters) {
        this(shard, plan, health, meters, null);
    }

    /** @param greeting for the connections to a replica */
    ShardPool(
            String shard,
            PoolPlan plan,
            ShardHealth health,
            @Nullable ShardMeters meters,
            ShardConnections.@Nullable Greeting greeting) {
        this.shard = shard;
        this.meters = meters;
        this.health = health;
        this.callers = null;
        this.most = plan.most();
        this.timeoutMillis = plan.patienceMillis();
        this.own = new LazyPool(plan.over(new ShardConnections(plan.physical(), new PoolsOwn(), greeting)), health);
    }

    /** The connections behind a JDBC URL. */
    public ShardPool(String shard, CallersPool callers, @Nullable ShardMeters meters) {
        this.shard = shard;
        this.meters = meters;
        this.health = callers.health();
        this.callers = callers;
        this.own = null;
        this.most = callers.most();
        this.timeoutMillis = callers.timeout().toMillis();
    }

    public String shard() {
        return shard;
    }

    public ShardHealth health() {
        return health;
    }

    /** How many threads wait for a connection. */
    public int waiting() {
        return own != null ? own.waiting() : health.waiting();
    }

    /** What the pool's own thread finds. */
    private final class PoolsOwn implements ShardConnections.Watcher {
        @Override
        public void connected() {
            health.connected();
        }

        /**
         * It tries again and again, for spare ones too: that counts only if there is none at all and somebody needs one. Where others
         * still work, a server without a place for one more is no outage.
         */
        @Override
        public void couldNotConnect(SQLException e) {
            if (own != null && own.isStarved()) {
                health.failed(e);
            }
        }
    }

    /**
     * Borrows a connection: {@link ShardConnection#of} it is to be worked with, and given back with it.
     *
     * @param moving the tenant on whose behalf, if it is in transition
     * @param fresh whether it is to be one that nobody has had before, behind a JDBC URL
     * @throws SQLTransientConnectionException if the shard does not answer, none is free within the pool's connection time-out, too many
     *     wait already, or the moving tenant already holds its half
     */
    Connection lease(@Nullable String moving, boolean fresh) throws SQLException {
        if (health.isTroubled() && health.admit()) {
            return probe(moving, fresh, ShardHealth.PROBE_LIMIT.toMillis());
        }
        return lease(moving, fresh, timeoutMillis);
    }

    /** As the other, within a time of the caller's, or the pool's if that is shorter. */
    Connection lease(long millis) throws SQLException {
        if (health.isTroubled() && health.admit()) {
            return probe(null, false, millis);
        }
        return lease(null, false, Math.min(timeoutMillis, millis));
    }

    /** Whether a connection might be had at once, or opened. */
    boolean hasRoom() {
        return own == null || own.hasRoom();
    }

    /** Borrows a connection of a shard that has not answered, to see whether it does now. */
    private Connection probe(@Nullable String moving, boolean fresh, long limitMillis) throws SQLException {
        boolean answered = false;
        Connection lease = null;
        try {
            lease = lease(moving, fresh, Math.min(timeoutMillis, limitMillis));
            // What idles in the pool proves nothing by itself.
            answered = ShardConnection.of(lease).delegate().isValid((int) Math.max(1, limitMillis / 1_000));
            if (!answered) {
                SQLException silent = health.silent();
                health.failed(silent);
                throw silent;
            }
            health.probed();
            return lease;
        } finally {
            if (!answered) {
                health.notProbed();
                if (lease != null) {
                    ShardConnection on = ShardConnection.of(lease);
                    on.breakOff();
                    on.giveBack(lease);
                }
            }
        }
    }

    private Connection lease(@Nullable String moving, boolean fresh, long millis) throws SQLException {
        Semaphore permit = moving == null ? null : permit(moving, millis);
        boolean leased = false;
        try {
            Connection lease = own != null ? own.borrow(millis) : callers().lend(fresh, millis);
            ShardConnection.of(lease).leasedFrom(this, permit);
            leased = true;
            return lease;
        } catch (SQLException e) {
            if (left) {
                throw new ShardLeftException(shard, e);
            }
            throw e;
        } finally {
            if (!leased && permit != null) {
                permit.release();
            }
        }
    }

    /** A statement on a connection failed. */
    void failed(SQLException e, boolean dead) {
        if (ShardFailures.ofStatement(e, dead)) {
            health.failed(e);
        }
    }

    private CallersPool callers() {
        return Objects.requireNonNull(callers, "a pool is the one or the other");
    }

    private int permitsPerMovingTenant() {
        return Math.max(1, most / 2);
    }

    private Semaphore permit(String tenant, long millis) throws SQLException {
        Semaphore permit = permits.get().get(tenant, t -> new Semaphore(permitsPerMovingTenant(), true));
        boolean queued = false;
        try {
            if (permit.tryAcquire(0, TimeUnit.MILLISECONDS)) {
                return permit;
            }
            if (!health.mayWait()) {
                throw health.tooManyWait(most);
            }
            queued = true;
            if (!permit.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
                throw new SQLTransientConnectionException(
                        "shard \"%s\": tenant \"%s\" is in transition and already holds %d of %d connections, its limit; none came free within %d ms; nothing was executed; retry, or raise the maximum pool size"
                                .formatted(shard, tenant, permitsPerMovingTenant(), most, millis),
                        "08001");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(shard, e);
        } finally {
            if (queued) {
                health.waited();
            }
        }
        return permit;
    }

    static SQLTransientConnectionException interrupted(String shard, InterruptedException e) {
        return new SQLTransientConnectionException(
                "shard \"%s\": interrupted while waiting for a connection; nothing was executed".formatted(shard),
                "08001",
                e);
    }

    void giveBack(Connection proxy, boolean clean, @Nullable Semaphore permit) {
        if (clean) {
            health.succeeded();
        }
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

    /** How many of its connections somebody has, and how many threads wait for one. */
    public int inUse() {
        return own != null ? own.inUse() : callers().inUse();
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

    /** The shard has been removed: who wants a connection from now on looks for another. */
    public void leave() {
        left = true;
        close();
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
