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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The generation in use, and the next one while it starts. A shard that comes or goes is followed in the background; who needs the new one
 * waits for it, everybody else goes on with the old one. Safe for any thread.
 */
public final class Generations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Generations.class);

    /** A start takes a processor for a second or more. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final RouterServices services;
    private final Collection<TableGroup> groups;
    private final Collection<String> references;
    private final Duration patience;
    private final ExecutorService starter;
    private @Nullable Generation current;
    private @Nullable CompletableFuture<Generation> starting;
    /** With these shards it did not start; not to be tried again before the time, by {@link System#nanoTime}. */
    private Set<String> failed = Set.of();

    private long failedUntil;
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

    /** Starts anew in the background; statements go on with what there is until then. */
    public CompletableFuture<Void> renew() {
        synchronized (this) {
            CompletableFuture<Generation> already = starting;
            // What starts now may have looked at the tables already.
            return already == null
                    ? next(wanted()).thenAccept(started -> {})
                    : already.handle((started, failure) -> null).thenCompose(ended -> renew());
        }
    }

    /** All shards of the router, so that one that was added is there when a map names it; without it if it does not answer. */
    private synchronized Set<String> wanted() {
        Set<String> all = new TreeSet<>(services.shards());
        return all.equals(failed) && System.nanoTime() < failedUntil
                ? services.topology().shards()
                : all;
    }

    /** Whether it is the newest there is. If shards have come or gone since, the next one is started in the background. */
    @SuppressWarnings("ReferenceEquality") // a generation is nobody else
    synchronized boolean isCurrent(Generation generation) {
        if (!closed && !generation.shards().equals(wanted())) {
            // Nobody waits for it here.
            CompletableFuture<Generation> unused = next(wanted());
        }
        return current == generation;
    }

    /** A generation that reaches these shards; to be left. */
    Generation enter(Set<String> needed) throws SQLException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            CompletableFuture<Generation> awaited;
            synchronized (this) {
                if (closed) {
                    throw closedAlready();
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

    private SQLException closedAlready() {
        return new SQLException(
                "router \"%s\": the DataSource across tenants is closed; nothing was started or sent"
                        .formatted(services.name()),
                "08003");
    }

    /** Starts the next one unless one starts; the caller holds the lock. */
    private CompletableFuture<Generation> next(Set<String> shards) {
        if (closed) {
            return CompletableFuture.failedFuture(closedAlready());
        }
        CompletableFuture<Generation> already = starting;
        if (already != null) {
            return already;
        }
        CompletableFuture<Generation> future = new CompletableFuture<>();
        starting = future;
        try {
            starter.execute(() -> start(shards, future));
        } catch (RuntimeException | Error e) {
            starting = null;
            future.completeExceptionally(e);
        }
        return future;
    }

    private void start(Set<String> shards, CompletableFuture<Generation> future) {
        try {
            Generation made = startWithout(shards);
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
        } catch (SQLException | RuntimeException | Error e) {
            // An error too, such as memory that is too small for so many classes: somebody waits.
            synchronized (this) {
                starting = null;
            }
            future.completeExceptionally(e);
        }
    }

    private Generation startWithout(Set<String> shards) throws SQLException {
        try {
            return Generation.start(services, shards, groups, references);
        } catch (SQLException | RuntimeException e) {
            Set<String> needed = services.topology().shards();
            if (needed.containsAll(shards) || isClosed()) {
                throw e;
            }
            LOG.warn(
                    "router \"{}\": ShardingSphere did not start over {}; tried with {}, which the shard map names; the others are tried again later",
                    services.name(),
                    shards,
                    needed,
                    e);
            synchronized (this) {
                failed = shards;
                failedUntil = System.nanoTime() + PAUSE_NANOS;
            }
            return Generation.start(services, needed, groups, references);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
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

    /** Waits for a start that is under way, as long as a statement would: ShardingSphere cannot be told to give one up. */
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
        try {
            if (!starter.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.warn(
                        "router \"{}\": closed while ShardingSphere starts, which takes longer than {} ms; its thread ends with the start, and what was started is closed then",
                        services.name(),
                        patience.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
