package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.control.Topology;
import io.tenantshift.router.internal.LogPosition;
import io.tenantshift.router.internal.PoolPlan;
import io.tenantshift.router.internal.RouterMeters.ShardMeters;
import io.tenantshift.router.internal.ShardHealth;
import io.tenantshift.router.internal.SystemPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A standby of a shard's primary, from which read-only units of work may read as long as it is known what it shows. Safe for any thread.
 *
 * <p>Read from only if all of it holds, each for what goes wrong without it:
 * <ul>
 *   <li>It has replayed what its primary had written at most the bound ago, see {@link Standing}.
 *   <li>It had done so under the topology that is in force now. A tenant may have come to the shard with that topology; a standby that is
 *       as it was before would show him without his rows, be it within the bound.
 *   <li>The connection is to the same run of the server that was looked at: opened before the look, or showing as much when it was opened.
 *       A standby that restarts after a crash may show less than it did, until it has replayed its log again.
 * </ul>
 */
public final class Replica implements AutoCloseable {
    /** How long a unit of work waits for a connection to it before its primary answers. */
    private static final long PATIENCE_MILLIS = 500;

    private static final int GREETING_MILLIS = 2_000;

    /**
     * What is known of it.
     *
     * @param under the topology that was in force at {@code asOf}
     * @param asOf what it shows is no older than this, by {@link System#nanoTime}
     * @param position what it has replayed at least
     * @param lookedAt before it was asked
     * @param started which run of its server was asked
     */
    public record Standing(Topology under, long asOf, long position, long lookedAt, long started) {}

    /**
     * How a connection to it began.
     *
     * @param position what it showed then
     * @param at after it was opened
     * @param started which run of its server it is to
     */
    record Birth(Replica replica, long position, long at, long started) {
        boolean isKnown(Standing standing) {
            return started == standing.started && (at - standing.lookedAt < 0 || position >= standing.position);
        }
    }

    private final String shard;
    private final int number;
    private final long boundNanos;
    private final SystemPool system;
    private final LongAdder leases = new LongAdder();
    private final ShardPool pool;
    private volatile @Nullable Standing standing;

    /**
     * A replica.
     *
     * @param number among its shard's, from 1
     * @param plan of the pool of the application's connections to it; its data source opens them
     * @param meters where statements on the shard are counted
     * @param system the library's own connections to it
     */
    public Replica(
            String shard,
            int number,
            Duration bound,
            PoolPlan plan,
            ShardHealth health,
            @Nullable ShardMeters meters,
            SystemPool system) {
        this.shard = shard;
        this.number = number;
        this.boundNanos = bound.toNanos();
        this.system = system;
        this.pool = new ShardPool(shard, plan, health, meters, this::greet);
    }

    private Birth greet(Connection opened) throws SQLException {
        // A server that has gone silent meanwhile must not keep the pool from opening others.
        int before = opened.getNetworkTimeout();
        opened.setNetworkTimeout(Runnable::run, GREETING_MILLIS);
        LogPosition shown = LogPosition.of(opened);
        opened.setNetworkTimeout(Runnable::run, before);
        if (!shown.replaying()) {
            throw new SQLNonTransientConnectionException(
                    "%s is no standby, so it is not read from; the connection was closed; name a standby, or take the replica out of the configuration"
                            .formatted(this),
                    "08004");
        }
        return new Birth(this, shown.position(), System.nanoTime(), shown.started());
    }

    public String shard() {
        return shard;
    }

    /** Among its shard's, from 1. */
    public int number() {
        return number;
    }

    /** The library's own connections to it. */
    public SystemPool system() {
        return system;
    }

    /** How often a connection to it was borrowed. */
    public long leases() {
        return leases.sum();
    }

    /** What has been found out; null if nothing is known. */
    public void stands(@Nullable Standing known) {
        standing = known;
    }

    /** How old what it shows is at most, in seconds; NaN if that is not known. */
    public double stalenessSeconds() {
        Standing known = standing;
        return known == null ? Double.NaN : (double) (System.nanoTime() - known.asOf) / TimeUnit.SECONDS.toNanos(1);
    }

    /** Whether it may be read from under a topology. */
    @SuppressWarnings("ReferenceEquality") // one topology is one object
    private @Nullable Standing fresh(Topology now) {
        Standing known = standing;
        return known != null && known.under == now && System.nanoTime() - known.asOf <= boundNanos ? known : null;
    }

    /** Whether a unit of work should come here. */
    boolean isReady(Topology now) {
        return fresh(now) != null && pool.hasRoom();
    }

    /** Whether a unit of work that begins now may read on a connection to it. */
    boolean serves(Birth connection, Topology now) {
        Standing known = fresh(now);
        return known != null && connection.isKnown(known);
    }

    /**
     * Borrows a connection.
     *
     * @throws SQLException if it does not answer, has none free, or is not known to show enough on the one that was had
     */
    Connection lease(Topology now) throws SQLException {
        Connection lease = pool.lease(PATIENCE_MILLIS);
        ShardConnection on = ShardConnection.of(lease);
        if (!on.isReplicaThatServes(now)) {
            on.giveBack(lease);
            throw new SQLNonTransientConnectionException(
                    "%s has become too old meanwhile, or has been restarted; its primary answers".formatted(this),
                    "08004");
        }
        leases.increment();
        return lease;
    }

    @Override
    public void close() {
        pool.close();
        system.close();
    }

    @Override
    public String toString() {
        return "replica %d of shard \"%s\"".formatted(number, shard);
    }
}
