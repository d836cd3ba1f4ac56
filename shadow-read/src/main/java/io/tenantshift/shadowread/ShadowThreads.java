package io.tenantshift.shadowread;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes all threads of this module: daemons, {@code tenantshift-shadow-1} and so on. */
final class ShadowThreads implements ThreadFactory {
    private final AtomicInteger made = new AtomicInteger();

    /** Workers with a queue of a fixed length; what does not fit is rejected. Threads start with the first work. */
    static ThreadPoolExecutor pool(int workers, int queueCapacity) {
        return new ThreadPoolExecutor(
                workers, workers, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queueCapacity), new ShadowThreads());
    }

    private ShadowThreads() {}

    @Override
    public Thread newThread(Runnable work) {
        Thread thread = new Thread(work, "tenantshift-shadow-" + made.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }
}
