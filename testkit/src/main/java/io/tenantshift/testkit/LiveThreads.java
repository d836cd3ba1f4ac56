package io.tenantshift.testkit;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The threads of this JVM, as far as a test answers for them. */
final class LiveThreads {

    private LiveThreads() {}

    static Stream<Thread> all() {
        return Thread.getAllStackTraces().keySet().stream();
    }

    /**
     * Daemons are the business of whoever started them, unless they are this library's. The threads with which a pool opens and closes
     * connections come and go with its load; a pool that nobody has closed shows by its {@code :housekeeper}.
     */
    static boolean matter(Thread thread) {
        return thread.isAlive()
                && !thread.getName().contains(":connection-")
                && thread != Thread.currentThread()
                && (thread.getName().startsWith("tenantshift-")
                        || (!thread.isDaemon() && !thread.getName().startsWith("junit-")));
    }

    static String nameWithoutNumbers(Thread thread) {
        return thread.getName().replaceAll("[0-9]+", "#");
    }

    static String describe(Thread thread) {
        return "thread '" + thread.getName() + "', " + thread.getState() + ", at "
                + Arrays.stream(thread.getStackTrace())
                        .limit(6)
                        .map(StackTraceElement::toString)
                        .collect(Collectors.joining(" < "));
    }
}
