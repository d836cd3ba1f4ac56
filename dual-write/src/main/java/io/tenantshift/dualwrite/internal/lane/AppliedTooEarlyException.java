package io.tenantshift.dualwrite.internal.lane;

/**
 * Refused: a row cannot be deleted because others still refer to it. The transactions that deleted those may come later in the window;
 * only at its end is this a failure for good.
 */
final class AppliedTooEarlyException extends ApplyFailedException {
    private static final long serialVersionUID = 1L;

    /** SQLState of a violated foreign key. */
    static final String FOREIGN_KEY = "23503";

    AppliedTooEarlyException(String message) {
        super(message, FOREIGN_KEY);
    }
}
