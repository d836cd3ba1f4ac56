package io.tenantshift.dualwrite.internal.lane;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Refused: an entry cannot be applied, now or by trying again at once. The transaction is rolled back, the position is unmoved. Without
 * the server's error as its cause: that quotes the values of rows, and this one goes to logs.
 */
class ApplyFailedException extends SQLException {
    private static final long serialVersionUID = 1L;

    /** SQLState of this failure where the server has not given one. */
    static final String SQL_STATE = "TS022";

    ApplyFailedException(String message) {
        this(message, SQL_STATE);
    }

    ApplyFailedException(String message, @Nullable String sqlState) {
        super(message, sqlState);
    }
}
