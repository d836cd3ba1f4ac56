package io.tenantshift.dualwrite.internal.lane;

import java.sql.SQLException;

/**
 * Is told where a step is, on the lane's thread: for tests that force an order of events. What it throws ends the step there, as a crash
 * would.
 */
public interface StepListener {
    /** Hears nothing. */
    StepListener NONE = new StepListener() {};

    /** The source's snapshot has been taken and the first piece of the window read; the target has not been touched by it. */
    default void afterWindowRead(LaneId lane) throws SQLException {}

    /** The piece, the work and the position are written, not committed. */
    default void beforeCommit(LaneId lane) throws SQLException {}

    /** They are durable; nobody has been told. */
    default void afterCommit(LaneId lane) throws SQLException {}

    /** A tenant's row in quarantine is written, not committed. */
    default void beforeHold(LaneId lane) throws SQLException {}

    /** It is durable; the lane has not gone on yet. */
    default void afterHold(LaneId lane) throws SQLException {}

    /** A released tenant's last entries are written and his row is removed, not committed. */
    default void beforeRejoin(LaneId lane) throws SQLException {}
}
