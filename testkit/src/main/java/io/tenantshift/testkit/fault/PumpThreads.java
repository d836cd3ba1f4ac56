package io.tenantshift.testkit.fault;

import java.util.concurrent.atomic.AtomicInteger;

/** The threads of one proxy, named so that the leak check sees them. Safe for any thread. */
final class PumpThreads {
    private final String prefix;
    private final AtomicInteger number = new AtomicInteger();

    PumpThreads(int port) {
        this.prefix = FaultProxy.THREADS + port + "-";
    }

    Thread start(String work, Runnable task) {
        Thread thread = new Thread(task, prefix + work + "-" + number.incrementAndGet());
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
