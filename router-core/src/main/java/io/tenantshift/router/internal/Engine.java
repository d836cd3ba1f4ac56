package io.tenantshift.router.internal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.router.Placement;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.audit.Audit;
import io.tenantshift.router.audit.TableSides;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Directory;
import io.tenantshift.router.control.ShardMaps;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.internal.jdbc.Analysis;
import io.tenantshift.router.internal.jdbc.Guard;
import io.tenantshift.router.internal.jdbc.RoutedConnection;
import io.tenantshift.router.internal.jdbc.ShardPool;
import io.tenantshift.router.internal.jdbc.ShardReplicas;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.spi.TenantResolver;
import io.tenantshift.router.spi.WriteCapture;
import io.tenantshift.router.sql.SqlAnalyzer;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.TableName;
import io.tenantshift.router.sql.TenantAnalyzer;
import io.tenantshift.router.sql.TenantFacts;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What all connections of one DataSource share. Safe for any thread. */
public final class Engine implements RouterServices, AutoCloseable {
    /** The SQLState where the tenant's shard is not among those of this instance. */
    public static final String UNKNOWN_SHARD = "TS015";

    private static final int CACHED_STATEMENTS = 10_000;
    private static final int LONGEST_CACHED_STATEMENT = 100_000;
    /** A power of two. */
    private static final int RECENT_STATEMENTS = 256;

    /** A power of two. */
    private static final int RECENT_TENANTS = 1024;

    private static final Duration POLL = Duration.ofMillis(250);

    private final Parts parts;
    private final String name;
    private final String controlShard;
    private final Shards shards;
    private final ControlStore control;
    private final TopologyFollower follower;
    private final Placements placements;
    /** Null if there are no replicas. */
    private final @Nullable ReplicaWatch replicaWatch;

    private final RouterMeters meters;
    private final @Nullable RoutingTime routing;
    private final @Nullable WriteCapture capture;
    private final @Nullable ReadObserver observer;
    private final Guard guard;
    private final TenantAnalyzer tenantAnalyzer;
    private final @Nullable TenantResolver resolver;
    private final @Nullable Audit audit;
    /** In front of {@link #analyses}, by the text's hash: a text that was seen a moment ago costs no bookkeeping. Racy on purpose: entries are immutable. */
    private final @Nullable Analysis[] recent = new Analysis[RECENT_STATEMENTS];

    /** Where tenants without a transition live, by the hash of their id: a tenant seen a moment ago costs no checksum. Racy on purpose, as above. */
    private final @Nullable Home[] homes = new Home[RECENT_TENANTS];

    /** Made when two texts first want one place of {@link #recent}: the first statements of a service do not wait for its classes. */
    private final Lazy<Cache<String, Analysis>> analyses = new Lazy<>() {
        @Override
        protected Cache<String, Analysis> make() {
            return cache();
        }
    };

    /** What {@code TenantShiftDataSource.build()} has checked. */
    public record Parts(
            String name,
            String controlShard,
            Shards shards,
            TopologyFollower follower,
            RouterMeters meters,
            @Nullable WriteCapture capture,
            @Nullable ReadObserver observer,
            Duration locateDeadline,
            int directoryCacheSize,
            Guard guard,
            TenantAnalyzer tenantAnalyzer,
            @Nullable TenantResolver resolver,
            @Nullable Audit audit,
            Duration replicaStaleness) {}

    /**
     * Waits for the topology, and hands the engine to its siblings.
     *
     * @throws SQLException if the control database does not answer; everything is closed again
     */
    public static Engine open(Parts parts) throws SQLException {
        try {
            Engine engine = new Engine(parts);
            engine.start();
            return engine;
        } catch (SQLException | RuntimeException e) {
            close(parts);
            throw e;
        }
    }

    private Engine(Parts parts) {
        this.parts = parts;
        this.name = parts.name;
        this.controlShard = parts.controlShard;
        this.shards = parts.shards;
        this.meters = parts.meters;
        shards.all().forEach(meters::watch);
        this.routing = meters.routing();
        this.capture = parts.capture;
        this.observer = parts.observer;
        this.guard = parts.guard;
        this.tenantAnalyzer = parts.tenantAnalyzer;
        this.resolver = parts.resolver;
        this.audit = parts.audit;
        this.control = new ControlStore(() -> connect(controlShard));
        this.follower = parts.follower;
        this.placements = new Placements(
                name,
                this::ask,
                follower::topology,
                parts.locateDeadline,
                new Lazy<>() {
                    @Override
                    protected TenantDirectory make() {
                        return newDirectory();
                    }
                },
                meters);
        meters.watch(follower);
        this.replicaWatch = newReplicaWatch();
    }

