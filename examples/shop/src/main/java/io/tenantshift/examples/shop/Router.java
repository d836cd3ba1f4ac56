package io.tenantshift.examples.shop;

import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import java.sql.SQLException;
import javax.sql.DataSource;

/** The library, wired as a service and its operator would. */
final class Router implements Mover {
    private final TenantShiftDataSource dataSource;
    private final Cutovers cutovers = new Cutovers();

    private Router(TenantShiftDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** Opens the DataSource over all databases of a cluster. */
    static Mover open(Cluster cluster, ShardMap now) throws SQLException {
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("shop")
                .control(Cluster.LEGACY)
                .shardMap(now)
                .maximumPoolSize(16);
        cluster.names().forEach(name -> builder.shard(name, cluster.url(name)));
        return new Router(builder.build());
    }

    @Override
    public DataSource dataSource() {
        return dataSource;
    }

    @Override
    public void open(ShardMap next) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public void request(String percent, Phase phase) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public void finish() {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public long backlog() {
        return 0;
    }

    @Override
    public Cutovers cutovers() {
        return cutovers;
    }

    @Override
    public Report.Shadow shadow() {
        return new Report.Shadow(0, 0);
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
