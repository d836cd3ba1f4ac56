package io.tenantshift.router.internal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantUnavailableException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The homes of tenants that are in the control database, remembered up to a number. What a map version says of a tenant never changes, so
 * a home that was found is good as long as that version is in force; that there is none is remembered for a moment only, for the tenant
 * may be born. Safe for any thread.
 *
 * <p>Many who ask for one tenant make one query. When the control database fails, tenants that are remembered are served; others are
 * refused, for a moment without asking again, so that they do not queue for a database that is away.
 */
final class TenantDirectory {
    /** Asks the control database: the tenant's home under a map version. */
    @FunctionalInterface
    interface Query {
        Optional<String> find(String tenant, long mapVersion) throws SQLException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(TenantDirectory.class);
    private static final long MOMENT = Duration.ofSeconds(1).toNanos();

    private final String router;
    private final Query query;
    private final Duration patience;
    private final RouterMeters meters;
    private final Cache<String, Answer> answers;
    private final ConcurrentMap<String, CompletableFuture<Answer>> asking = new ConcurrentHashMap<>();
    private volatile @Nullable Failure failure;

    /** @param shard null if there is no row of the tenant */
    private record Answer(long mapVersion, @Nullable String shard, long at) {}

    private record Failure(SQLException cause, long at) {}

    /**
     * @param size how many tenants are remembered
     * @param patience how long one waits for another's query
     */
    TenantDirectory(String router, Query query, int size, Duration patience, RouterMeters meters) {
        this.router = router;
        this.query = query;
        this.patience = patience;
        this.meters = meters;
        this.answers = cache(size);
    }

    private Cache<String, Answer> cache(int size) {
        Caffeine<Object, Object> builder =
                Caffeine.newBuilder().maximumSize(size).executor(Runnable::run);
        if (meters.given() != null) {
            builder.recordStats();
        }
        Cache<String, Answer> cache = builder.build();
        meters.watch("directory", cache);
        return cache;
    }

    /**
     * The tenant's home under a map whose tenants are in the directory.
     *
     * @throws TenantUnavailableException if it has none, or the control database does not say
     */
    String shardOf(ShardMap map, String tenant) throws SQLException {
        Answer known = answers.getIfPresent(tenant);
        if (known != null && isGood(known, map.version())) {
            return home(known, tenant);
        }
        long began = System.nanoTime();
        try {
            return home(ask(map.version(), tenant), tenant);
        } finally {
            meters.directoryAnswered(System.nanoTime() - began);
        }
    }

    private static boolean isGood(Answer known, long mapVersion) {
        return known.mapVersion == mapVersion && (known.shard != null || System.nanoTime() - known.at < MOMENT);
    }

    private String home(Answer answer, String tenant) throws TenantUnavailableException {
        String shard = answer.shard;
        if (shard == null) {
            throw new TenantUnavailableException(
                    "router \"%s\": tenant \"%s\" has no row in the directory of shard map version %d; nothing was executed; assign it a shard by Directory.born, then retry"
                            .formatted(router, tenant, answer.mapVersion),
                    null);
        }
        return shard;
    }

    private Answer ask(long mapVersion, String tenant) throws SQLException {
        Failure last = failure;
        if (last != null && System.nanoTime() - last.at < MOMENT) {
            throw unavailable(tenant, "the control database failed a moment ago", last.cause);
        }
        CompletableFuture<Answer> mine = new CompletableFuture<>();
        CompletableFuture<Answer> other = asking.putIfAbsent(tenant, mine);
        if (other != null) {
            return await(other, mapVersion, tenant);
        }
        try {
            // Who asked before may have just ended.
            Answer known = answers.getIfPresent(tenant);
            Answer answer = known != null && isGood(known, mapVersion) ? known : query(mapVersion, tenant);
            mine.complete(answer);
            return answer;
        } catch (SQLException | RuntimeException e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            asking.remove(tenant, mine);
        }
    }

    private Answer query(long mapVersion, String tenant) throws SQLException {
        try {
            meters.countDirectoryQuery();
            Answer answer =
                    new Answer(mapVersion, query.find(tenant, mapVersion).orElse(null), System.nanoTime());
            answers.put(tenant, answer);
            if (failure != null) {
                failure = null;
                LOG.info("router \"{}\": the directory in the control database answers again", router);
            }
            return answer;
        } catch (SQLException e) {
            if (failure == null) {
                LOG.warn(
                        "router \"{}\": the directory in the control database does not answer (SQLState {}); the {} tenants that are remembered are served, others are refused; trying again",
                        router,
                        e.getSQLState(),
                        answers.estimatedSize(),
                        e);
            }
            failure = new Failure(e, System.nanoTime());
            throw unavailable(tenant, "the control database failed", e);
        }
    }

    private Answer await(CompletableFuture<Answer> other, long mapVersion, String tenant) throws SQLException {
        try {
            Answer answer = other.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            // Another map came in force meanwhile.
            return answer.mapVersion == mapVersion ? answer : query(mapVersion, tenant);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(tenant, "interrupted while another thread asks", e);
        } catch (TimeoutException e) {
            throw unavailable(tenant, "another thread has asked for %d ms".formatted(patience.toMillis()), e);
        } catch (ExecutionException e) {
            throw unavailable(tenant, "another thread that asked failed", e.getCause());
        }
    }

    private TenantUnavailableException unavailable(String tenant, String found, @Nullable Throwable cause) {
        meters.countDirectoryRefusal();
        return new TenantUnavailableException(
                "router \"%s\": nobody can say where tenant \"%s\" lives: its home is in the directory, which is not remembered here, and %s; nothing was executed; retry when the control database answers"
                        .formatted(router, tenant, found),
                cause);
    }

    /** Drops what is remembered of a tenant. */
    void forget(String tenant) {
        answers.invalidate(tenant);
    }
}
