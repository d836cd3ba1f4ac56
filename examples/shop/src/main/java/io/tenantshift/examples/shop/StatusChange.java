package io.tenantshift.examples.shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.UUID;

/** Changes an order's status, in one of the ways that services have. */
record StatusChange(Order order, String status, How how, Ledger ledger) implements Operation {
    /** The ways. */
    enum How {
        /** Prepared, autocommit. */
        PREPARED,
        /** Text with literals, autocommit. */
        LITERAL,
        /** A transaction that takes back a part of itself. */
        SAVEPOINT,
        /** As PREPARED; sent by a client whose door is a {@link Saboteur}'s, and nobody works on the order any more. */
        SABOTAGE
    }

    private static final String UPDATE =
            "update orders set status = ?, version = version + 1, change_ref = ?, updated_at = now() where tenant_id = ? and ";

    @Override
    public boolean writes() {
        return true;
    }

    @Override
    public void run(Connection connection, Attempt attempt) throws SQLException {
        switch (how) {
            case PREPARED, SABOTAGE -> {
                mayCommit(attempt);
                change(connection, attempt.token());
                acknowledged(attempt);
            }
            case LITERAL -> {
                mayCommit(attempt);
                changeByText(connection, attempt.token());
                acknowledged(attempt);
            }
            case SAVEPOINT ->
                Operation.inTransaction(connection, () -> {
                    changeAndChangeYourMind(connection, attempt.token());
                    mayCommit(attempt);
                    connection.commit();
                    acknowledged(attempt);
                });
        }
    }

    private void mayCommit(Attempt attempt) {
        attempt.mayCommit(() -> {
            order.mayBe(order.state().changed(status, attempt.token()));
            ledger.setAside(order);
        });
    }

    private void acknowledged(Attempt attempt) {
        attempt.acknowledged(() -> {
            order.is(order.state().changed(status, attempt.token()));
            if (how == How.SABOTAGE) {
                ledger.setAside(order);
            }
        });
    }

    private void change(Connection connection, UUID token) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE + "id = ?")) {
            update.setString(1, status);
            update.setObject(2, token);
            update.setString(3, order.facts().tenant().id());
            update.setLong(4, order.facts().id());
            expectOne(update.executeUpdate());
        }
    }

    private void changeByText(Connection connection, UUID token) throws SQLException {
        try (Statement update = connection.createStatement()) {
            expectOne(update.executeUpdate(
                    "update orders set status = '%s', version = version + 1, change_ref = '%s' where tenant_id = '%s' and order_ref = '%s'"
                            .formatted(
                                    status,
                                    token,
                                    order.facts().tenant().id().replace("'", "''"),
                                    order.facts().ref())));
        }
    }

    private void changeAndChangeYourMind(Connection connection, UUID token) throws SQLException {
        String tenant = order.facts().tenant().id();
        long id = order.facts().id();
        Savepoint first = connection.setSavepoint();
        try (PreparedStatement wrong = connection.prepareStatement(
                "update order_lines set quantity = quantity + 7 where tenant_id = ? and order_id = ?")) {
            wrong.setString(1, tenant);
            wrong.setLong(2, id);
            wrong.executeUpdate();
        }
        connection.rollback(first);
        change(connection, token);
        Savepoint second = connection.setSavepoint("second_thoughts");
        try (PreparedStatement wrong = connection.prepareStatement(
                "insert into payments (tenant_id, order_id, token, amount, method) values (?, ?, gen_random_uuid(), 0.01, 'gift')")) {
            wrong.setString(1, tenant);
            wrong.setLong(2, id);
            wrong.executeUpdate();
        }
        connection.rollback(second);
        Savepoint third = connection.setSavepoint();
        try (PreparedStatement touch = connection.prepareStatement(
                "update orders set meta = coalesce(meta, '{}') || jsonb_build_object('touched', clock_timestamp()), x_moment = now(), "
                        + "x_double = random() where tenant_id = ? and id = ?")) {
            touch.setString(1, tenant);
            touch.setLong(2, id);
            expectOne(touch.executeUpdate());
        }
        connection.releaseSavepoint(third);
    }

    private static void expectOne(int count) throws SQLException {
        if (count != 1) {
            throw Operation.unexpected("an order's status was to change: one row expected, found " + count);
        }
    }
}
