package io.tenantshift.router.internal;

import com.github.benmanes.caffeine.cache.Cache;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.tenantshift.router.Phase;
import io.tenantshift.router.internal.jdbc.Replica;
import io.tenantshift.router.internal.jdbc.ShardPool;
import io.tenantshift.router.internal.jdbc.ShardReplicas;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a router counts; {@code docs/metrics.md} says what for. Without a registry of the service's nothing is counted by statement and
 * nothing is registered before it is needed. Tags have few values: shards, phases, reasons; a tenant only where the service has named him.
 * Safe for any thread.
 */
public final class RouterMeters implements AutoCloseable {
    private final String router;
    private final @Nullable MeterRegistry given;
    private final Set<Meter> registered = ConcurrentHashMap.newKeySet();
    private final LongAdder rerouted;
    private final LongAdder moved;
    private final @Nullable Timer located;
    private final @Nullable Map<String, LongAdder> ofTenants;
    private final LongAdder directoryQueries;
    private final LongAdder directoryRefusals;
    private final @Nullable Timer directoryLookups;
    private final LongAdder analyses;
    private final @Nullable RoutingTime routing;
    /** Where siblings' meters go if the service has no registry: nowhere. */
    private @Nullable MeterRegistry nowhere;

    /**
     * @param given where meters are registered; null for nowhere
     * @param tenants who have series of their own, in their one spelling
     */
    public RouterMeters(String router, @Nullable MeterRegistry given, Collection<String> tenants) {
        this.router = router;
        this.given = given;
        this.rerouted = sum(
                "tenantshift.router.rerouted",
                "Transactions sent again to the other side, silently, before anything was executed");
        this.moved =
                sum("tenantshift.router.moved", "Transactions ended with SQLState 40001 because their tenant moved");
        this.directoryQueries =
                sum("tenantshift.router.directory.queries", "Look-ups of a tenant's home in the control database");
        this.directoryRefusals = sum(
                "tenantshift.router.directory.refused",
                "Transactions refused since the control database did not say where their tenant lives");
        this.located = given == null
                ? null
                : kept(Timer.builder("tenantshift.router.locate")
                        .description(
                                "Looks at fence rows for the side that a tenant is served from, waits for a cutover included")
                        .tag("router", router)
                        .register(given));
        Map<String, LongAdder> sums = new HashMap<>();
        if (given != null) {
            tenants.forEach(tenant -> sums.computeIfAbsent(
                    tenant,
                    name -> sum(
                            "tenantshift.router.tenant.statements",
                            "Statements and batches sent for one tenant of those that were chosen",
                            "tenant",
                            name)));
        }
        this.ofTenants = sums.isEmpty() ? null : Map.copyOf(sums);
        this.analyses = sum(
                "tenantshift.router.analyses",
                "Statement texts that were analysed, for nothing was remembered of them");
        this.routing = given == null
                ? null
                : new RoutingTime(timer(
                        given,
                        "tenantshift.router.routing",
                        "Deciding where a unit of work goes, of one decision in " + RoutingTime.ONE_IN));
        this.directoryLookups = given == null
                ? null
                : timer(
                        given,
                        "tenantshift.router.directory.lookups",
                        "Waits for a tenant's home that was not remembered, for another's query included");
    }

    private Timer timer(MeterRegistry registry, String name, String description) {
        return kept(Timer.builder(name)
                .description(description)
                .tag("router", router)
                .register(registry));
    }

    private LongAdder sum(String name, String description, String... tags) {
        LongAdder sum = new LongAdder();
        if (given != null) {
            kept(FunctionCounter.builder(name, sum, LongAdder::sum)
                    .description(description)
                    .tag("router", router)
                    .tags(tags)
                    .register(given));
        }
        return sum;
    }

    /** Where the service's meters are; null if it has none. */
    public @Nullable MeterRegistry given() {
        return given;
    }

    /** Where meters go; nowhere if the service has none. */
    synchronized MeterRegistry registry() {
        if (given != null) {
            return given;
        }
        if (nowhere == null) {
            nowhere = Nowhere.registry();
        }
        return nowhere;
    }

    /** Counts a shard's statements; null if nobody asks for it. */
    public @Nullable ShardMeters ofShard(String shard) {
        return given == null ? null : new ShardMeters(given, shard);
    }

    /** A class of its own, so that only who needs it loads it. */
    private static final class Nowhere {
        static MeterRegistry registry() {
            return new CompositeMeterRegistry();
        }
    }

    /** Follows what the router follows. */
    void watch(TopologyFollower follower) {
        if (given != null) {
            gauge(
                    given,
                    "tenantshift.router.topology.version",
                    "Counts publications in the control database; the same on every instance that follows",
                    follower,
                    f -> f.topology().version());
            gauge(
                    given,
                    "tenantshift.router.map.version",
                    "The shard map in force; during a transition the older one",
                    follower,
                    f -> f.topology().map().version());
            gauge(
                    given,
                    "tenantshift.router.control.reachable",
                    "1 if the control database answered when it was last asked, else 0",
                    follower,
                    f -> f.isReachable() ? 1 : 0);
        }
    }

