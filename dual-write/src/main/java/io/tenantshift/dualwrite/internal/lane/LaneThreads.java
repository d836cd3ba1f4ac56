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

    /** Ends such a thread and waits for it. */
    static void end(ExecutorService onDemand) {
        onDemand.shutdown();
        boolean interrupted = false;
        while (!onDemand.isTerminated()) {
            try {
                onDemand.awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until a thread has ended, whoever interrupts; the interrupt is kept. */
    static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
