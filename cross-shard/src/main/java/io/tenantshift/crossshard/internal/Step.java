package io.tenantshift.crossshard.internal;

/** Where a statement across tenants is; tests stop it there to force an order of events. */
public enum Step {
    /** The fences were looked at, nothing was sent. */
    PINNED,
    /** All shards have begun to answer, the second look is still to come. */
    SENT,
    /** All shards have changed their rows and none has committed; the second look is still to come. */
    WRITTEN,
    /** The second look was good, and the first commit is the next thing. */
    COMMITTING,
    /** A shard has committed, and another is to follow. */
    BETWEEN_COMMITS;

    /** Hears of steps, on the caller's thread. */
    @FunctionalInterface
    public interface Listener {
        /** A statement has come so far. */
        void reached(Step step);
    }
}
