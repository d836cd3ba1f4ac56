package io.tenantshift.examples.shop;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;
import java.util.Set;

/** What an exception means to an ordinary service. */
enum Fault {
    /** Nothing was done; try again, as a framework would. */
    RETRY,
    /** The connection died while the answer was due: done or not done. */
    UNKNOWN,
    /** Anything else. */
    FAILED;

    private static final Set<String> ROLLED_BACK = Set.of("40001", "40P01");

    static Fault of(SQLException e, Attempt attempt) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        if (attempt.isAcknowledged()) {
            return FAILED;
        }
        if (ROLLED_BACK.contains(state)) {
            return RETRY;
        }
        boolean connection = state.startsWith("08")
                || state.startsWith("57P")
                || e instanceof SQLTransientConnectionException
                || e instanceof SQLNonTransientConnectionException
                || e instanceof SQLRecoverableException;
        if (connection && attempt.mayBeCommitted()) {
            return UNKNOWN;
        }
        return e instanceof SQLTransientException ? RETRY : FAILED;
    }
}
