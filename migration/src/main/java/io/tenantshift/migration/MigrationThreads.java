package io.tenantshift.migration;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The only place where this module makes threads: each is named, daemon, of a known number, and belongs to something that is closed. */
final class MigrationThreads {
    private MigrationThreads() {}

    static ScheduledExecutorService single(String name) {
        return new ScheduledThreadPoolExecutor(1, named(name));
    }

    /** Never queues more than its user submits; the rollout has at most one task per worker. */
    static ExecutorService workers(String name, int number) {
        return new ThreadPoolExecutor(
                number, number, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(number), named(name));
    }

    /** For a hook of the JVM's end, which starts it. */
    static Thread unstarted(String name, Runnable body) {
        return new Thread(body, name);
    }

    private static ThreadFactory named(String name) {
        AtomicInteger next = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + next.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
