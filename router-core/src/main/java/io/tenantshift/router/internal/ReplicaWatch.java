package io.tenantshift.router.internal;

import io.tenantshift.router.control.Topology;
import io.tenantshift.router.internal.LogSamples.Sample;
import io.tenantshift.router.internal.jdbc.Replica;
import io.tenantshift.router.internal.jdbc.ShardReplicas;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out how old what each replica shows is: asks each shard's primary and then its replicas where they are in the log, on a thread
 * of its own, once a second or four times within the bound. Safe for any thread.
 *
 * <p>A primary that is idle leaves the end of its log unflushed if no commit is in it, for minutes: what was read may have tidied up a
 * page. No standby can receive it, and all would seem to fall behind. So where nothing has been inserted since the last sample and something is
 * unflushed, it is made to flush.
 *
 * <p>What is not known is not used: a replica that does not answer, is no standby any more, belongs to another cluster, follows another
 * timeline, or is further behind than is remembered. A server that does not answer holds the thread up for a second or two, and after a few
 * times only once in a while, see {@link ShardHealth}; the others are then looked at later and may be passed over for it, never trusted for
 * longer.
 */
final class ReplicaWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaWatch.class);

    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);

    /** The least that asking is given anyway. */
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);

    private static final String NO_STANDBY = "it is no standby";
    private static final String SILENT = "it does not answer";
    private static final String NOT_COVERED =
            "it shows nothing that its primary has said it had: it is too far behind, on another timeline, or of another cluster or database";

    private final String router;
    private final Placements.Shards primaries;
    private final Supplier<Topology> topology;
    private final long intervalMillis;
    private final List<Watched> watched = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread;

    /** A shard and what is known of it. */
    private record Watched(ShardReplicas replicas, LogSamples samples, Map<Replica, String> unused) {}

    ReplicaWatch(
            String router,
            Collection<ShardReplicas> replicas,
            Placements.Shards primaries,
            Supplier<Topology> topology,
            Duration bound) {
        this.router = router;
        this.primaries = primaries;
        this.topology = topology;
        this.intervalMillis = Math.min(LONGEST_INTERVAL.toMillis(), bound.toMillis() / 4);
        replicas.forEach(each -> watched.add(new Watched(each, new LogSamples(), new HashMap<>())));
        this.thread = RouterThreads.single("tenantshift-replicas-" + router);
    }

    void start() {
        var unused = thread.scheduleWithFixedDelay(this::round, intervalMillis, intervalMillis, TimeUnit.MILLISECONDS);
    }

    /** A shard has left. */
    void forget(String shard) {
        watched.removeIf(each -> each.replicas.shard().equals(shard));
    }

    private void round() {
        for (Watched each : watched) {
            try {
                sample(each);
            } catch (SQLException | RuntimeException e) {
                // Replicas stay as old as they are known to be, and are used up to the bound.
                LOG.debug(
                        "router \"{}\": shard \"{}\" did not say where it is in its log",
                        router,
                        each.replicas.shard(),
                        e);
            }
            each.replicas.all().forEach(replica -> look(each, replica));
        }
    }

    private void sample(Watched each) throws SQLException {
        Topology under = topology.get();
        long taken = System.nanoTime();
        LogPosition primary = primaries.ask(each.replicas.shard(), taken + ANSWER_WITHIN.toNanos(), LogPosition::of);
        LogPosition before = each.samples.add(new Sample(under, taken, primary));
        if (primary.unflushed() && before != null && before.position() == primary.position()) {
            primaries.ask(each.replicas.shard(), taken + 2 * ANSWER_WITHIN.toNanos(), LogPosition::flush);
        }
    }

    private void look(Watched each, Replica replica) {
        String unused;
        Throwable failure = null;
        try {
            long looked = System.nanoTime();
            LogPosition shown = replica.system().ask(looked + ANSWER_WITHIN.toNanos(), LogPosition::of);
            Sample sample = shown.replaying() ? each.samples.newestIn(shown) : null;
            replica.stands(
                    sample == null
                            ? null
                            : new Replica.Standing(
                                    sample.under(),
                                    sample.taken(),
                                    sample.primary().position(),
                                    looked,
                                    shown.started()));
            unused = sample != null ? null : shown.replaying() ? NOT_COVERED : NO_STANDBY;
        } catch (SQLException | RuntimeException e) {
            replica.stands(null);
            unused = SILENT;
            failure = e;
        }
        tell(each, replica, unused, failure);
    }

    /** Says what has changed, once. */
    private void tell(Watched each, Replica replica, @Nullable String unused, @Nullable Throwable failure) {
        String before = each.unused.get(replica);
        if (unused == null) {
            if (each.unused.remove(replica) != null) {
                LOG.info("router \"{}\": {} can be read from again", router, replica);
            }
        } else if (!unused.equals(before)) {
            each.unused.put(replica, unused);
            LOG.warn("router \"{}\": {} is not read from, its primary answers: {}", router, replica, unused, failure);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            var unused = thread.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
