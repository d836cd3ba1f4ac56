package io.tenantshift.shadowread;

/** Why a read was sampled, perhaps compared, but came to no verdict. It says nothing about whether the sides are equal. */
public enum AbandonReason {
    /** The tenant is not open any more, or in another phase or epoch, on the side where the caller read. */
    MOVED,
    /** The lane had not applied what the caller's read could see when the wait for it was over. */
    LAGGING,
    /** The answers differed, and the lane did not give a boundary to look again: refused, failed or too late. */
    NO_BOUNDARY,
    /** The answers differed at the boundary, but so may two answers of one side: too many rows compete for the {@code LIMIT}. */
    UNDECIDED,
    /** The shadow reads were closed meanwhile. */
    CLOSED
}