    /** Follows a cache of the router's, by Micrometer's own names for caches. The cache must record its statistics. */
    void watch(String cache, Cache<?, ?> followed) {
        if (given != null) {
            CaffeineCacheMetrics.monitor(given, followed, "tenantshift.router." + cache, "router", router);
        }
    }

    /** Shows what can be seen of a shard. */
    void watch(Shard shard) {
        watch(shard.pool());
        if (given != null) {
            watch(given, shard.name(), shard.system());
        }
        ShardReplicas replicas = shard.replicas();
        if (replicas != null) {
            watch(replicas);
        }
    }

    /** Takes the meters of a shard that has left out of the service's registry. */
    void forget(String shard) {
        if (given != null) {
            registered.removeIf(meter -> {
                boolean its = shard.equals(meter.getId().getTag("shard"));
                if (its) {
                    given.remove(meter);
                }
                return its;
            });
        }
    }

    /** Shows a shard's replicas: how old what each shows is, how often it was read from, and how often the primary had to answer. */
    private void watch(ShardReplicas replicas) {
        if (given == null) {
            return;
        }
        Tags tags = Tags.of("router", router, "shard", replicas.shard());
        for (Replica replica : replicas.all()) {
            Tags one = tags.and("replica", Integer.toString(replica.number()));
            kept(Gauge.builder("tenantshift.router.replica.staleness", replica, Replica::stalenessSeconds)
                    .description("How old what a replica shows is at most; not a number if that is not known")
                    .baseUnit("seconds")
                    .tags(one)
                    .register(given));
            kept(FunctionCounter.builder("tenantshift.router.replica.leases", replica, Replica::leases)
                    .description("Connections to a replica borrowed by read-only sessions")
                    .tags(one)
                    .register(given));
        }
        for (ShardReplicas.Fallback reason : ShardReplicas.Fallback.values()) {
            kept(FunctionCounter.builder(
                            "tenantshift.router.replica.fallbacks", replicas, each -> each.fallbacks(reason))
                    .description("Read-only units of work that a replica might have answered, and the primary did")
                    .tags(tags.and("reason", reason.name().toLowerCase(Locale.ROOT)))
                    .register(given));
        }
    }

    /** Shows how a shard is: whether it is served, what has failed, who was refused, who waits. */
    private void watch(ShardPool pool) {
        if (given == null) {
            return;
        }
        Tags tags = Tags.of("router", router, "shard", pool.shard());
        kept(Gauge.builder(
                        "tenantshift.router.shard.state",
                        pool,
                        each -> each.health().state())
                .description("0 the shard is served, 1 it is tried again, 2 it is refused, for it does not answer")
                .tags(tags)
                .register(given));
        kept(Gauge.builder("tenantshift.router.shard.waiting", pool, ShardPool::waiting)
                .description("Threads that wait for a connection to the shard")
                .tags(tags)
                .register(given));
        kept(FunctionCounter.builder(
                        "tenantshift.router.shard.failures",
                        pool,
                        each -> each.health().failures())
                .description("Connections that could not be had or broke through the shard's fault")
                .tags(tags)
                .register(given));
        kept(FunctionCounter.builder(
                        "tenantshift.router.shard.refused",
                        pool,
                        each -> each.health().refusedByBreaker())
                .description(
                        "Transactions refused before anything was executed, for the shard does not answer or too many wait")
                .tags(tags.and("reason", "breaker"))
                .register(given));
        kept(FunctionCounter.builder(
                        "tenantshift.router.shard.refused",
                        pool,
                        each -> each.health().refusedByQueue())
                .description(
                        "Transactions refused before anything was executed, for the shard does not answer or too many wait")
                .tags(tags.and("reason", "waiting"))
                .register(given));
    }

    /** Shows how the library's own connections to a shard are. */
    private void watch(MeterRegistry registry, String shard, SystemPool pool) {
        Tags tags = Tags.of("router", router, "shard", shard);
        ShardHealth health = pool.health();
        kept(Gauge.builder("tenantshift.router.system.state", health, ShardHealth::state)
                .description(
                        "0 the library's own connections to the shard are served, 1 they are tried again, 2 they are refused")
                .tags(tags)
                .register(registry));
        kept(Gauge.builder("tenantshift.router.system.waiting", pool, SystemPool::waiting)
                .description("Threads that wait for one of the library's own connections to the shard")
                .tags(tags)
                .register(registry));
        kept(FunctionCounter.builder("tenantshift.router.system.failures", health, ShardHealth::failures)
                .description(
                        "Connections of the library's own that could not be had or broke through the shard's fault")
                .tags(tags)
                .register(registry));
        refusals(registry, tags.and("reason", "breaker"), health, ShardHealth::refusedByBreaker);
        refusals(registry, tags.and("reason", "waiting"), health, ShardHealth::refusedByQueue);
    }

