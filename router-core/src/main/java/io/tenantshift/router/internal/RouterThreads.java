package io.tenantshift.router.internal;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** The only place where this module makes threads: each is named, daemon, and belongs to something that is closed. */
final class RouterThreads {
    private RouterThreads() {}

    /** One thread that runs a router's periodic work. */
    static ScheduledExecutorService single(String name) {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }
}
