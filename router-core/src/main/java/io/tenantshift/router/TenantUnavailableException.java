package io.tenantshift.router;

import java.sql.SQLTransientException;
import org.jspecify.annotations.Nullable;

/** Refused: no side of a tenant accepted it before the deadline. Nothing was executed; safe to retry. */
public final class TenantUnavailableException extends SQLTransientException {
    private static final long serialVersionUID = 1L;

    /** SQLState TS012; the message says what was found, what was done and what to do. */
    public TenantUnavailableException(String message, @Nullable Throwable cause) {
        super(message, "TS012", cause);
    }
}
