package io.tenantshift.testkit.fault;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A fault that waits for its message. Safe for any thread. */
public final class Trigger {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Predicate<Message> which;
    private final Fault fault;
    private final AtomicInteger left;
    private final CountDownLatch fired = new CountDownLatch(1);

    Trigger(int nth, Predicate<Message> which, Fault fault) {
        if (nth < 1) {
            throw new IllegalArgumentException("a trigger cannot wait for message number " + nth + "; the first is 1");
        }
        this.which = which;
        this.fault = fault;
        this.left = new AtomicInteger(nth);
    }

    /** Whether its message has come. */
    public boolean isFired() {
        return fired.getCount() == 0;
    }

    /** Waits until its message has come and the fault is there, a minute at most. */
    public void awaitFired() {
        try {
            if (!fired.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the message that was to bring the fault " + fault + " has not come within "
                        + DEADLINE.toSeconds() + " s; " + left + " more were awaited");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for the fault " + fault, e);
        }
    }

    /** Whether this message is the one. */
    boolean isDue(Message message) {
        return !isFired() && which.test(message) && left.decrementAndGet() == 0;
    }

    Fault fault() {
        return fault;
    }

    void hasFired() {
        fired.countDown();
    }
}
