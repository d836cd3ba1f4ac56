package io.tenantshift.testkit;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * One part in a test of several threads: a task on a thread of its own, from the moment it is made.
 *
 * <p>A pool will not do for tasks that stop at {@link Checkpoints}: the common pool of a JVM with two processors may have
 * one thread, and the second task would wait for the first to end. The leak check finds an actor that outlives its test.
 *
 * @param <T> what the task returns
 */
public final class Actor<T> {

    /** A task without a result. */
    @FunctionalInterface
    public interface Task {
        /** Does the work. */
        void run() throws Exception;
    }

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final FutureTask<T> task;
    private final Thread thread;

    private Actor(String name, Callable<T> work) {
        this.task = new FutureTask<>(work);
        this.thread = new Thread(task, "tenantshift-actor-" + name);
        thread.setDaemon(true);
    }

    /** Begins to work at once. */
    public static <T> Actor<T> call(String name, Callable<T> work) {
        Actor<T> actor = new Actor<>(name, work);
        actor.thread.start();
        return actor;
    }

    /** Begins to work at once, on a task without a result. */
    public static Actor<Boolean> run(String name, Task work) {
        return call(name, () -> {
            work.run();
            return true;
        });
    }

    /** Whether the task has ended, well or not. */
    public boolean isDone() {
        return task.isDone();
    }

    /** Waits a minute at most, then fails saying where the thread is. */
    public T await() throws Exception {
        return await(DEADLINE);
    }

    /** Waits for the end of the task and throws what the task threw. */
    public T await(Duration deadline) throws Exception {
        try {
            return task.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(
                    thread.getName() + " has not ended within " + deadline.toMillis() + " ms; it is at"
                            + Arrays.stream(thread.getStackTrace())
                                    .map(frame -> "\n    " + frame)
                                    .collect(Collectors.joining()),
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            if (e.getCause() instanceof Exception exception) {
                throw exception;
            }
            throw e;
        }
    }
}
