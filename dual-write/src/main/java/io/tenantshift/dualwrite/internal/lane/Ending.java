package io.tenantshift.dualwrite.internal.lane;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Something with threads of its own that has been told to end. Whoever ends it waits for a bounded time, whatever its servers do. */
interface Ending {
    /** For a step to be finished; then its connections are ended. */
    Duration PATIENCE = Duration.ofSeconds(5);

    /** For threads whose connections have been ended; then they are left. */
    Duration LAST_PATIENCE = Duration.ofSeconds(2);

    /** Waits until its threads have ended, whoever interrupts; false if they have not at the deadline, by {@link System#nanoTime}. */
    boolean await(long deadline);

    /** Ends the connections of its threads, without waiting. */
    void disconnect();

    /** The names of its threads. */
    String threads();

    /** Ends all at once. */
    static void all(String router, Collection<Ending> endings) {
        List<Ending> waiting = unended(endings, PATIENCE);
        waiting.forEach(Ending::disconnect);
        Logger log = LoggerFactory.getLogger(Ending.class);
        for (Ending left : unended(waiting, LAST_PATIENCE)) {
            log.warn(
                    "router \"{}\": {} has not ended, {} s after it was told to and though its connections were ended; it is left, and ends when what it waits for does; a lease of its own lapses",
                    router,
                    left.threads(),
                    PATIENCE.plus(LAST_PATIENCE).toSeconds());
        }
    }

    private static List<Ending> unended(Collection<Ending> endings, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        return endings.stream().filter(ending -> !ending.await(deadline)).toList();
    }

    /** One thread. */
    record Single(Thread thread, Runnable disconnecting) implements Ending {
        @Override
        public boolean await(long deadline) {
            return LaneThreads.join(thread, deadline);
        }

        @Override
        public void disconnect() {
            disconnecting.run();
        }

        @Override
        public String threads() {
            return "thread \"" + thread.getName() + '"';
        }
    }
}
