package io.tenantshift.router;

import java.sql.SQLNonTransientException;
import org.jspecify.annotations.Nullable;

/** Refused: the tenant of the thread changed inside a transaction. The statement was not sent; the transaction is still open on the first tenant's shard. */
public final class TenantChangedException extends SQLNonTransientException {
    private static final long serialVersionUID = 1L;

    /** SQLState 25000; the message says what was found, what was done and what to do. */
    public TenantChangedException(String message, @Nullable Throwable cause) {
        super(message, "25000", cause);
    }
}
