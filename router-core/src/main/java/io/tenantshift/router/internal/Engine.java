package io.tenantshift.router.internal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.router.Placement;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.audit.Audit;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.internal.jdbc.Analysis;
import io.tenantshift.router.internal.jdbc.Guard;
import io.tenantshift.router.internal.jdbc.ShardPool;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.spi.TenantResolver;
import io.tenantshift.router.spi.WriteCapture;
import io.tenantshift.router.sql.SqlAnalyzer;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.TenantAnalyzer;
import io.tenantshift.router.sql.TenantFacts;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What all connections of one DataSource share. Safe for any thread. */
public final class Engine implements RouterServices, AutoCloseable {
    private static final int CACHED_STATEMENTS = 10_000;
    private static final int LONGEST_CACHED_STATEMENT = 100_000;
    /** A power of two. */
    private static final int RECENT_STATEMENTS = 256;

    /** A power of two. */
    private static final int RECENT_TENANTS = 1024;

    private static final Duration POLL = Duration.ofMillis(250);

    private final String name;
    private final String controlShard;
    private final Map<String, ShardPool> pools;
    private final Map<String, HikariDataSource> systemPools;
    private final ControlStore control;
    private final TopologyFollower follower;
    private final Placements placements;
    private final MeterRegistry meters;
    private final @Nullable WriteCapture capture;
    private final @Nullable ReadObserver observer;
    private final Counter rerouted;
    private final Counter moved;
    private final Guard guard;
    private final TenantAnalyzer tenantAnalyzer;
    private final @Nullable TenantResolver resolver;
    private final @Nullable Audit audit;
    /** In front of the cache, by the text's hash: a text that was seen a moment ago costs no bookkeeping. Racy on purpose: entries are immutable. */
    private final @Nullable Analysis[] recent = new Analysis[RECENT_STATEMENTS];

    /** Where tenants without a transition live, by the hash of their id: a tenant seen a moment ago costs no checksum. Racy on purpose, as above. */
    private final @Nullable Home[] homes = new Home[RECENT_TENANTS];

    private final Cache<String, Analysis> analyses =
            Caffeine.newBuilder().maximumSize(CACHED_STATEMENTS).build();

    /** What {@code TenantShiftDataSource.build()} has checked. */
    public record Parts(
            String name,
            String controlShard,
            Map<String, ShardPool> pools,
            Map<String, HikariDataSource> systemPools,
            ShardMap map,
            MeterRegistry meters,
            @Nullable WriteCapture capture,
            @Nullable ReadObserver observer,
            Duration locateDeadline,
            Guard guard,
            TenantAnalyzer tenantAnalyzer,
            @Nullable TenantResolver resolver,
            @Nullable Audit audit) {}

    public Engine(Parts parts) {
        this.name = parts.name;
        this.controlShard = parts.controlShard;
        this.pools = Map.copyOf(parts.pools);
        this.systemPools = Map.copyOf(parts.systemPools);
        this.meters = parts.meters;
        this.capture = parts.capture;
        this.observer = parts.observer;
        this.guard = parts.guard;
        this.tenantAnalyzer = parts.tenantAnalyzer;
        this.resolver = parts.resolver;
        this.audit = parts.audit;
        this.control = new ControlStore(() -> connect(controlShard));
        this.follower = new TopologyFollower(name, control, parts.map, this::topologyChanged, this::tidy);
        this.placements = new Placements(name, this::connect, follower::topology, parts.locateDeadline);
        this.rerouted = Counter.builder("tenantshift.router.rerouted")
                .description("Transactions sent again to the other side, silently, before anything was executed")
                .tag("router", name)
                .register(meters);
        this.moved = Counter.builder("tenantshift.router.moved")
                .description("Transactions ended with SQLState 40001 because their tenant moved")
                .tag("router", name)
                .register(meters);
    }

    /** Connects to the control database and hands the engine to its siblings. */
    public void start() throws SQLException {
        follower.start(POLL);
        if (capture != null) {
            capture.attach(this);
        }
        if (observer != null) {
            observer.attach(this);
        }
    }

