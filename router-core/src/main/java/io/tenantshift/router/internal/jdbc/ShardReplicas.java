package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.control.Topology;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The replicas of one shard: each in turn of those that are ready. Safe for any thread. */
public final class ShardReplicas implements AutoCloseable {
    /** Why the primary answers what a replica might have. */
    public enum Fallback {
        /** No replica is known to be young enough and has a connection free. */
        STALE,
        /** No connection could be had. */
        UNAVAILABLE,
        /** It failed where its primary might not: nothing had been executed, and the primary was asked. */
        FAILED
    }

    private static final Logger LOG = LoggerFactory.getLogger(ShardReplicas.class);

    private final String shard;
    private final List<Replica> all;
    private final AtomicInteger turn = new AtomicInteger();
    private final Map<Fallback, LongAdder> fallbacks = new EnumMap<>(Fallback.class);

    public ShardReplicas(String shard, List<Replica> all) {
        this.shard = shard;
        this.all = List.copyOf(all);
        for (Fallback reason : Fallback.values()) {
            fallbacks.put(reason, new LongAdder());
        }
    }

    public String shard() {
        return shard;
    }

    public List<Replica> all() {
        return all;
    }

    /** How many units of work the primary has answered for the reason. */
    public long fallbacks(Fallback reason) {
        return counted(reason).sum();
    }

    void count(Fallback reason) {
        counted(reason).increment();
    }

    private LongAdder counted(Fallback reason) {
        return Objects.requireNonNull(fallbacks.get(reason), "every reason is counted");
    }

    /** Whether any is ready. */
    boolean isReady(Topology now) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).isReady(now)) {
                return true;
            }
        }
        return false;
    }

    /** A connection to the next one in turn; null if none can be had, which is counted. */
    @Nullable
    Connection lease(Topology now) {
        Replica chosen = next(now);
        if (chosen == null) {
            count(Fallback.STALE);
            return null;
        }
        try {
            return chosen.lease(now);
        } catch (SQLException e) {
            unavailable(e);
            return null;
        }
    }

    /** A connection could not be had, or not be told what its session was told. */
    void unavailable(SQLException e) {
        count(Fallback.UNAVAILABLE);
        LOG.debug("a replica of shard \"{}\" could not be had, the primary answers", shard, e);
    }

    private @Nullable Replica next(Topology now) {
        int first = Math.floorMod(turn.getAndIncrement(), all.size());
        for (int i = 0; i < all.size(); i++) {
            Replica each = all.get((first + i) % all.size());
            if (each.isReady(now)) {
                return each;
            }
        }
        return null;
    }

    @Override
    public void close() {
        all.forEach(Replica::close);
    }
}
