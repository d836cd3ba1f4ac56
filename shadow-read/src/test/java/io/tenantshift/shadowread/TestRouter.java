package io.tenantshift.shadowread;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.Placement;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The router's services over the databases of a test, with a hook before each connection. */
final class TestRouter implements RouterServices, AutoCloseable {
    /** Called before a connection is opened. */
    interface Hook {
        void connecting(String shard) throws SQLException;
    }

    private final Cluster cluster;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Map<String, HikariDataSource> pools = new ConcurrentHashMap<>();
    volatile Hook hook = shard -> {};

    TestRouter(Cluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "shop";
    }

    @Override
    public Connection connect(String shard) throws SQLException {
        hook.connecting(shard);
        return pooled(shard);
    }

    /** A connection without the hook. */
    Connection pooled(String shard) throws SQLException {
        return pools.computeIfAbsent(shard, this::pool).getConnection();
    }

    private HikariDataSource pool(String shard) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("test-" + shard);
        config.setJdbcUrl(cluster.url(shard));
        config.setMaximumPoolSize(8);
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }

    @Override
    public void close() {
        pools.values().forEach(HikariDataSource::close);
    }

    @Override
    public Set<String> shards() {
        return Set.copyOf(cluster.names());
    }

    @Override
    public MeterRegistry meters() {
        return meters;
    }

    @Override
    public ControlStore control() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Topology topology() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Topology refreshTopology() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Placement locate(String tenant) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void forget(String tenant) {
        throw new UnsupportedOperationException();
    }
}
