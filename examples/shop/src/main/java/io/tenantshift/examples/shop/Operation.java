package io.tenantshift.examples.shop;

import java.sql.Connection;
import java.sql.SQLException;

/** Something that the shop does for a tenant, in plain JDBC, on a connection in autocommit. Run again from its start on a retry. */
sealed interface Operation permits Checkout, Deletion, Paying, Reading, StatusChange {
    /** Whether it changes anything. */
    boolean writes();

    /** Does it once; what it says to the attempt goes to the ledger. */
    void run(Connection connection, Attempt attempt) throws SQLException;

    /** What is done in a transaction; commits by itself. */
    @FunctionalInterface
    interface Body {
        void run() throws SQLException;
    }

    /** Runs a body with autocommit off and rolls back if it fails. */
    static void inTransaction(Connection connection, Body body) throws SQLException {
        connection.setAutoCommit(false);
        try {
            body.run();
        } catch (SQLException | RuntimeException e) {
            try {
                connection.rollback();
            } catch (SQLException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
        connection.setAutoCommit(true);
    }

    /** An answer that the shop did not expect; never retried. */
    static SQLException unexpected(String what) {
        return new SQLException("shop: " + what, "SHOP1");
    }
}
