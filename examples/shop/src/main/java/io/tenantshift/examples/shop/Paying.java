package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Order.Payment;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/** Pays for an order: one insert in autocommit, whose generated values the client shows to the buyer. */
record Paying(Order order, long cents, How how, Ledger ledger) implements Operation {
    /** The ways in which services ask for what the database has made. */
    enum How {
        RETURNING,
        KEY_NAMES,
        ALL_KEYS
    }

    private static final String INSERT =
            "insert into payments (tenant_id, order_id, token, amount) values (?, ?, ?, ?)";

    @Override
    public boolean writes() {
        return true;
    }

    @Override
    public void run(Connection connection, Attempt attempt) throws SQLException {
        try (PreparedStatement insert = prepare(connection)) {
            insert.setString(1, order.facts().tenant().id());
            insert.setLong(2, order.facts().id());
            insert.setObject(3, attempt.token());
            insert.setBigDecimal(4, java.math.BigDecimal.valueOf(cents, 2));
            attempt.mayCommit(() -> {
                order.paid(new Payment(attempt.token(), cents, null, false));
                ledger.setAside(order);
            });
            if (how == How.RETURNING) {
                try (ResultSet row = insert.executeQuery()) {
                    acknowledge(row, attempt);
                }
            } else {
                insert.executeUpdate();
                try (ResultSet row = insert.getGeneratedKeys()) {
                    acknowledge(row, attempt);
                }
            }
        }
    }

    private PreparedStatement prepare(Connection connection) throws SQLException {
        return switch (how) {
            case RETURNING -> connection.prepareStatement(INSERT + " returning receipt, id, paid_at");
            case KEY_NAMES -> connection.prepareStatement(INSERT, new String[] {"receipt", "id"});
            case ALL_KEYS -> connection.prepareStatement(INSERT, Statement.RETURN_GENERATED_KEYS);
        };
    }

    private void acknowledge(ResultSet row, Attempt attempt) throws SQLException {
        if (!row.next()) {
            throw Operation.unexpected("an inserted payment returned no row");
        }
        UUID receipt = row.getObject("receipt", UUID.class);
        attempt.acknowledged(() -> order.paid(new Payment(attempt.token(), cents, receipt, true)));
    }
}
