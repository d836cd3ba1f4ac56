package io.tenantshift.migration;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.Placement;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;

/** The router's services over plain connections: everyone on legacy in version 1, everyone on s0 in version 2. */
class PlainServices implements RouterServices {
    private final Cluster cluster;
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final ControlStore control;

    PlainServices(Cluster cluster) {
        this.cluster = cluster;
        this.control = new ControlStore(() -> connect(Cluster.LEGACY));
    }

    /** Installs the schema everywhere, where it is not yet. */
    PlainServices installed() throws SQLException {
        for (String shard : shards()) {
            try (Connection connection = connect(shard)) {
                Schema.install(connection);
            }
        }
        return this;
    }

    static Transition transition() {
        return new Transition(
                ShardMap.everyoneOn(1, Cluster.LEGACY), ShardMap.everyoneOn(2, "s0"), Transition.Status.OPEN);
    }

    @Override
    public String name() {
        return "test";
    }

    @Override
    public Connection connect(String shard) throws SQLException {
        // Not Cluster.connect: lanes keep theirs longer than a test.
        return DriverManager.getConnection(cluster.url(shard));
    }

    @Override
    public Set<String> shards() {
        return new TreeSet<>(cluster.names());
    }

    @Override
    public ControlStore control() {
        return control;
    }

    @Override
    public Topology topology() {
        return new Topology(1, ShardMap.everyoneOn(1, Cluster.LEGACY), transition(), Set.of());
    }

    @Override
    public Topology refreshTopology() {
        return topology();
    }

    @Override
    public Placement locate(String tenant) throws SQLException {
        for (String shard : shards()) {
            try (Connection connection = connect(shard)) {
                var row = Fence.read(connection, tenant).filter(found -> found.state() == FenceState.OPEN);
                if (row.isPresent()) {
                    String other = shard.equals(Cluster.LEGACY) ? "s0" : Cluster.LEGACY;
                    return new Placement(
                            tenant, shard, other, row.get().phase(), row.get().epoch(), Transition.lane(shard, other));
                }
            }
        }
        throw new SQLException("tenant \"" + tenant + "\" is open nowhere");
    }

    @Override
    public void forget(String tenant) {}

    @Override
    public MeterRegistry meters() {
        return meters;
    }
}
