package io.tenantshift.dualwrite.internal.lane;

import org.jspecify.annotations.Nullable;

/**
 * Refused: what was applied breaks a constraint, as a row that others still refer to. The transactions that make it good may come later in
 * the window; only at its end is this a failure for good.
 */
final class AppliedTooEarlyException extends ApplyFailedException {
    private static final long serialVersionUID = 1L;

    /** SQLState of a violated foreign key. */
    static final String FOREIGN_KEY = "23503";

    private final transient @Nullable TenantFailedException failure;

    /** An entry could not be applied yet. */
    AppliedTooEarlyException(TenantFailedException failure) {
        super(failure.getMessage() == null ? "" : failure.getMessage(), failure.state());
        this.failure = failure;
    }

    /** A constraint that waits for the commit does not hold yet. */
    AppliedTooEarlyException(String message, @Nullable String sqlState) {
        super(message, sqlState);
        this.failure = null;
    }

    /** What this is if nothing comes that makes it good. */
    ApplyFailedException unlessLater() {
        return failure == null ? this : failure;
    }
}
