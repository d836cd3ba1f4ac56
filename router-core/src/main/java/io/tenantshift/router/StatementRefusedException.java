package io.tenantshift.router;

import java.sql.SQLFeatureNotSupportedException;
import org.jspecify.annotations.Nullable;

/** Refused: a statement that cannot be routed or captured without loss. It was not sent; the transaction is as it was before. */
public final class StatementRefusedException extends SQLFeatureNotSupportedException {
    private static final long serialVersionUID = 1L;

    /** SQLState 0A000; the message says what was found, what was done and what to do. */
    public StatementRefusedException(String message, @Nullable Throwable cause) {
        super(message, "0A000", cause);
    }
}