    private @Nullable ReplicaWatch newReplicaWatch() {
        List<ShardReplicas> watched = new ArrayList<>();
        for (Shard shard : shards.all()) {
            ShardReplicas replicas = shard.replicas();
            if (replicas != null) {
                watched.add(replicas);
            }
        }
        return watched.isEmpty()
                ? null
                : new ReplicaWatch(name, watched, this::ask, follower::topology, parts.replicaStaleness);
    }

    /** Most maps have none. */
    private TenantDirectory newDirectory() {
        return new TenantDirectory(name, residences()::find, parts.directoryCacheSize, parts.locateDeadline, meters);
    }

    /** The rows of the directory, to be read from a control database that may be silent. */
    private Directory residences() {
        return new Directory(() -> shard(controlShard).system().connectImpatiently(), Set.of());
    }

    private void start() throws SQLException {
        // While the control database is being asked: the classes that the first statement needs. Nothing is bound or
        // connected.
        shard(controlShard).system().open();
        analysis("select 1");
        new RoutedConnection(this, null).close();
        follower.start(POLL, this::topologyChanged, this::tidy);
        if (capture != null) {
            capture.attach(this);
        }
        if (observer != null) {
            observer.attach(this);
        }
        // Nothing fails after this: whoever fails here would leave its thread.
        if (replicaWatch != null) {
            replicaWatch.start();
        }
    }

    private void tidy() {
        shards.all().forEach(shard -> shard.pool().tidy());
    }

    private void topologyChanged() {
        placements.forgetAll();
    }

    public Placements placements() {
        return placements;
    }

    public ShardPool pool(String shard) throws SQLException {
        return shard(shard).pool();
    }

    private Shard shard(String named) throws SQLException {
        Shard known = shards.get(named);
        if (known == null) {
            throw unknownShard(named);
        }
        return known;
    }

    /** The shards, which may become more and fewer. */
    public Shards allShards() {
        return shards;
    }

    /** Where a tenant lives is to be looked up again: a shard has left. */
    public void forgetHomes() {
        Arrays.fill(homes, null);
    }

    /** Whether any shard has replicas. */
    public boolean hasReplicas() {
        return replicaWatch != null;
    }

    /** A shard's replicas; null if it has none. */
    public @Nullable ShardReplicas replicas(String shard) {
        Shard known = shards.get(shard);
        return known == null ? null : known.replicas();
    }

    public @Nullable WriteCapture capture() {
        return capture;
    }

    /** A transaction that has entered was committed. */
    public void committed(Placement placement) {
        WriteCapture told = capture;
        if (told != null && placement.isCaptured()) {
            told.committed(placement);
        }
    }

    /** What the service gave the router, for who asks for it by its type; null if there is nothing of it. */
    public <T> @Nullable T part(Class<T> type) {
        Object found = type.isInstance(audit)
                ? audit
                : type.isInstance(capture)
                        ? capture
                        : type.isInstance(observer) ? observer : type.isInstance(resolver) ? resolver : null;
        return found == null ? null : type.cast(found);
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
        Analysis found = last == null && analyses.ifMade() == null ? analyze(sql) : remembered(sql);
        recent[place] = found;
        return found;
    }

    private Analysis remembered(String sql) {
        Cache<String, Analysis> cache = analyses.get();
        Analysis known = cache.getIfPresent(sql);
        if (known != null) {
            return known;
        }
        // Two threads may both analyse a new text; asking the cache to do it would count a second miss.
        Analysis made = analyze(sql);
        cache.put(sql, made);
        return made;
    }

    private Cache<String, Analysis> cache() {
        Caffeine<Object, Object> builder =
                Caffeine.newBuilder().maximumSize(CACHED_STATEMENTS).executor(Runnable::run);
        if (parts.meters.given() != null) {
            builder.recordStats();
        }
        Cache<String, Analysis> cache = builder.build();
        parts.meters.watch("statements", cache);
        return cache;
    }

