package io.tenantshift.router.internal;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Topology;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the control database's topology by polling its counter, and tells the control database that this instance lives and which
 * version it follows. A control database that cannot be reached leaves the topology as it was. Safe for any thread.
 */
public final class TopologyFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopologyFollower.class);

    private final String router;
    private final UUID instance = UUID.randomUUID();
    private final ControlStore control;
    private final ShardMap configured;
    private final Runnable onChange;
    private final Runnable onPoll;
    private final ScheduledExecutorService executor;
    private volatile Topology topology;
    private volatile boolean reachable = true;

    /**
     * @param onChange run when there is another topology
     * @param onPoll run at each look
     */
    public TopologyFollower(
            String router, ControlStore control, ShardMap configured, Runnable onChange, Runnable onPoll) {
        this.router = router;
        this.control = control;
        this.configured = configured;
        this.onChange = onChange;
        this.onPoll = onPoll;
        this.topology = Topology.configured(configured);
        this.executor = RouterThreads.single("tenantshift-topology-" + router);
    }

    /** Reads the topology once, then follows it. A control database that is down at start-up is an error: nobody knows who lives where. */
    public void start(Duration interval) throws SQLException {
        refresh();
        var unused = executor.scheduleWithFixedDelay(
                this::poll, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    public Topology topology() {
        return topology;
    }

    /** Reads the topology now and acknowledges it. */
    public synchronized Topology refresh() throws SQLException {
        Topology read = control.load(configured);
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
        control.heartbeat(instance, router + "@" + ProcessHandle.current().pid(), version(), read.version());
        return read;
    }

    private void poll() {
        try {
            onPoll.run();
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
            // Where nothing is installed nobody has signed on; where nobody answers, waiting would hold up whoever
            // closes.
            if (topology.version() > 0 && reachable) {
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
