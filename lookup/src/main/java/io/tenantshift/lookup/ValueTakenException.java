package io.tenantshift.lookup;

import java.sql.SQLIntegrityConstraintViolationException;

/** Another tenant has the value. Nothing was claimed; the caller's transaction is to be rolled back. */
public final class ValueTakenException extends SQLIntegrityConstraintViolationException {
    private static final long serialVersionUID = 1L;

    /** SQLState 23505, as that of a unique index: frameworks translate it to what they have for that. */
    public ValueTakenException(String message) {
        super(message, "23505");
    }
}
