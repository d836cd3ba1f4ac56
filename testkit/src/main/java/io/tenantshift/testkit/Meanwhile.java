package io.tenantshift.testkit;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What another one does in the middle of what is tested: once, when a step is reached. {@code reached} is handed to what is tested as the
 * listener of its steps. Safe for any thread; the event runs on the one that reaches the step.
 *
 * @param <S> the steps
 */
public final class Meanwhile<S extends Enum<S>> {
    private final AtomicReference<@Nullable Planned<S>> next = new AtomicReference<>();

    /** What happens. */
    @FunctionalInterface
    public interface Event {
        void happen() throws Exception;
    }

    private record Planned<S>(S step, Event event) {}

    /** Plans an event, in place of one that has not happened. */
    public void at(S step, Event event) {
        next.set(new Planned<>(step, event));
    }

    /** Forgets what has not happened. */
    public void nothing() {
        next.set(null);
    }

    /**
     * A step is reached.
     *
     * @throws AssertionError if the event fails
     */
    public void reached(S step) {
        Planned<S> due = next.get();
        if (due != null && due.step == step && next.compareAndSet(due, null)) {
            try {
                due.event.happen();
            } catch (Exception e) {
                throw new AssertionError("what was to happen at " + step + " failed", e);
            }
        }
    }
}
