package io.tenantshift.router.internal.jdbc;

import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/** What PostgreSQL's driver throws by itself, for the cases in which there is no statement or connection of its own to ask. */
final class DriverErrors {
    private DriverErrors() {}

    static SQLException connectionClosed() {
        return new PSQLException("This connection has been closed.", PSQLState.CONNECTION_DOES_NOT_EXIST);
    }

    static SQLException statementClosed() {
        return new PSQLException("This statement has been closed.", PSQLState.OBJECT_NOT_IN_STATE);
    }

    static SQLException noTransaction(String message) {
        return new PSQLException(message, PSQLState.NO_ACTIVE_SQL_TRANSACTION);
    }

    static SQLException invalid(String message) {
        return new PSQLException(message, PSQLState.INVALID_PARAMETER_VALUE);
    }

    static SQLException notImplemented(String message) {
        return new PSQLException(message, PSQLState.NOT_IMPLEMENTED);
    }

    static SQLException noRows() {
        return new PSQLException("No results were returned by the query.", PSQLState.NO_DATA);
    }

    static SQLException unexpectedRows() {
        return new PSQLException("A result was returned when none was expected.", PSQLState.TOO_MANY_RESULTS);
    }

    static SQLException textOnPrepared() {
        return new PSQLException(
                "Can't use query methods that take a query string on a PreparedStatement.",
                PSQLState.WRONG_OBJECT_TYPE);
    }
}
