package io.tenantshift.dualwrite.internal.lane;

/** How a step ended, if nothing failed. */
sealed interface StepOutcome {
    /**
     * The window has been applied to its end.
     *
     * @param position where the lane is now
     * @param applied entries written to the target
     * @param fresh whether the window ended at the step's own snapshot, not at one that was stored before a restart
     * @param incarnation of the source that the step read
     * @param held the tenants that it was not applied for
     */
    record WindowApplied(Position position, int applied, boolean fresh, String incarnation, HeldBack held)
            implements StepOutcome {}

    /** A tenant's epoch on the target was not known from before the source was read. It is now; the step is to be repeated. */
    record EpochLearnt() implements StepOutcome {}

    /** A tenant of the window is {@code ready} on the target: an attempt has prepared it. The step is to be repeated once that has ended. */
    record AttemptUnderWay(String tenant) implements StepOutcome {}
}
