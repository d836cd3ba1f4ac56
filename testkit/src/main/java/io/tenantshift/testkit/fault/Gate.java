package io.tenantshift.testkit.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What every message of a proxy must pass: the faults that are in force now. Safe for any thread; one lock, nothing is sent under it. */
final class Gate {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Direction> frozen = EnumSet.noneOf(Direction.class);
    private final List<Trigger> triggers = new ArrayList<>();
    private long delayNanos;
    private int held;

    /**
     * Waits as long as the message is held.
     *
     * @param burst whether it follows directly upon another one, which has been delayed for both
     * @return the fault that the message brings, which has not been done yet
     */
    Optional<Trigger> pass(Link link, Message message, boolean burst) throws InterruptedException {
        lock.lock();
        try {
            Optional<Trigger> due =
                    triggers.stream().filter(trigger -> trigger.isDue(message)).findFirst();
            due.ifPresent(triggers::remove);
            if (due.isPresent() && due.get().fault() != Fault.FREEZE) {
                return due;
            }
            if (due.isPresent()) {
                link.freeze();
                due.get().hasFired();
            }
            awaitThaw(link, message.direction());
            long left = burst ? 0 : delayNanos;
            while (left > 0 && delayNanos > 0 && link.isOpen()) {
                left = changed.awaitNanos(left);
            }
            awaitThaw(link, message.direction());
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Holds the end of a stream back as any message. */
    void passEnd(Link link, Direction direction) throws InterruptedException {
        lock.lock();
        try {
            awaitThaw(link, direction);
        } finally {
            lock.unlock();
        }
    }

    private void awaitThaw(Link link, Direction direction) throws InterruptedException {
        held++;
        try {
            while (link.isOpen() && (link.isFrozen() || frozen.contains(direction))) {
                changed.await();
            }
        } finally {
            held--;
        }
    }

    /** How many messages and ends of streams wait for the thaw. */
    int held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    void add(Trigger trigger) {
        lock.lock();
        try {
            triggers.add(trigger);
        } finally {
            lock.unlock();
        }
    }

    void freeze(Set<Direction> directions) {
        change(() -> frozen.addAll(directions));
    }

    void delay(Duration delay) {
        change(() -> delayNanos = delay.toNanos());
    }

    /** Nothing is held any more, and no fault waits. */
    void open(Iterable<Link> links) {
        change(() -> {
            frozen.clear();
            triggers.clear();
            delayNanos = 0;
            links.forEach(Link::thaw);
        });
    }

    /** A link has been closed: whoever waits on its behalf must know. */
    void told() {
        change(() -> {});
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
