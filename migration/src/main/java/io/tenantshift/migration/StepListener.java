package io.tenantshift.migration;

/**
 * Told at every point at which a coordinator may die or freeze, on the coordinator's thread. For tests of this module: what it throws
 * or how long it stays is what happens to the coordinator.
 */
@FunctionalInterface
interface StepListener {
    /** Nobody listens. */
    StepListener NONE = point -> {};

    /** The coordinator has come to a point, {@code "before 5"} and so on. */
    void reached(String point);
}
