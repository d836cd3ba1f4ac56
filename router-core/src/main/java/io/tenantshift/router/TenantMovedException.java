package io.tenantshift.router;

import java.sql.SQLTransactionRollbackException;
import org.jspecify.annotations.Nullable;

/** The transaction's placement is no longer valid after it had executed something: it is rolled back as by a serialization failure, and may be retried from its start. */
public final class TenantMovedException extends SQLTransactionRollbackException {
    private static final long serialVersionUID = 1L;

    /** SQLState 40001; the message says what was found, what was done and what to do. */
    public TenantMovedException(String message, @Nullable Throwable cause) {
        super(message, "40001", cause);
    }
}
