package io.tenantshift.dualwrite.internal.lane;

/** The one place where this module starts threads: daemons, named after their lane. */
final class LaneThreads {
    private LaneThreads() {}

    /** A started daemon thread {@code tenantshift-<name>}. */
    static Thread start(String name, Runnable body) {
        Thread thread = new Thread(body, "tenantshift-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
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
