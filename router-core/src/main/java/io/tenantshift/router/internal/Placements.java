package io.tenantshift.router.internal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tenantshift.router.Placement;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantUnavailableException;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.fence.Recovery;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where tenants are served: from the shard map alone where nothing moves, else from the fence rows, remembered for a moment. What is
 * remembered may be stale; the fence refuses a write that relies on it, and then it is forgotten. Safe for any thread.
 */
public final class Placements {
    /** Asks a shard on a connection of the library's own. */
    @FunctionalInterface
    public interface Shards {
        /** @param end when the answer must be there, by {@link System#nanoTime} */
        <R> R ask(String shard, long end, SystemPool.Question<R> question) throws SQLException;
    }

    /** A reader that never writes hears of a flip in another process no later than this. */
    private static final Duration REMEMBERED = Duration.ofSeconds(1);

    private final String router;
    private final Shards shards;
    private final Supplier<Topology> topology;
    private final Duration deadline;
    private final Lazy<TenantDirectory> directory;
    private final RouterMeters meters;
    private final Lazy<Cache<String, Placement>> remembered = new Lazy<>() {
        @Override
        protected Cache<String, Placement> make() {
            return Caffeine.newBuilder()
                    .maximumSize(100_000)
                    .expireAfterWrite(REMEMBERED)
                    .executor(Runnable::run)
                    .build();
        }
    };

    private final ConcurrentMap<String, CompletableFuture<Placement>> looks = new ConcurrentHashMap<>();

    Placements(
            String router,
            Shards shards,
            Supplier<Topology> topology,
            Duration deadline,
            Lazy<TenantDirectory> directory,
            RouterMeters meters) {
        this.router = router;
        this.shards = shards;
        this.topology = topology;
        this.deadline = deadline;
        this.directory = directory;
        this.meters = meters;
    }

    /** The tenant's home under a map, which may be a row in the control database. */
    String home(ShardMap map, String tenant) throws SQLException {
        return map.knows(tenant) ? map.shardOf(tenant) : directory.get().shardOf(map, tenant);
    }

    /** The tenant's placement, as remembered if it is. */
    public Placement of(String tenant) throws SQLException {
        Topology now = topology.get();
        if (now.guarded().isEmpty()) {
            return Placement.unguarded(tenant, home(now.map(), tenant));
        }
        Placement known = remembered.get().getIfPresent(tenant);
        return known != null ? known : remember(tenant);
    }

    /** The tenant's placement if it is remembered; null if it would take a look. */
    public @Nullable Placement remembered(String tenant) {
        return remembered.get().getIfPresent(tenant);
    }

    /** One look at the databases per tenant at a time: the waiters of a cutover learn from the first of them. */
    private Placement remember(String tenant) throws SQLException {
        CompletableFuture<Placement> mine = new CompletableFuture<>();
        CompletableFuture<Placement> looking = looks.putIfAbsent(tenant, mine);
        if (looking != null) {
            return await(tenant, looking);
        }
        try {
            Placement found = locate(tenant);
            remembered.get().put(tenant, found);
            mine.complete(found);
            return found;
        } catch (SQLException | RuntimeException e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            looks.remove(tenant, mine);
        }
    }

