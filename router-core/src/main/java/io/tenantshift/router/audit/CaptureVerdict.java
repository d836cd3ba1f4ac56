package io.tenantshift.router.audit;

/** Whether what a statement writes could be captured in a transition. */
public enum CaptureVerdict {
    /** It writes no table of a group. */
    NOTHING_TO_CAPTURE,
    /** It is captured in the same statement. */
    CAPTURED,
    /** Its text does not show all rows that it writes; triggers on the tables would. */
    NEEDS_TRIGGERS,
    /** It would be refused. */
    REFUSED
}
