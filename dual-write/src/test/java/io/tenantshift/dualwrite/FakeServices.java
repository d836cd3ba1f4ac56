package io.tenantshift.dualwrite;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.Placement;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What a lane needs of a router, over plain connections to a cluster. */
class FakeServices implements RouterServices {
    private final Cluster cluster;
    private final MeterRegistry meters = new SimpleMeterRegistry();
    /** Who connects to a shard in place of the owner of all databases. */
    final Map<String, String> users = new ConcurrentHashMap<>();

    /** By which way a shard is reached in place of the direct one. */
    final Map<String, String> urls = new ConcurrentHashMap<>();

    volatile Topology topology;

    FakeServices(Cluster cluster, Topology topology) {
        this.cluster = cluster;
        this.topology = topology;
    }

    @Override
    public String name() {
        return "test";
    }

    @Override
    public Connection connect(String shard) throws SQLException {
        String user = users.get(shard);
        String url = urls.getOrDefault(shard, cluster.url(shard));
        return DriverManager.getConnection(user == null ? url : url.replaceFirst("user=[^&]*", "user=" + user));
    }

    @Override
    public Set<String> shards() {
        return Set.copyOf(cluster.names());
    }

    @Override
    public ControlStore control() {
        return new ControlStore(() -> connect("legacy"));
    }

    @Override
    public Topology topology() {
        return topology;
    }

    @Override
    public Topology refreshTopology() {
        return topology;
    }

    @Override
    public Placement locate(String tenant) {
        throw new UnsupportedOperationException("lanes do not locate");
    }

    @Override
    public void forget(String tenant) {}

    @Override
    public MeterRegistry meters() {
        return meters;
    }
}
