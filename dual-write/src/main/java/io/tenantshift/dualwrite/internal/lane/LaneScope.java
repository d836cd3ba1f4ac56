package io.tenantshift.dualwrite.internal.lane;

/**
 * What the parts of one lane share, for as long as this instance follows the lane.
 *
 * @param router its name, for messages
 * @param holder this instance's name in leases
 * @param health of the lane's target; shared with the other lanes that lead there
 * @param share of the lanes that this instance has; shared by all of them
 */
record LaneScope(
        LaneId lane,
        String router,
        String holder,
        LaneSettings settings,
        EpochMemory epochs,
        LaneMeters meters,
        TargetHealth health,
        FairShare share,
        StepListener listener) {}
