package io.tenantshift.router;

import java.sql.SQLNonTransientException;
import org.jspecify.annotations.Nullable;

/** Refused: a statement was executed without a tenant. Nothing was sent to any database. */
public final class NoTenantException extends SQLNonTransientException {
    private static final long serialVersionUID = 1L;

    /** SQLState TS010; the message says what was found, what was done and what to do. */
    public NoTenantException(String message, @Nullable Throwable cause) {
        super(message, "TS010", cause);
    }
}
