package io.tenantshift.crossshard.internal;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.spi.RouterServices;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The generation in use, and the next one while it starts. A shard that comes or goes is followed in the background; who needs the new one
 * waits for it, everybody else goes on with the old one. Safe for any thread.
 */
public final class Generations implements AutoCloseable {
    private final RouterServices services;
    private final Collection<TableGroup> groups;
    private final Collection<String> references;
    private final Duration patience;
    private final ExecutorService starter;
    private @Nullable Generation current;
    private @Nullable CompletableFuture<Generation> starting;
    private boolean closed;

    /** @param patience how long a statement waits for a start */
    public Generations(
            RouterServices services, Collection<TableGroup> groups, Collection<String> references, Duration patience) {
        this.services = services;
        this.groups = groups;
        this.references = references;
        this.patience = patience;
        this.starter = CrossShardThreads.starter(services.name());
    }

    /** Starts in the background unless that has been done. */
    public CompletableFuture<Void> warm() {
        synchronized (this) {
            if (current != null) {
                return CompletableFuture.completedFuture(null);
            }
            return next(wanted()).thenAccept(started -> {});
        }
    }

    /** The shards of the router, and none that nobody has. */
    private Set<String> wanted() {
        return new TreeSet<>(services.shards());
    }

    /** A generation that reaches these shards; to be left. */
    Generation enter(Set<String> needed) throws SQLException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            CompletableFuture<Generation> awaited;
            synchronized (this) {
                if (closed) {
                    throw new SQLException(
                            "router \"%s\": the DataSource across tenants is closed".formatted(services.name()),
                            "08003");
                }
                Generation now = current;
                if (now != null && !now.shards().equals(wanted())) {
                    awaited = next(wanted());
                } else {
                    awaited = starting;
                }
                if (now != null && now.shards().containsAll(needed) && now.enter()) {
                    return now;
                }
                if (awaited == null) {
                    awaited = next(wanted());
                }
            }
            await(awaited, end);
        }
    }

    /** Starts the next one unless one starts; the caller holds the lock. */
    private CompletableFuture<Generation> next(Set<String> shards) {
        CompletableFuture<Generation> already = starting;
        if (already != null) {
            return already;
        }
        CompletableFuture<Generation> future = new CompletableFuture<>();
        starting = future;
        starter.execute(() -> start(shards, future));
        return future;
    }

    private void start(Set<String> shards, CompletableFuture<Generation> future) {
        try {
            Generation made = Generation.start(services, shards, groups, references);
            Generation old;
            boolean late;
            synchronized (this) {
                late = closed;
                old = late ? made : current;
                current = late ? null : made;
                starting = null;
            }
            future.complete(made);
            if (old != null) {
                old.retire();
            }
        } catch (SQLException | RuntimeException | LinkageError e) {
            synchronized (this) {
                starting = null;
            }
            future.completeExceptionally(e);
        }
    }

    private void await(CompletableFuture<Generation> awaited, long end) throws SQLException {
        try {
            awaited.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notStarted("the thread was interrupted", e);
        } catch (ExecutionException e) {
            throw notStarted("it failed", e.getCause());
        } catch (TimeoutException e) {
            throw notStarted("it takes longer than %d ms".formatted(patience.toMillis()), e);
        }
    }

    private SQLException notStarted(String found, @Nullable Throwable cause) {
        return new SQLTransientException(
                "router \"%s\": ShardingSphere over the shards %s is not started: %s; nothing was sent; try again, or warm it when the service starts"
                        .formatted(services.name(), wanted(), found),
                "TS019",
                cause);
    }

    @Override
    public void close() {
        Generation last;
        synchronized (this) {
            closed = true;
            last = current;
            current = null;
        }
        starter.shutdown();
        if (last != null) {
            last.retire();
        }
    }
}
