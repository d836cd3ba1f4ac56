package io.tenantshift.examples.shop;

import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.crossshard.CrossShard;
import io.tenantshift.dualwrite.Backlog;
import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.migration.Migration;
import io.tenantshift.migration.Rollout;
import io.tenantshift.migration.RolloutProgress;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.Transition;
import io.tenantshift.shadowread.ShadowRead;
import io.tenantshift.shadowread.ShadowStatistics;
import io.tenantshift.testkit.Cluster;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The library, wired as a service and its operator would. */
final class Router implements Mover {
    private static final double SHADOW_SAMPLE = 0.5;
    private static final int WORKERS = 4;

    private final DualWrite dualWrite;
    private final ShadowRead shadow;
    private final TenantShiftDataSource dataSource;
    private final InMemoryPhaseFlags flags = new InMemoryPhaseFlags();
    private final Migration migration;
    private final CrossShard crossShard;
    private final Cutovers cutovers = new Cutovers(this::progress);
    private volatile @Nullable Rollout rollout;

    private Router(Cluster cluster, ShardMap now, MeterRegistry meters) throws SQLException {
        dualWrite = DualWrite.builder().build();
        shadow = ShadowRead.builder()
                .boundaries(dualWrite)
                .sampleRate(SHADOW_SAMPLE)
                .build();
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("shop")
                .control(Cluster.LEGACY)
                .shardMap(now)
                .maximumPoolSize(16)
                .capture(dualWrite)
                .observer(shadow)
                .meters(meters);
        cluster.names().forEach(name -> builder.shard(name, cluster.url(name)));
        dataSource = builder.build();
        TableGroup shop = new TableGroup("shop", "tenant_id", ShopTable.sqlNames());
        crossShard = CrossShard.over(dataSource).tableGroup(shop).build();
        migration = Migration.builder(dataSource.services(), dualWrite)
                .tables(shop)
                .captureByTrigger("public.order_lines")
                .flags(flags)
                .gate(tenant -> shadow.statistics().mismatched() == 0
                        ? List.of()
                        : List.of("shadow reads found %d mismatches"
                                .formatted(shadow.statistics().mismatched())))
                .workers(WORKERS)
                .build();
    }

    /** Opens the DataSource over all databases of a cluster. */
    static Mover open(Cluster cluster, ShardMap now, MeterRegistry meters) throws SQLException {
        return new Router(cluster, now, meters);
    }

    @Override
    public DataSource dataSource() {
        return dataSource;
    }

    @Override
    public DataSource acrossTenants() {
        return crossShard;
    }

    @Override
    public CompletableFuture<Void> warmAcrossTenants() {
        return crossShard.warm();
    }

    @Override
    public void open(ShardMap next) throws SQLException {
        migration.publish(next, "split the monolith");
        migration.open(next.version());
        rollout = migration.rollout();
    }

    @Override
    public void request(String percent, Phase phase) {
        flags.upTo(percent, phase);
    }

    @Override
    public void finish() throws SQLException {
        Rollout running = rollout;
        if (running != null) {
            // The last rows of the sources become "moved" a moment after the phase has changed.
            running.awaitSettled(Duration.ofSeconds(10));
            running.close();
        }
        migration.finish();
    }

    @Override
    public Backlog backlog() throws SQLException {
        Transition transition = dataSource.services().topology().transition();
        Backlog all = Backlog.NONE;
        if (transition != null) {
            for (Map.Entry<String, ? extends Set<String>> route :
                    transition.routes().entrySet()) {
                for (String target : route.getValue()) {
                    all = plus(all, dualWrite.backlog(route.getKey(), target));
                    all = plus(all, dualWrite.backlog(target, route.getKey()));
                }
            }
        }
        return all;
    }

    private static Backlog plus(Backlog one, Backlog other) {
        Duration oldest = one.oldestAge().compareTo(other.oldestAge()) > 0 ? one.oldestAge() : other.oldestAge();
        return new Backlog(one.entries() + other.entries(), oldest);
    }

    @Override
    public long rowsCopied() {
        return progress().map(RolloutProgress::rowsCopied).orElse(0L);
    }

    @Override
    public List<String> obstacles() {
        return progress().map(RolloutProgress::tenants).orElse(List.of()).stream()
                .filter(tenant -> flags.requested(tenant.tenant())
                        .filter(wish -> wish != tenant.phase())
                        .isPresent())
                .filter(tenant -> !tenant.note().isEmpty())
                .map(tenant -> "tenant \"%s\" in %s: %s".formatted(tenant.tenant(), tenant.phase(), tenant.note()))
                .toList();
    }

    @Override
    public Cutovers cutovers() {
        return cutovers;
    }

    private Optional<RolloutProgress> progress() {
        return Optional.ofNullable(rollout).map(Rollout::progress);
    }

    @Override
    public Report.Shadow shadow() throws InterruptedException {
        shadow.awaitIdle(Duration.ofSeconds(10));
        ShadowStatistics statistics = shadow.statistics();
        return new Report.Shadow(statistics.compared(), statistics.mismatched());
    }

    @Override
    public void close() {
        Rollout running = rollout;
        if (running != null) {
            running.close();
        }
        shadow.close();
        dualWrite.close();
        crossShard.close();
        dataSource.close();
    }
}
