package io.tenantshift.shadowread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The comparisons that wait and run. Bounded; {@link #offer} never waits for a worker. Safe for any thread. */
final class ComparisonQueue {
    private final ThreadPoolExecutor workers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private int pending;

    ComparisonQueue(int workers, int capacity) {
        this.workers = ShadowThreads.pool(workers, capacity);
    }

    /** Whether a comparison would be refused now. */
    boolean isFull() {
        return workers.getQueue().remainingCapacity() == 0;
    }

    /** Queues a comparison; false if there is no room or the queue has been closed. */
    boolean offer(Runnable comparison) {
        add(1);
        try {
            workers.execute(() -> {
                try {
                    comparison.run();
                } finally {
                    add(-1);
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            add(-1);
            return false;
        }
    }

    /** How many wait or run. */
    int pending() {
        lock.lock();
        try {
            return pending;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until none waits or runs; false if the time was over before. */
    boolean awaitIdle(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lockInterruptibly();
        try {
            while (pending > 0) {
                if (left <= 0) {
                    return false;
                }
                left = idle.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Interrupts the workers and waits for them at most so long. What has not begun never will. */
    Closing close(Duration timeout) {
        List<Runnable> never = workers.shutdownNow();
        add(-never.size());
        boolean ended = false;
        try {
            ended = workers.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Closing(never.size(), ended);
    }

    /**
     * How the queue was closed.
     *
     * @param notBegun comparisons that were never begun
     * @param ended whether all workers have ended
     */
    record Closing(int notBegun, boolean ended) {}

    private void add(int change) {
        lock.lock();
        try {
            pending += change;
            if (pending == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