    private Placement await(String tenant, CompletableFuture<Placement> looking) throws SQLException {
        try {
            return looking.get(deadline.toMillis() + 1_000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(tenant, "interrupted while another thread looks", e);
        } catch (TimeoutException | ExecutionException e) {
            throw unavailable(tenant, "another thread that looked did not find it", e);
        }
    }

    private TenantUnavailableException unavailable(String tenant, String found, @Nullable Throwable cause) {
        return new TenantUnavailableException(
                "router \"%s\": tenant \"%s\" has no open side: %s; waited at most %d ms; nothing was executed; retry, or look at the transition's attempts"
                        .formatted(router, tenant, found, deadline.toMillis()),
                cause);
    }

    /** Drops what is remembered of a tenant. */
    public void forget(String tenant) {
        TenantDirectory used = directory.ifMade();
        if (used != null) {
            used.forget(tenant);
        }
        Cache<String, Placement> all = remembered.ifMade();
        if (all != null) {
            all.invalidate(tenant);
        }
    }

    /** Drops what is remembered, for the topology has changed. */
    public void forgetAll() {
        Cache<String, Placement> all = remembered.ifMade();
        if (all != null) {
            all.invalidateAll();
        }
    }

    /**
     * The tenant's placement from the databases, now. Waits while an attempt is between two sides; finishes or undoes it if it is dead.
     *
     * @throws TenantUnavailableException if no side is open before the deadline
     */
    public Placement locate(String tenant) throws SQLException {
        long began = System.nanoTime();
        try {
            return look(tenant);
        } finally {
            meters.located(System.nanoTime() - began);
        }
    }

    private Placement look(String tenant) throws SQLException {
        long end = System.nanoTime() + deadline.toNanos();
        for (int round = 0; ; round++) {
            Topology now = topology.get();
            Transition transition = now.transition();
            String source = transition == null ? home(now.map(), tenant) : transition.source(tenant);
            String target = transition == null ? source : transition.target(tenant);
            if (!now.isGuarded(source) && !now.isGuarded(target)) {
                return Placement.unguarded(tenant, source);
            }
            Look look =
                    source.equals(target) ? lookAtHome(tenant, source, end) : lookAtBoth(tenant, source, target, end);
            if (look.placement != null) {
                return look.placement;
            }
            if (System.nanoTime() > end) {
                throw unavailable(tenant, look.found, null);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(Math.min(20, 1 + round)));
        }
    }

    private record Look(@Nullable Placement placement, String found) {}

    private Look lookAtHome(String tenant, String home, long end) throws SQLException {
        Optional<FenceRow> row = row(home, tenant, end);
        return isOpen(row)
                ? new Look(placement(row.get(), home, null), "")
                : new Look(null, "shard \"%s\" says %s".formatted(home, describe(row)));
    }

    /**
     * At most one side is open, so one that is open is the whole answer: what the other would say, or that it says nothing, does not
     * matter. A dead source must not hurt those who have left it.
     */
    private Look lookAtBoth(String tenant, String source, String target, long end) throws SQLException {
        Optional<FenceRow> here = Optional.empty();
        SQLException silent = null;
        try {
            long now = System.nanoTime();
            here = row(source, tenant, now + (end - now) / 2);
        } catch (SQLException e) {
            silent = e;
        }
        if (isOpen(here)) {
            return new Look(placement(here.get(), source, target), "");
        }
        Optional<FenceRow> there;
        try {
            there = row(target, tenant, end);
        } catch (SQLException e) {
            if (silent != null) {
                e.addSuppressed(silent);
            }
            throw e;
        }
        if (isOpen(there)) {
            return new Look(placement(there.get(), target, source), "");
        }
        if (silent != null) {
            throw silent;
        }
        shards.ask(source, end, one -> shards.ask(target, end, other -> Recovery.recover(one, other, tenant)));
        return new Look(
                null,
                "shard \"%s\" says %s, shard \"%s\" says %s"
                        .formatted(source, describe(here), target, describe(there)));
    }

    private Optional<FenceRow> row(String shard, String tenant, long end) throws SQLException {
        return shards.ask(shard, end, side -> Fence.read(side, tenant));
    }

    private static boolean isOpen(Optional<FenceRow> row) {
        return row.isPresent() && row.get().state() == FenceState.OPEN;
    }

    private static Placement placement(FenceRow row, String shard, @Nullable String other) {
        return new Placement(row.tenant(), shard, other, row.phase(), row.epoch(), row.lane());
    }

    private static String describe(Optional<FenceRow> row) {
        return row.map(FenceRow::toString).orElse("nothing");
    }
}
