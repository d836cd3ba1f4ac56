package io.tenantshift.migration;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The end of a process that a signal asks for: the command ends in its own time and order, and its exit code is the process's, where a JVM
 * would say 143. Safe for any thread. One that is made with the constructor hears of no signal.
 */
final class SignalledEnd {
    /** What waits for this process then waits for its leases to lapse. */
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private static final int NOT_ENDED = 1;

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch reached = new CountDownLatch(1);
    private final AtomicInteger code = new AtomicInteger(NOT_ENDED);

    /** Listens to what asks this process to end; to be called once, and {@link #reached} must follow. */
    static SignalledEnd ofProcess() {
        SignalledEnd end = new SignalledEnd();
        Runtime.getRuntime().addShutdownHook(MigrationThreads.unstarted("tenantshift-end", end::halt));
        return end;
    }

    /** Waits; whether the process is to end now. */
    boolean await(Duration longest) {
        try {
            return asked.await(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Everything has been closed. */
    void reached(int exitCode) {
        code.set(exitCode);
        reached.countDown();
    }

    private void halt() {
        asked.countDown();
        try {
            if (!reached.await(LONGEST.toNanos(), TimeUnit.NANOSECONDS)) {
                System.err.println("tenantshift: not everything could be closed within %d s; leases lapse by themselves"
                        .formatted(LONGEST.toSeconds()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(code.get());
    }
}