    /** Where a text is remembered in a table of {@code size} places. */
    private static int place(String text, int size) {
        int hash = text.hashCode();
        return (hash ^ (hash >>> 16)) & (size - 1);
    }

    private Analysis analyze(String sql) {
        meters.countAnalysis();
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        TenantFacts tenants = tenantAnalyzer.analyze(sql, facts);
        Set<TableName> behind = guard.leavesTablesBehind() ? tenantAnalyzer.behind(sql, facts) : Set.of();
        return new Analysis(sql, facts, tenants, behind, shape(sql, facts, tenants, behind));
    }

    private Audit.@Nullable Shape shape(String sql, SqlFacts facts, TenantFacts tenants, Set<TableName> behind) {
        if (audit == null) {
            return null;
        }
        TableSides sides = Analysis.mixes(tenants, behind)
                ? new TableSides(tenantAnalyzer.grouped(sql, facts), behind)
                : TableSides.ONE;
        return audit.shape(sql, facts, tenants, sides);
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
        ShardPool pool = pool(placements.home(now.map(), tenant));
        homes[place] = new Home(now, tenant, pool);
        return pool;
    }

    private record Home(Topology seen, String tenant, ShardPool pool) {}

    /** Where statements without a tenant run, and questions that are about no tenant's rows. */
    public String homeOfNobody() {
        String legacy = guard.legacyShard();
        return legacy != null ? legacy : controlShard;
    }

    /** Somebody begins to decide where work goes: to be handed to {@link #routed}; 0 if nobody asks how long that takes. */
    public long routingBegins() {
        RoutingTime measured = routing;
        return measured == null ? 0 : measured.begin();
    }

    /** It is decided; a connection is not borrowed yet. */
    public void routed(long began) {
        RoutingTime measured = routing;
        if (began != 0 && measured != null) {
            measured.decided(began);
        }
    }

    public void countRerouted() {
        meters.countRerouted();
    }

    public void countMoved() {
        meters.countMoved();
    }

    /** Counts a statement that was refused before it was sent. */
    public void countRefused(String reason) {
        meters.countRefused(reason);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Connection connect(String shard) throws SQLException {
        return shard(shard).system().connect();
    }

    @Override
    public <R extends @Nullable Object> R ask(String shard, Duration limit, RouterServices.Question<R> question)
            throws SQLException {
        return ask(shard, System.nanoTime() + limit.toNanos(), question::ask);
    }

    private <R extends @Nullable Object> R ask(String shard, long end, SystemPool.Question<R> question)
            throws SQLException {
        return shard(shard).system().ask(end, question);
    }

    private SQLException unknownShard(String shard) {
        return new SQLException(
                "router \"%s\": shard \"%s\" is not configured; known are %s; nothing was executed; add it to the DataSource's builder, or by addShard"
                        .formatted(name, shard, shards.names()),
                UNKNOWN_SHARD);
    }

    @Override
    public Set<String> shards() {
        return shards.names();
    }

    @Override
    public ControlStore control() {
        return control;
    }

    /** The maps in the control database, for operators. */
    public ShardMaps shardMaps() {
        return new ShardMaps(() -> connect(controlShard), shards());
    }

    /** One more shard; false if there is one of that name. */
    public boolean addShard(Shard shard) {
        boolean added = shards.add(shard);
        if (added) {
            meters.watch(shard);
        } else {
            shard.close();
        }
        return added;
    }

    /** Takes a shard away, see {@link ShardDeparture}. */
    public void removeShard(String shard, Duration patience) throws SQLException {
        new ShardDeparture(name, controlShard, guard.legacyShard(), shards, follower, residences()).of(shard, patience);
        forgetHomes();
        if (replicaWatch != null) {
            replicaWatch.forget(shard);
        }
        meters.forget(shard);
    }

    /** The homes of tenants in the control database, for operators. */
    public Directory directory() {
        return new Directory(() -> connect(controlShard), shards());
    }

    @Override
    public Topology topology() {
        return follower.topology();
    }

    @Override
    public Duration topologyAge() {
        return follower.age();
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
        return meters.registry();
    }

    @Override
    public void close() {
        if (replicaWatch != null) {
            replicaWatch.close();
        }
        close(parts);
    }

    private static void close(Parts parts) {
        parts.follower.close();
        parts.shards.close();
        parts.meters.close();
    }
}
