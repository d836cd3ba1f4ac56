package io.tenantshift.migration;

import java.sql.SQLException;

/**
 * Failed, but known: a copy has stopped before its end. What has been copied is kept with its cursor; the cause says whether going on makes
 * sense.
 */
public final class BackfillStoppedException extends SQLException {
    private static final long serialVersionUID = 1L;

    /** SQLState of the cause. */
    public BackfillStoppedException(String message, SQLException cause) {
        super(message, cause.getSQLState(), cause);
    }
}
