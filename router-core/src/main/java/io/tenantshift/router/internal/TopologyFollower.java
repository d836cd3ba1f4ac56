package io.tenantshift.router.internal;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Topology;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the control database's topology by polling its counter, and tells the control database that this instance lives and which
 * version it follows. A control database that cannot be reached leaves the topology as it was. Safe for any thread.
 */
public final class TopologyFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopologyFollower.class);

    private final String router;
    private final ControlStore control;
    private final ShardMap configured;
    private final ScheduledExecutorService executor;
    private final Future<Topology> ahead;
    private volatile Runnable onChange = () -> {};
    private volatile Topology topology;
    private volatile boolean reachable = true;
    /** As whom this instance has signed on; null as long as there is nothing installed to sign on to. */
    private volatile @Nullable UUID instance;

    /** Begins to read the topology at once, on the thread that follows it later: the caller has more to make meanwhile. */
    public TopologyFollower(String router, ControlStore control, ShardMap configured) {
        this.router = router;
        this.control = control;
        this.configured = configured;
        this.topology = Topology.configured(configured);
        this.executor = RouterThreads.single("tenantshift-topology-" + router);
        this.ahead = executor.submit(() -> control.load(configured));
    }

    /**
     * Waits for the topology, then follows it.
     *
     * @param changed run when there is another topology
     * @param polled run at each look
     * @throws SQLException if the control database is down: nobody knows who lives where
     */
    public void start(Duration interval, Runnable changed, Runnable polled) throws SQLException {
        onChange = changed;
        follow(readAhead());
        var unused = executor.scheduleWithFixedDelay(
                () -> poll(polled), interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Topology readAhead() throws SQLException {
        try {
            return ahead.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException(
                    "router \"%s\": interrupted while the control database was asked for the topology; nothing was opened"
                            .formatted(router),
                    "08001",
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException refused) {
                throw refused;
            }
            throw new IllegalStateException(
                    "router \"%s\": the control database could not be asked for the topology; nothing was opened"
                            .formatted(router),
                    e.getCause());
        }
    }

    public Topology topology() {
        return topology;
    }

    /** Whether the control database answered when it was last asked. */
    boolean isReachable() {
        return reachable;
    }

    /** Reads the topology now and acknowledges it. */
    public synchronized Topology refresh() throws SQLException {
        return follow(control.load(configured));
    }

    private synchronized Topology follow(Topology read) throws SQLException {
        if (read.version() != topology.version()) {
            topology = read;
            onChange.run();
            LOG.info(
                    "router \"{}\" follows topology {}: {}, transition {}, guarded {}",
                    router,
                    read.version(),
                    read.map(),
                    read.transition(),
                    read.guarded());
        }
        if (read.version() > 0) {
            signOn(read.version());
        }
        return read;
    }

    private void signOn(long follows) throws SQLException {
        UUID id = instance;
        if (id == null) {
            id = UUID.randomUUID();
            instance = id;
        }
        control.heartbeat(id, router + "@" + ProcessHandle.current().pid(), version(), follows);
    }

    private void poll(Runnable polled) {
        try {
            polled.run();
            refresh();
            if (!reachable) {
                reachable = true;
                LOG.info("router \"{}\": the control database answers again; topology {}", router, topology.version());
            }
        } catch (SQLException | RuntimeException e) {
            if (reachable) {
                reachable = false;
                LOG.warn(
                        "router \"{}\": the control database does not answer (SQLState {}); known tenants are served by topology {}; trying again",
                        router,
                        e instanceof SQLException s ? s.getSQLState() : "none",
                        topology.version(),
                        e);
            }
        }
    }

    private static String version() {
        String version = TopologyFollower.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public void close() {
        executor.shutdownNow();
        try {
            executor.awaitTermination(5, TimeUnit.SECONDS);
            UUID id = instance;
            // Where nobody answers, waiting would hold up whoever closes.
            if (id != null && reachable) {
                control.leave(id);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            LOG.warn(
                    "router \"{}\": could not sign off from the control database; its heartbeat will lapse", router, e);
        }
    }
}
