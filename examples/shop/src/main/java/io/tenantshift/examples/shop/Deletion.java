package io.tenantshift.examples.shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Deletes a cancelled, unpaid order; the database deletes its lines. */
record Deletion(Order order, Ledger ledger) implements Operation {
    @Override
    public boolean writes() {
        return true;
    }

    /** Whether an order may be deleted. */
    static boolean suits(Order order) {
        return order.state().status().equals("cancelled") && order.payments().isEmpty();
    }

    @Override
    public void run(Connection connection, Attempt attempt) throws SQLException {
        Operation.inTransaction(connection, () -> {
            delete(connection);
            attempt.mayCommit(() -> {
                order.mayBe(OrderState.ABSENT);
                ledger.setAside(order);
            });
            connection.commit();
            attempt.acknowledged(() -> {
                order.is(OrderState.ABSENT);
                ledger.setAside(order);
            });
        });
    }

    private void delete(Connection connection) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(
                "delete from orders where tenant_id = ? and id = ? and status = 'cancelled'")) {
            delete.setString(1, order.facts().tenant().id());
            delete.setLong(2, order.facts().id());
            int count = delete.executeUpdate();
            if (count != 1) {
                throw Operation.unexpected(
                        "a cancelled order was to be deleted: 1 row expected, found %d".formatted(count));
            }
        }
    }
}
