package io.tenantshift.router.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The library's own connections to one shard. Its health is another than that of the application's pool: tenants that use up all
 * connections of theirs must not keep the library from finishing the cutover for which they wait. Safe for any thread.
 */
public final class SystemPool implements AutoCloseable {
    /** Opening a first connection may take a moment, however short the caller's deadline is. */
    private static final long LEAST_MILLIS = 1_000;

    /** What somebody wants to know of a shard. */
    @FunctionalInterface
    public interface Question<R extends @Nullable Object> {
        R ask(Connection connection) throws SQLException;
    }

    private final LazyPool pool;
    private final ShardHealth health;

    public SystemPool(PoolPlan plan, ShardHealth health) {
        this.pool = new LazyPool(plan, health);
        this.health = health;
    }

    /** Makes the pool now, without a connection. */
    void open() throws SQLException {
        pool.get();
    }

    ShardHealth health() {
        return health;
    }

    /** How many threads wait for a connection. */
    int waiting() {
        return pool.waiting();
    }

    /** A connection for work that has a thread of its own, and its own patience. */
    Connection connect() throws SQLException {
        return pool.get().getConnection();
    }

    /** A connection to a server that may be silent: who asks must not wait for ever. */
    Connection connectImpatiently() throws SQLException {
        Connection connection = connect();
        try {
            connection.setNetworkTimeout(Runnable::run, TopologyLine.ANSWER_WITHIN_MILLIS);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** Opens a connection that is none of the pool's, for who keeps one for long. */
    Connection openOutside() throws SQLException {
        return pool.openOutside();
    }

    /**
     * Asks the shard on behalf of an application's thread, which has a deadline: refused at once where the shard is known not to answer,
     * else ended at the deadline, or after a second if that is later.
     *
     * @param end the deadline, by {@link System#nanoTime}
     */
    <R extends @Nullable Object> R ask(long end, Question<R> question) throws SQLException {
        boolean probe = health.isTroubled() && health.admit();
        boolean answered = false;
        try (Connection connection = pool.borrow(millisUntil(end))) {
            R answer = answer(connection, end, question);
            answered = true;
            return answer;
        } finally {
            if (probe && answered) {
                health.probed();
            } else if (probe) {
                health.notProbed();
            } else if (answered) {
                health.succeeded();
            }
        }
    }

    private <R extends @Nullable Object> R answer(Connection connection, long end, Question<R> question)
            throws SQLException {
        try {
            // The pool sets it back.
            connection.setNetworkTimeout(Runnable::run, millisUntil(end));
            return question.ask(connection);
        } catch (SQLException e) {
            if (ShardFailures.ofStatement(e, connection.isClosed())) {
                health.failed(e);
            }
            throw e;
        }
    }

    private static int millisUntil(long end) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        return (int) Math.min(Math.max(left, LEAST_MILLIS), Integer.MAX_VALUE);
    }

    /** How many of its connections somebody has or waits for. */
    int inUse() {
        return pool.inUse();
    }

    @Override
    public void close() {
        pool.close();
    }
}
