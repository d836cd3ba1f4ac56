package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.internal.PostgresSource;
import io.tenantshift.router.internal.ShardFailures;
import io.tenantshift.router.internal.ShardHealth;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to one shard of a router behind a JDBC URL, where each is one that somebody has asked for. Who asks opens it himself,
 * in his own thread: he has the driver's own exception at once, and nobody waits for a pool to open connections one after the other,
 * each of which its user, a pool himself, then keeps. Idle are only those that a connection has left which went on to another shard; a
 * connection that comes from there takes them first. No threads of its own. Safe for any thread.
 */
public final class CallersPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CallersPool.class);

    /** After which an idle connection is closed. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    /** After which an idle connection is asked whether it still answers. */
    private static final Duration TRUSTED = Duration.ofMillis(500);

    private static final int VALIDATION_SECONDS = 5;

    private record Idle(ShardConnection connection, long since) {
        boolean isOlderThan(Duration age) {
            return System.nanoTime() - since > age.toNanos();
        }
    }

    private final String shard;
    private final PostgresSource source;
    private final int most;
    private final Duration timeout;
    private final ShardHealth health;
    private final Semaphore places;
    /** The last that was given back is the first to be lent. Guarded by itself, as are the two below. */
    private final Deque<Idle> idle = new ArrayDeque<>();

    private final Set<ShardConnection> lent = new HashSet<>();
    private boolean closed;

    /**
     * @param most how many may be lent at a time
     * @param timeout how long to wait for one when all are lent
     */
    public CallersPool(String shard, PostgresSource source, int most, Duration timeout, ShardHealth health) {
        this.shard = shard;
        this.source = source;
        this.most = most;
        this.timeout = timeout;
        this.health = health;
        this.places = new Semaphore(most, true);
    }

    int most() {
        return most;
    }

    Duration timeout() {
        return timeout;
    }

    ShardHealth health() {
        return health;
    }

    /**
     * Lends a connection.
     *
     * @param fresh whether it is to be a new one
     * @param millis how long to wait for one when all are lent
     * @throws SQLException as PostgreSQL's driver throws it, or if all are lent and none comes back in time, or if too many wait
     */
    ShardConnection lend(boolean fresh, long millis) throws SQLException {
        if (!places.tryAcquire()) {
            awaitPlace(millis);
        }
        boolean lending = false;
        try {
            ShardConnection connection = fresh ? null : idle();
            if (connection == null) {
                connection = open();
            }
            lending = true;
            return connection;
        } finally {
            if (!lending) {
                places.release();
            }
        }
    }

    private void awaitPlace(long millis) throws SQLException {
        beginToWait();
        try {
            if (places.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ShardPool.interrupted(shard, e);
        } finally {
            health.waited();
        }
        SQLException late = new SQLTransientConnectionException(
                "shard \"%s\": all %d connections are in use, the limit; none came free within %d ms; nothing was executed; close connections, or raise maximumPoolSize to what the pools of the service hold together"
                        .formatted(shard, most, millis),
                "08001");
        health.failed(late);
        throw late;
    }

    private void beginToWait() throws SQLException {
        if (!health.mayWait()) {
            throw health.tooManyWait(most);
        }
    }

    private @Nullable ShardConnection idle() {
        for (Idle next = next(); next != null; next = next()) {
            if (!next.isOlderThan(TRUSTED) || answers(next.connection)) {
                return next.connection;
            }
            remove(next.connection);
        }
        return null;
    }

    private @Nullable Idle next() {
        synchronized (idle) {
            Idle next = idle.pollLast();
            if (next != null) {
                lent.add(next.connection);
            }
            return next;
        }
    }

    private boolean answers(ShardConnection connection) {
        try {
            return connection.isValid(VALIDATION_SECONDS);
        } catch (SQLException e) {
            return false;
        }
    }

    /** Who opens a connection waits too: for a server that accepts it and says nothing, perhaps for ever. */
    private Connection physical() throws SQLException {
        beginToWait();
        try {
            Connection opened = source.open();
            health.succeeded();
            health.connected();
            return opened;
        } catch (SQLException e) {
            if (ShardFailures.whileConnecting(e)) {
                health.failed(e);
            }
            throw e;
        } finally {
            health.waited();
        }
    }

    private ShardConnection open() throws SQLException {
        Connection physical = physical();
        ShardConnection opened;
        try {
            opened = new ShardConnection(physical);
        } catch (SQLException | RuntimeException e) {
            close(physical);
            throw e;
        }
        synchronized (idle) {
            if (!closed) {
                lent.add(opened);
                return opened;
            }
        }
        close(physical);
        throw new SQLException("shard \"%s\": the router is closed; nothing was executed".formatted(shard), "08003");
    }

    /** Takes a connection back; one that is not clean is closed. */
    void takeBack(ShardConnection connection, boolean clean) {
        boolean again;
        synchronized (idle) {
            lent.remove(connection);
            again = clean && !closed;
            if (again) {
                idle.addLast(new Idle(connection, System.nanoTime()));
            }
        }
        if (!again) {
            remove(connection);
        }
        places.release();
    }

    private void remove(ShardConnection connection) {
        synchronized (idle) {
            lent.remove(connection);
        }
        close(connection.delegate());
    }

    private void close(Connection physical) {
        try {
            physical.close();
        } catch (SQLException e) {
            LOG.debug("shard \"{}\": a connection could not be closed in good order", shard, e);
        }
    }

    /** How many are lent, and how many wait for one. */
    int inUse() {
        return most - places.availablePermits() + places.getQueueLength();
    }

    /** Closes connections that have been idle for too long. To be called every now and then. */
    void tidy() {
        List<Idle> left = new ArrayList<>();
        synchronized (idle) {
            while (!idle.isEmpty() && idle.getFirst().isOlderThan(IDLE)) {
                left.add(idle.removeFirst());
            }
        }
        left.forEach(each -> remove(each.connection));
    }

    /** Closes all connections; whoever has one still sees it fail. */
    @Override
    public void close() {
        List<ShardConnection> open;
        List<Idle> left;
        synchronized (idle) {
            closed = true;
            open = new ArrayList<>(lent);
            left = new ArrayList<>(idle);
            idle.clear();
        }
        left.forEach(each -> close(each.connection.delegate()));
        for (ShardConnection each : open) {
            try {
                // Its user may be in the middle of a statement, which close would wait for.
                each.delegate().abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debug("shard \"{}\": a connection could not be ended in good order", shard, e);
            }
        }
    }
}
