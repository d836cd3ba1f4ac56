package io.tenantshift.dualwrite;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Refused: work for a boundary was not run, because the lane or the tenant's fence rows do not allow it. Nothing of it is on the target.
 */
public final class BoundaryRefusedException extends SQLException {
    private static final long serialVersionUID = 1L;

    /** SQLState of this refusal. */
    public static final String SQL_STATE = "TS020";

    /** The message says what was found and what to do. */
    public BoundaryRefusedException(String message, @Nullable Throwable cause) {
        super(message, SQL_STATE, cause);
    }
}