    private void tidy() {
        pools.values().forEach(ShardPool::tidy);
    }

    private void topologyChanged() {
        placements.forgetAll();
    }

    public Placements placements() {
        return placements;
    }

    public ShardPool pool(String shard) throws SQLException {
        ShardPool pool = pools.get(shard);
        if (pool == null) {
            throw unknownShard(shard);
        }
        return pool;
    }

    public @Nullable WriteCapture capture() {
        return capture;
    }

    public @Nullable ReadObserver observer() {
        return observer;
    }

    /** What is known of a statement's text: one look-up for a text seen before. */
    public Analysis analysis(String sql) {
        int place = place(sql, RECENT_STATEMENTS);
        Analysis last = recent[place];
        if (last != null && last.isOf(sql)) {
            return last;
        }
        if (sql.length() > LONGEST_CACHED_STATEMENT) {
            return analyze(sql);
        }
        Analysis known = analyses.getIfPresent(sql);
        Analysis found = known != null ? known : analyses.get(sql, this::analyze);
        recent[place] = found;
        return found;
    }

    /** Where a text is remembered in a table of {@code size} places. */
    private static int place(String text, int size) {
        int hash = text.hashCode();
        return (hash ^ (hash >>> 16)) & (size - 1);
    }

    private Analysis analyze(String sql) {
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        TenantFacts tenants = tenantAnalyzer.analyze(sql, facts);
        return new Analysis(sql, facts, tenants, audit == null ? null : audit.shape(sql, facts, tenants));
    }

    public Guard guard() {
        return guard;
    }

    /** The tenant for whom the thread works, as it was spelled; null if for none. */
    public @Nullable String currentTenant() {
        String scope = TenantContext.current();
        return scope != null || resolver == null ? scope : resolver.currentTenant();
    }

    /** The pool of a tenant's shard under a topology in which nothing is guarded. */
    @SuppressWarnings("ReferenceEquality") // one topology is one object
    public ShardPool home(Topology now, String tenant) throws SQLException {
        int place = place(tenant, RECENT_TENANTS);
        Home last = homes[place];
        if (last != null && last.seen == now && last.tenant.equals(tenant)) {
            return last.pool;
        }
        ShardPool pool = pool(now.map().shardOf(tenant));
        homes[place] = new Home(now, tenant, pool);
        return pool;
    }

    private record Home(Topology seen, String tenant, ShardPool pool) {}

    /** Where statements without a tenant run, and questions that are about no tenant's rows. */
    public String homeOfNobody() {
        String legacy = guard.legacyShard();
        return legacy != null ? legacy : controlShard;
    }

    public void countRerouted() {
        rerouted.increment();
    }

    public void countMoved() {
        moved.increment();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Connection connect(String shard) throws SQLException {
        HikariDataSource pool = systemPools.get(shard);
        if (pool == null) {
            throw unknownShard(shard);
        }
        return pool.getConnection();
    }

    private SQLException unknownShard(String shard) {
        return new SQLException(
                "router \"%s\": shard \"%s\" is not configured; known are %s; nothing was executed; add it to the DataSource's builder"
                        .formatted(name, shard, pools.keySet()),
                "TS015");
    }

    @Override
    public Set<String> shards() {
        return pools.keySet();
    }

    @Override
    public ControlStore control() {
        return control;
    }

    @Override
    public Topology topology() {
        return follower.topology();
    }

    @Override
    public Topology refreshTopology() throws SQLException {
        return follower.refresh();
    }

    @Override
    public Placement locate(String tenant) throws SQLException {
        return placements.locate(tenant);
    }

    @Override
    public void forget(String tenant) {
        placements.forget(tenant);
    }

    @Override
    public MeterRegistry meters() {
        return meters;
    }

    @Override
    public void close() {
        follower.close();
        pools.values().forEach(ShardPool::close);
        systemPools.values().forEach(HikariDataSource::close);
    }
}
