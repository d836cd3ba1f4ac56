package io.tenantshift.router.internal;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.spi.ShardMapSource;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the control database's topology and tells it that this instance lives and which version it follows. Safe for any thread.
 *
 * <p>Two threads. One holds a connection of its own, see {@link TopologyLine}: it is told of publications, and looks at the topology's
 * counter once an interval in any case. The other runs what must go on whatever the control database does: it looks at the source that
 * counts until the control database holds a map.
 *
 * <p>A control database that is down, or silent, leaves the topology as it was. So does one that says what cannot be, see {@link
 * MapSuccession}; then this instance acknowledges nothing, so that nobody takes it for one that follows.
 *
 * <p>Locks: {@link #reading} (one reads and judges at a time; else what was read first and judged last would look like a step back), then
 * this object's monitor (the topology is exchanged). Nothing blocks under the monitor.
 */
public final class TopologyFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopologyFollower.class);

    /** How often an instance says that it lives, if it has nothing else to say. */
    private static final Duration BEAT = Duration.ofSeconds(1);

    /** How long after the start it is first looked, however seldom it is looked later: whoever waits on the line must have begun to. */
    private static final Duration SETTLING = Duration.ofMillis(250);

    private final String router;
    private final ControlStore control;
    private final ControlStore.Connector outside;
    private final ShardMapSource source;
    private final Supplier<Set<String>> shards;
    private final ScheduledExecutorService following;
    private final ScheduledExecutorService timer;
    private final Future<First> first;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Runnable onChange = () -> {};
    private volatile Topology topology;
    /** What the source said last that could be followed; the topology's own map, the very object, as long as it counts. */
    private volatile ShardMap configured;

    private volatile @Nullable TopologyLine line;
    private volatile boolean reachable = true;
    /** When the question was sent whose answer was, last, that the topology is what counts; by {@link System#nanoTime}. Null before. */
    private volatile @Nullable Long confirmed;
    /** As whom this instance signs on. */
    private final UUID instance;

    private volatile boolean signedOn;

    // Under reading.
    private boolean started;
    /** The version in the control database that was read and judged last. */
    private long judged;
    /** Whether what was judged is followed. */
    private boolean follows = true;

    private long acknowledged = -1;
    private long nextBeat;

    /** What was last said about the source; it is not said twice. Only the timer's thread. */
    private @Nullable String problemOfSource;

    /** What was read first, and the connection on which it was; null if that could not be had. */
    private record First(Topology topology, @Nullable TopologyLine line) {}

    /** Follows what the control database behind a pool says, see the constructor. */
    public static TopologyFollower of(
            String router,
            SystemPool control,
            ShardMapSource source,
            ShardMap configured,
            Supplier<Set<String>> shards) {
        return new TopologyFollower(
                router,
                new ControlStore(control::connectImpatiently),
                control::openOutside,
                source,
                configured,
                shards);
    }

    /**
     * Begins to read the topology at once, on the thread that follows it later: the caller has more to make meanwhile.
     *
     * @param control whose connections give up when the control database is silent; they come from a pool, which tries for a while
     * @param outside opens connections that are no pool's
     * @param source what counts until the control database holds a map
     * @param configured what the source says now
     * @param shards those that there are now
     */
    TopologyFollower(
            String router,
            ControlStore control,
            ControlStore.Connector outside,
            ShardMapSource source,
            ShardMap configured,
            Supplier<Set<String>> shards) {
        this.router = router;
        this.control = control;
        this.outside = outside;
        this.source = source;
        this.shards = shards;
        this.configured = configured;
        this.topology = Topology.configured(configured);
        this.following = RouterThreads.single("tenantshift-topology-" + router);
        this.timer = RouterThreads.single("tenantshift-timer-" + router);
        this.first = following.submit(() -> readFirst(configured));
        // The first random number of a JVM takes a while: meanwhile the control database is asked.
        this.instance = UUID.randomUUID();
    }

    /**
     * Waits for the topology, then follows it.
     *
     * @param interval between two looks, if nothing is told
     * @param changed run when there is another topology; must not block
     * @param polled run once an interval
     * @throws SQLException if the control database is down: nobody knows who lives where
     */
    public void start(Duration interval, Runnable changed, Runnable polled) throws SQLException {
        onChange = changed;
        First read = first();
        TopologyLine opened = read.line;
        reading.lock();
        try {
            judge(read.topology, configured);
            started = true;
            signOn(opened != null ? opened.store() : control);
        } finally {
            reading.unlock();
        }
        int millis = (int) interval.toMillis();
        // What is told meanwhile waits on the line; a service's first statements do not compete with looking.
        long settled = Math.min(millis, SETTLING.toMillis());
        var unusedFollowing = following.schedule(() -> run(opened, millis), settled, TimeUnit.MILLISECONDS);
        var unusedTimer = timer.scheduleWithFixedDelay(() -> tick(polled), millis, millis, TimeUnit.MILLISECONDS);
    }

    /** On the connection that is kept; by the pool, which has patience, if there is none. */
    private First readFirst(ShardMap asked) throws SQLException {
        try {
            TopologyLine opened = TopologyLine.open(outside);
            line = opened;
            return new First(opened.store().load(asked), opened);
        } catch (SQLException | RuntimeException e) {
            hangUp();
            LOG.debug("router \"{}\": the topology is asked for once more", router, e);
            return new First(control.load(asked), null);
        }
    }

    private First first() throws SQLException {
        try {
            return first.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException(
                    "router \"%s\": interrupted while the control database was asked for the topology; nothing was opened"
                            .formatted(router),
                    "08001",
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException refused) {
                throw noTopology(refused);
            }
            throw new IllegalStateException(
                    "router \"%s\": the control database could not be asked for the topology; nothing was opened"
                            .formatted(router),
                    e.getCause());
        }
    }

    private SQLException noTopology(SQLException cause) {
        String state = cause.getSQLState();
        String message =
                "router \"%s\": asked the control database for the topology and had no answer (SQLState %s): %s; nobody knows who lives where, so everything is closed again; look at the control database, then start again"
                        .formatted(router, state == null ? "none" : state, cause.getMessage());
        return state == null || state.startsWith("08")
                ? new SQLTransientConnectionException(message, "08001", cause)
                : new SQLException(message, state, cause);
    }

    public Topology topology() {
        return topology;
    }

    /** How long ago the control database was asked for the topology and answered with this one, or with one that is not followed. */
    public Duration age() {
        Long asked = confirmed;
        return asked == null ? ChronoUnit.FOREVER.getDuration() : Duration.ofNanos(System.nanoTime() - asked);
    }

    /** Whether the control database answered when it was last asked. */
    boolean isReachable() {
        return reachable;
    }

    /** Reads the topology now and acknowledges it. What cannot be followed is not: see the topology that is returned. */
    public Topology refresh() throws SQLException {
        reading.lock();
        try {
            long asked = System.nanoTime();
            read(control);
            confirmed = asked;
            signOn(control);
            return topology;
        } finally {
            reading.unlock();
        }
    }

    // ------------------------------------------------------------------------------------------- the control database

    private void run(@Nullable TopologyLine first, int interval) {
        TopologyLine ready = first;
        while (closing.getCount() > 0) {
            try (TopologyLine opened = ready != null ? ready : TopologyLine.open(outside)) {
                ready = null;
                line = opened;
                attend(opened, interval);
            } catch (SQLException | RuntimeException e) {
                lost(e);
            } finally {
                line = null;
            }
            pause(interval);
        }
    }

    private void attend(TopologyLine opened, int interval) throws SQLException {
        if (!opened.hears()) {
            LOG.info(
                    "router \"{}\": the control database does not tell what is published; it is looked at every {} ms",
                    router,
                    interval);
        }
        while (closing.getCount() > 0) {
            look(opened);
            answers();
            if (opened.hears()) {
                opened.await(interval);
            } else {
                pause(interval);
            }
        }
    }

    private void look(TopologyLine opened) throws SQLException {
        long asked = System.nanoTime();
        long now = opened.version();
        reading.lock();
        try {
            if (now != judged) {
                read(opened.store());
            }
            confirmed = asked;
            signOn(opened.store());
        } finally {
            reading.unlock();
        }
    }

    private void pause(int millis) {
        try {
            var unused = closing.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answers() {
        if (!reachable) {
            reachable = true;
            LOG.info("router \"{}\": the control database answers again; topology {}", router, topology.version());
        }
    }

    private void lost(Exception e) {
        if (reachable && closing.getCount() > 0) {
            reachable = false;
            LOG.warn(
                    "router \"{}\": the control database does not answer (SQLState {}); known tenants are served by topology {}; trying again",
                    router,
                    e instanceof SQLException s ? s.getSQLState() : "none",
                    topology.version(),
                    e);
        }
    }

    /** Under {@link #reading}. */
    private void read(ControlStore from) throws SQLException {
        ShardMap asked = configured;
        judge(from.load(asked), asked);
    }

    /** Under {@link #reading}. */
    @SuppressWarnings(
            "ReferenceEquality") // the map that was asked with is the answer, the very object, where none is published
    private synchronized void judge(Topology told, ShardMap asked) {
        // The source may have said another one meanwhile.
        Topology next = told.map() == asked
                ? new Topology(told.version(), configured, told.transition(), told.guarded())
                : told;
        List<String> findings = started ? MapSuccession.findings(topology, next) : List.of();
        boolean news = follows || told.version() != judged;
        judged = told.version();
        follows = findings.isEmpty();
        if (!follows) {
            if (news) {
                LOG.error(
                        "router \"{}\" does not follow topology {} of the control database: {}; it keeps topology {}, {}, and acknowledges nothing; find out who changed what was published, then restart this instance",
                        router,
                        told.version(),
                        String.join("; ", findings),
                        topology.version(),
                        topology.map());
            }
            return;
        }
        if (!started || !next.equals(topology)) {
            exchange(next);
        }
    }

    /** Under the monitor. */
    private void exchange(Topology next) {
        boolean first = !started && next.version() == 0;
        topology = next;
        onChange.run();
        if (first) {
            return;
        }
        LOG.info(
                "router \"{}\" follows topology {}: {}, transition {}, guarded {}",
                router,
                next.version(),
                next.map(),
                next.transition(),
                next.guarded());
        List<String> unknown = new ArrayList<>(MapSuccession.unknownShards(next.map(), shards.get()));
        if (next.transition() != null) {
            unknown.addAll(MapSuccession.unknownShards(next.transition().to(), shards.get()));
        }
        if (!unknown.isEmpty()) {
            LOG.error(
                    "router \"{}\": {}; the tenants there are refused here, all others are served; add the shards to this instance's configuration, or by addShard",
                    router,
                    String.join("; ", unknown));
        }
    }

    /** Under {@link #reading}. Says what is followed if that is news, else once a beat. */
    private void signOn(ControlStore at) throws SQLException {
        long now = System.nanoTime();
        long says = follows ? judged : 0;
        if (judged == 0 || (says == acknowledged && now - nextBeat < 0)) {
            return;
        }
        signedOn = true;
        at.heartbeat(
                instance,
                router + "@" + ProcessHandle.current().pid(),
                version(),
                says,
                topology.map().version());
        acknowledged = says;
        nextBeat = now + BEAT.toNanos();
    }

    private static String version() {
        String version = TopologyFollower.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    // ------------------------------------------------------------------------------------------------------ the source

    private void tick(Runnable polled) {
        try {
            polled.run();
        } catch (RuntimeException e) {
            LOG.warn("router \"{}\": periodic work failed; it is done again", router, e);
        }
        followSource();
    }

    private void followSource() {
        ShardMap said;
        try {
            said = source.current();
        } catch (RuntimeException e) {
            complain("the source of its shard map failed: " + e);
            return;
        }
        List<String> findings = consider(said);
        if (findings.isEmpty()) {
            problemOfSource = null;
        } else {
            complain(String.join("; ", findings));
        }
    }

    @SuppressWarnings("ReferenceEquality") // whether it counts shows by the very object
    private synchronized List<String> consider(ShardMap said) {
        ShardMap before = configured;
        if (said == before || said.equals(before)) {
            return List.of();
        }
        List<String> findings = new ArrayList<>(MapSuccession.findings(before, said));
        findings.addAll(MapSuccession.unknownShards(said, shards.get()));
        if (findings.isEmpty()) {
            configured = said;
            Topology now = topology;
            if (now.map() == before) {
                exchange(new Topology(now.version(), said, now.transition(), now.guarded()));
            }
        }
        return findings;
    }

    private void complain(String problem) {
        if (!problem.equals(problemOfSource)) {
            problemOfSource = problem;
            LOG.error("router \"{}\": {}; it keeps {}", router, problem, configured);
        }
    }

    /** Whoever waits on the line would wait for its whole interval. */
    private void hangUp() {
        TopologyLine held = line;
        try {
            if (held != null) {
                held.abort();
            }
        } catch (SQLException e) {
            LOG.debug("router \"{}\": the connection on which it listens ends by itself", router, e);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        timer.shutdownNow();
        following.shutdownNow();
        try {
            hangUp();
            following.awaitTermination(5, TimeUnit.SECONDS);
            // It may have been opened just now.
            hangUp();
            timer.awaitTermination(5, TimeUnit.SECONDS);
            // Where nobody answers, waiting would hold up whoever closes.
            if (signedOn && reachable) {
                control.leave(instance);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            LOG.warn(
                    "router \"{}\": could not sign off from the control database; its heartbeat will lapse", router, e);
        }
    }
}
