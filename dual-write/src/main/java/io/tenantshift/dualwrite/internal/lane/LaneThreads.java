package io.tenantshift.dualwrite.internal.lane;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The one place where this module starts threads: daemons, named after their lane. */
final class LaneThreads {
    private static final int IDLE_SECONDS = 5;

    private LaneThreads() {}

    /** A started daemon thread {@code tenantshift-<name>}. */
    static Thread start(String name, Runnable body) {
        Thread thread = new Thread(body, "tenantshift-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** One daemon thread {@code tenantshift-<name>} that is there while it has something to do, and a little longer. */
    static ExecutorService onDemand(String name) {
        return new ThreadPoolExecutor(0, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), body -> {
            Thread thread = new Thread(body, "tenantshift-" + name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Ends such a thread and waits for it until a deadline, whoever interrupts; whether it has ended. */
    static boolean end(ExecutorService onDemand, long deadline) {
        onDemand.shutdown();
        return await(nanos -> onDemand.awaitTermination(nanos, TimeUnit.NANOSECONDS), deadline);
    }

    /** Waits for a thread until a deadline, whoever interrupts; whether it has ended. */
    static boolean join(Thread thread, long deadline) {
        return await(
                nanos -> {
                    TimeUnit.NANOSECONDS.timedJoin(thread, nanos);
                    return !thread.isAlive();
                },
                deadline);
    }

    /** Waits for so long at most. */
    private interface Wait {
        boolean forNanos(long nanos) throws InterruptedException;
    }

    /** The interrupt is kept. */
    private static boolean await(Wait wait, long deadline) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return wait.forNanos(deadline - System.nanoTime());
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
