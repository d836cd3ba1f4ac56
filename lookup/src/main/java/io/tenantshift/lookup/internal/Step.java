package io.tenantshift.lookup.internal;

/** Where a claim or a look-up is; tests stop it there to force an order of events. */
public enum Step {
    /** An entry was read, and nothing has been decided by it. */
    READ,
    /** A tenant has been located, and his shard not yet asked. */
    LOCATED,
    /** An entry is known to stand for no row and for nobody who is writing one; it has not been changed. */
    JUDGED;

    /** Hears of steps, on the caller's thread. */
    @FunctionalInterface
    public interface Listener {
        /** Somebody has come so far. */
        void reached(Step step);
    }
}
