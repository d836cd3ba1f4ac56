package io.tenantshift.dualwrite.internal.lane;

/**
 * Ownership unknown: the source has lost commits, or is another server than the one that the position was read from. Nothing was applied,
 * and no further try will help: an operator has to say how it goes on.
 */
final class OwnershipUnknownException extends ApplyFailedException {
    private static final long serialVersionUID = 1L;

    /** SQLState of this failure. */
    static final String SQL_STATE = "TS023";

    OwnershipUnknownException(LaneId lane, String found) {
        super(
                "ownership unknown: %s; the position of lane \"%s\" counts for nothing until ownership has been recovered"
                        .formatted(found, lane),
                SQL_STATE);
    }
}
