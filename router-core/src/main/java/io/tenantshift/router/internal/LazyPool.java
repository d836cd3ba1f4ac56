package io.tenantshift.router.internal;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.pool.HikariPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool that is made at its first use, not before: a service knows many shards and needs few of them at once. At most so many threads
 * wait for its connections as the shard's health allows. Safe for any thread.
 */
public final class LazyPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LazyPool.class);

    private record Made(HikariDataSource source, HikariPoolMXBean figures) {}

    private final PoolPlan plan;
    private final ShardHealth health;
    private volatile @Nullable Made pool;
    private boolean closed;

    public LazyPool(PoolPlan plan, ShardHealth health) {
        this.plan = plan;
        this.health = health;
    }

    /**
     * The pool.
     *
     * @throws SQLException if it was closed before it was used (08003)
     */
    public HikariDataSource get() throws SQLException {
        return made().source;
    }

    private Made made() throws SQLException {
        Made known = pool;
        return known != null ? known : make();
    }

    private synchronized Made make() throws SQLException {
        Made known = pool;
        if (known == null) {
            if (closed) {
                throw new SQLException(
                        "pool \"%s\" has been closed; nothing was executed".formatted(plan.name()), "08003");
            }
            HikariDataSource source = new HikariDataSource(plan.config());
            known = new Made(source, source.getHikariPoolMXBean());
            pool = known;
        }
        return known;
    }

    /**
     * Borrows a connection. That none came in time is told to the shard's health.
     *
     * @param millis how long to wait for one, at most; no longer than the pool's connection time-out in any case
     * @throws SQLTransientConnectionException if none came in time, or too many wait already (53300)
     */
    public Connection borrow(long millis) throws SQLException {
        Made from = made();
        // Where nobody waits, nobody is counted: threads that find no connection at the very same moment may all wait.
        if (from.figures.getThreadsAwaitingConnection() == 0) {
            return take(from, millis);
        }
        if (!health.mayWait()) {
            // Who only looks through the pool counts as waiting, too.
            if (from.figures.getIdleConnections() > 0) {
                return take(from, millis);
            }
            throw health.tooManyWait(plan.most());
        }
        try {
            return take(from, millis);
        } finally {
            health.waited();
        }
    }

    private Connection take(Made from, long millis) throws SQLException {
        try {
            if (millis < plan.patienceMillis()
                    && from.figures instanceof HikariPool limited
                    && !from.source.isClosed()) {
                return limited.getConnection(millis);
            }
            return from.source.getConnection();
        } catch (SQLTransientConnectionException e) {
            health.failed(e);
            throw e;
        }
    }

    /** Whether somebody waits and there is no connection at all that could come back. */
    public boolean isStarved() {
        Made known = pool;
        return known != null
                && known.figures.getTotalConnections() == 0
                && known.figures.getThreadsAwaitingConnection() > 0;
    }

    /** Whether not all connections that there may be are in use. */
    public boolean hasRoom() {
        Made known = pool;
        return known == null || known.figures.getActiveConnections() < plan.most();
    }

    /** How many threads wait for a connection. */
    public int waiting() {
        Made known = pool;
        return known == null ? 0 : known.figures.getThreadsAwaitingConnection();
    }

    /** Opens a connection that is none of the pool's, for who keeps one for long; it may take as long as the pool's may. */
    public Connection openOutside() throws SQLException {
        DataSource source = plan.physical();
        try {
            if (source.getLoginTimeout() == 0) {
                source.setLoginTimeout((int) Math.max(1, TimeUnit.MILLISECONDS.toSeconds(plan.patienceMillis())));
            }
        } catch (SQLException | UnsupportedOperationException e) {
            LOG.debug("pool \"{}\": its data source has no login time-out", plan.name(), e);
        }
        return source.getConnection();
    }

    /** How many of its connections somebody has, and how many threads wait for one. */
    public int inUse() {
        Made known = pool;
        return known == null ? 0 : known.figures.getActiveConnections() + known.figures.getThreadsAwaitingConnection();
    }

    /** Closes it for ever. */
    @Override
    public synchronized void close() {
        closed = true;
        Made known = pool;
        if (known != null) {
            known.source.close();
        }
    }
}