    private void refusals(MeterRegistry registry, Tags tags, ShardHealth health, ToDoubleFunction<ShardHealth> count) {
        kept(FunctionCounter.builder("tenantshift.router.system.refused", health, count)
                .description(
                        "Looks at the shard on a tenant's behalf that were refused one of the library's own connections")
                .tags(tags)
                .register(registry));
    }

    /** Measures decisions; null if nobody asks for it. */
    @Nullable
    RoutingTime routing() {
        return routing;
    }

    void countAnalysis() {
        analyses.increment();
    }

    void directoryAnswered(long nanos) {
        if (directoryLookups != null) {
            directoryLookups.record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    void countRerouted() {
        rerouted.increment();
    }

    void countDirectoryQuery() {
        directoryQueries.increment();
    }

    void countDirectoryRefusal() {
        directoryRefusals.increment();
    }

    void countMoved() {
        moved.increment();
    }

    /** Counts a statement that was refused before it was sent. */
    public void countRefused(String reason) {
        if (given != null) {
            count(given, "tenantshift.router.refused", "Statements refused before they were sent", "reason", reason);
        }
    }

    void located(long nanos) {
        if (located != null) {
            located.record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void count(MeterRegistry registry, String name, String description, String... tags) {
        kept(Counter.builder(name)
                        .description(description)
                        .tag("router", router)
                        .tags(tags)
                        .register(registry))
                .increment();
    }

    private <T> void gauge(MeterRegistry registry, String name, String description, T of, ToDoubleFunction<T> value) {
        kept(Gauge.builder(name, of, value)
                .description(description)
                .tag("router", router)
                .register(registry));
    }

    private <M extends Meter> M kept(M meter) {
        registered.add(meter);
        return meter;
    }

    /** Takes the router's meters out of the service's registry. */
    @Override
    public void close() {
        if (given != null) {
            registered.forEach(given::remove);
            given.getMeters().stream().filter(this::isOfACache).forEach(given::remove);
        }
    }

    private boolean isOfACache(Meter meter) {
        String cache = meter.getId().getTag("cache");
        return cache != null
                && cache.startsWith("tenantshift.router.")
                && router.equals(meter.getId().getTag("router"));
    }

    /** What is counted of one shard's statements, a sum at a time, read when somebody looks. Safe for any thread. */
    public final class ShardMeters {
        private final MeterRegistry into;
        private final String shard;
        private final LongAdder resting;
        private final Map<Phase, LongAdder> ofPhases = new ConcurrentHashMap<>();
        private final Lazy<Timer> fenced = new Lazy<>() {
            @Override
            protected Timer make() {
                return kept(Timer.builder("tenantshift.router.fenced")
                        .description(
                                "Statements that succeeded on a shard with guards, from sending to answer, the wait in the fence included")
                        .tags("router", router, "shard", shard)
                        .register(into));
            }
        };

        private ShardMeters(MeterRegistry into, String shard) {
            this.into = into;
            this.shard = shard;
            this.resting = executed("none");
        }

        /** A statement of a tenant without a transition is sent. */
        public void executes(String tenant) {
            resting.increment();
            countFor(tenant);
        }

        /** A statement of a tenant in a phase is sent. */
        public void executes(String tenant, Phase phase) {
            LongAdder sum = ofPhases.get(phase);
            (sum != null
                            ? sum
                            : ofPhases.computeIfAbsent(
                                    phase, first -> executed(first.name().toLowerCase(Locale.ROOT))))
                    .increment();
            countFor(tenant);
        }

        /** A statement on a shard with guards has succeeded. */
        public void fenced(long nanos) {
            fenced.get().record(nanos, TimeUnit.NANOSECONDS);
        }

        private void countFor(String tenant) {
            if (ofTenants != null) {
                LongAdder sum = ofTenants.get(tenant);
                if (sum != null) {
                    sum.increment();
                }
            }
        }

        private LongAdder executed(String phase) {
            return sum(
                    "tenantshift.router.statements",
                    "Statements and batches sent, whatever became of them",
                    "shard",
                    shard,
                    "phase",
                    phase);
        }

        /** A statement has failed, by its SQLState. */
        public void failed(@Nullable String state) {
            count(
                    into,
                    "tenantshift.router.failures",
                    "Statements and batches that failed, by the class of their SQLState",
                    "shard",
                    shard,
                    "state",
                    state == null || state.length() < 2 ? "none" : state.substring(0, 2));
        }
    }
}
