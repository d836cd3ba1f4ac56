package io.tenantshift.crossshard.internal;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The only place where this module makes threads: one, daemon, which starts ShardingSphere and ends when it has nothing to do. */
final class CrossShardThreads {
    private static final long IDLE_SECONDS = 5;

    private CrossShardThreads() {}

    static ExecutorService starter(String router) {
        ThreadPoolExecutor one =
                new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "tenantshift-" + router + "-cross-shard");
                    thread.setDaemon(true);
                    return thread;
                });
        one.allowCoreThreadTimeOut(true);
        return one;
    }
}
