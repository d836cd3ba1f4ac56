package io.tenantshift.router.control;

import io.tenantshift.router.control.ControlStore.Connector;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Runs each piece of work in a transaction of its own. Safe for any thread, unless it keeps one connection.
 *
 * @param keeps whether the connector gives the same connection each time, which is not closed
 */
record ControlTransactions(Connector connector, boolean keeps) {
    /** Work in a transaction; what it throws rolls it back. */
    @FunctionalInterface
    interface Body<R> {
        R run(Connection connection) throws SQLException;
    }

    <R> R in(Body<R> body) throws SQLException {
        if (keeps) {
            return on(connector.connect(), body);
        }
        try (Connection connection = connector.connect()) {
            return on(connection, body);
        }
    }

    private static <R> R on(Connection connection, Body<R> body) throws SQLException {
        connection.setAutoCommit(false);
        try {
            R result = body.run(connection);
            connection.commit();
            connection.setAutoCommit(true);
            return result;
        } catch (SQLException | RuntimeException e) {
            try {
                connection.rollback();
                connection.setAutoCommit(true);
            } catch (SQLException broken) {
                e.addSuppressed(broken);
            }
            throw e;
        }
    }
}
