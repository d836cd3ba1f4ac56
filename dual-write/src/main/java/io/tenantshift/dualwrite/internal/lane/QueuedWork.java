package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.router.spi.Boundaries.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Work that waits for a boundary of a lane, or is in one. The future is completed once, by whoever comes first; run and finished by the
 * lane's thread.
 */
final class QueuedWork<R> {
    private final Work<R> work;
    private final CompletableFuture<R> future = new CompletableFuture<>();
    private final long since = System.nanoTime();
    private @Nullable Runnable completion;

    QueuedWork(Work<R> work) {
        this.work = work;
    }

    CompletableFuture<R> future() {
        return future;
    }

    String tenant() {
        return work.tenant();
    }

    long captureEpoch() {
        return work.captureEpoch();
    }

    boolean isDone() {
        return future.isDone();
    }

    /** Whether it has been run in a transaction that has not been committed yet. */
    boolean isRun() {
        return completion != null;
    }

    long waitingNanos() {
        return System.nanoTime() - since;
    }

    void run(Connection source, Connection target) throws SQLException {
        R result = work.run(source, target);
        completion = () -> future.complete(result);
    }

    /** To be called after the commit. */
    void complete() {
        Runnable ready = completion;
        if (ready == null) {
            throw new IllegalStateException("work for tenant \"%s\" has not been run".formatted(tenant()));
        }
        ready.run();
    }

    void fail(Throwable cause) {
        future.completeExceptionally(cause);
    }
}
