package io.tenantshift.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Forces an order of events upon threads, without sleeps: a thread under test stops at a named checkpoint until the test
 * lets it go on.
 *
 * <pre>{@code
 * Checkpoints points = new Checkpoints();
 * // in the hook of the thread under test
 * points.reach("chunk read");
 * // in the test
 * points.awaitReached("chunk read");
 * cluster.execute("legacy", "UPDATE ...");
 * points.release("chunk read");
 * }</pre>
 *
 * <p>A release lets one arrival pass and may come first. {@link #open} lets all pass from then on; {@link #openAll} ends
 * the game, for {@code finally} blocks. Nothing waits longer than the deadline, a minute unless told otherwise; the
 * failure then says what had happened until then, in order.
 *
 * <p>Thread-safe.
 */
public final class Checkpoints {

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Duration deadline;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Point> points = new HashMap<>();
    private final List<String> history = new ArrayList<>();
    private boolean allOpen;

    /** With a deadline of a minute. */
    public Checkpoints() {
        this(DEADLINE);
    }

    /** With a deadline for each single wait. */
    public Checkpoints(Duration deadline) {
        this.deadline = deadline;
    }

    /** Stops here until released. Arrivals at the same checkpoint each need a release of their own. */
    public void reach(String name) {
        lock.lock();
        try {
            Point point = point(name);
            point.arrived++;
            note("reached", name);
            await(
                    () -> allOpen || point.open || point.released > 0,
                    () -> "'" + name + "' was reached but never released");
            if (!allOpen && !point.open) {
                point.released--;
            }
            note("passed", name);
        } finally {
            lock.unlock();
        }
    }

    /** Notes that this point has been passed, without stopping. */
    public void pass(String name) {
        lock.lock();
        try {
            point(name).arrived++;
            note("passed", name);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a thread has come to the checkpoint, now or before. */
    public void awaitReached(String name) {
        awaitReached(name, 1);
    }

    /** Waits until threads have come to the checkpoint that often, all arrivals since the beginning counted. */
    public void awaitReached(String name, int times) {
        lock.lock();
        try {
            Point point = point(name);
            await(
                    () -> point.arrived >= times,
                    () -> "'" + name + "' was awaited " + times + " time(s), reached " + point.arrived + " time(s)");
        } finally {
            lock.unlock();
        }
    }

    /** Whether a thread has come to the checkpoint; does not wait. */
    public boolean isReached(String name) {
        lock.lock();
        try {
            return point(name).arrived > 0;
        } finally {
            lock.unlock();
        }
    }

    /** Lets one arrival go on: one that waits, or the next. */
    public void release(String name) {
        lock.lock();
        try {
            point(name).released++;
            note("released", name);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for an arrival, then lets it go on. */
    public void awaitAndRelease(String name) {
        awaitReached(name);
        release(name);
    }

    /** Lets every arrival at this checkpoint go on, those to come too. */
    public void open(String name) {
        lock.lock();
        try {
            point(name).open = true;
            note("opened", name);
        } finally {
            lock.unlock();
        }
    }

    /** Lets everything go on from now. */
    public void openAll() {
        lock.lock();
        try {
            allOpen = true;
            note("opened", "all");
        } finally {
            lock.unlock();
        }
    }

    /** What has happened so far, in order: {@code reached chunk read [main]} and so on. */
    public List<String> history() {
        lock.lock();
        try {
            return List.copyOf(history);
        } finally {
            lock.unlock();
        }
    }

    private Point point(String name) {
        return points.computeIfAbsent(name, n -> new Point());
    }

    private void note(String event, String name) {
        history.add(event + " " + name + " [" + Thread.currentThread().getName() + "]");
        changed.signalAll();
    }

    private void await(Reached condition, Supplier<String> failure) {
        long left = deadline.toNanos();
        try {
            while (!condition.holds()) {
                if (left <= 0) {
                    throw new AssertionError("checkpoint " + failure.get() + " within "
                            + TimeUnit.NANOSECONDS.toMillis(deadline.toNanos()) + " ms; until then: " + history);
                }
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("checkpoint " + failure.get() + ": interrupted; until then: " + history, e);
        }
    }

    private interface Reached {
        boolean holds();
    }

    private static final class Point {
        int arrived;
        int released;
        boolean open;
    }
}
