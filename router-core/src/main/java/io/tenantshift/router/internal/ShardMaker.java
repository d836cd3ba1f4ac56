package io.tenantshift.router.internal;

import io.tenantshift.router.internal.RouterMeters.ShardMeters;
import io.tenantshift.router.internal.jdbc.CallersPool;
import io.tenantshift.router.internal.jdbc.Replica;
import io.tenantshift.router.internal.jdbc.ShardPool;
import io.tenantshift.router.internal.jdbc.ShardReplicas;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Makes the shards of one router, with its settings, which {@code TenantShiftDataSource.build()} has checked.
 *
 * @param behindUrl whether those who ask for connections open them themselves
 */
public record ShardMaker(
        String router,
        boolean behindUrl,
        int maximumPoolSize,
        int minimumIdle,
        int systemPoolSize,
        Duration connectionTimeout,
        Resilience resilience,
        Duration replicaStaleness,
        RouterMeters meters) {
    /** What every connection of the library's own begins with. */
    private static final String BEGINNING =
            "set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set extra_float_digits = 3; set timezone = 'UTC'; set statement_timeout = 0; set synchronous_commit = on";

    /**
     * A shard, of which nothing is open.
     *
     * @param standbys of its server; none if it has no replicas
     */
    public Shard make(String shard, DataSource physical, SystemPool system, List<DataSource> standbys) {
        ShardMeters counted = meters.ofShard(shard);
        List<DataSource> sources = new ArrayList<>(standbys.size() + 1);
        sources.add(physical);
        sources.addAll(standbys);
        return new Shard(
                shard,
                sources,
                pool(shard, physical, counted),
                system,
                standbys.isEmpty() ? null : replicas(shard, standbys, counted));
    }

    /**
     * The library's own pool of the control shard. Behind a URL its caller opens the first connection, and has the driver's own exception
     * at once.
     */
    public SystemPool control(String shard, DataSource physical) throws SQLException {
        DataSource own = forOwnWork(physical);
        if (behindUrl && own instanceof PostgresSource first) {
            first.prepare();
        }
        return ownPool(shard, own);
    }

    /** The library's own pool of a shard. */
    public SystemPool system(String shard, DataSource physical) {
        return ownPool(shard, forOwnWork(physical));
    }

    private SystemPool ownPool(String shard, DataSource own) {
        PoolPlan plan = new PoolPlan(
                "tenantshift-" + router + "-system-" + shard,
                own,
                systemPoolSize,
                0,
                connectionTimeout.toMillis(),
                // A look on behalf of an application's thread has a deadline, and may find several that are dead.
                Math.min(2_000, connectionTimeout.toMillis()),
                false,
                30_000,
                BEGINNING,
                meters.given());
        return new SystemPool(plan, ShardHealth.ofLibrary(router, shard, resilience));
    }

    private ShardPool pool(String shard, DataSource physical, @Nullable ShardMeters counted) {
        ShardHealth health = ShardHealth.ofTenants(router, shard, resilience);
        if (behindUrl && physical instanceof PostgresSource source) {
            return new ShardPool(
                    shard, new CallersPool(shard, source, maximumPoolSize, connectionTimeout, health), counted);
        }
        PoolPlan plan = new PoolPlan(
                "tenantshift-" + router + "-" + shard,
                physical,
                maximumPoolSize,
                minimumIdle,
                connectionTimeout.toMillis(),
                Math.min(5_000, connectionTimeout.toMillis()),
                // The pool would make them writable.
                isReadOnly(physical),
                0,
                null,
                meters.given());
        return new ShardPool(shard, plan, health, counted);
    }

    private ShardReplicas replicas(String shard, List<DataSource> standbys, @Nullable ShardMeters counted) {
        List<Replica> made = new ArrayList<>(standbys.size());
        for (DataSource physical : standbys) {
            int number = made.size() + 1;
            String pool = "tenantshift-" + router + "-" + shard + "-replica-" + number;
            PoolPlan reads = new PoolPlan(
                    pool,
                    physical,
                    maximumPoolSize,
                    behindUrl ? 0 : minimumIdle,
                    connectionTimeout.toMillis(),
                    Math.min(1_000, connectionTimeout.toMillis()),
                    isReadOnly(physical),
                    0,
                    null,
                    meters.given());
            PoolPlan looks = new PoolPlan(
                    pool + "-watch", forOwnWork(physical), 1, 0, 1_000, 1_000, false, 0, null, meters.given());
            made.add(new Replica(
                    shard,
                    number,
                    replicaStaleness,
                    reads,
                    ShardHealth.ofReplica(router, shard, number, resilience),
                    counted,
                    new SystemPool(looks, ShardHealth.ofWatch(router, shard, number, resilience))));
        }
        return new ShardReplicas(shard, made);
    }

    private static DataSource forOwnWork(DataSource physical) {
        return physical instanceof PostgresSource source ? source.forOwnWork() : physical;
    }

    private static boolean isReadOnly(DataSource physical) {
        return physical instanceof PostgresSource source
                ? source.isReadOnly()
                : physical instanceof PGSimpleDataSource simple && simple.getReadOnly();
    }
}
