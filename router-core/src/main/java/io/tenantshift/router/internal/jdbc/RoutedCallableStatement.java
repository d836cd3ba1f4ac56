package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.internal.jdbc.Unit.Need;
import io.tenantshift.router.sql.KeysRequest;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A logical call of a procedure or function. What it writes is known to nobody, so behind the fence it is a transaction of its own. */
final class RoutedCallableStatement extends RecordingCallableStatement {
    private final List<Registration> registrations = new ArrayList<>();

    RoutedCallableStatement(RoutedConnection connection, Analysis analysis, StatementSettings settings) {
        super(connection, analysis, settings);
    }

    @Override
    Need need(Analysis analysis) {
        Need need = super.need(analysis);
        return need == Need.STRING ? Need.TRANSACTION : need;
    }

    @Override
    PreparedStatement prepare(Connection driver, String text, int type, StatementSettings with, KeysRequest keys)
            throws SQLException {
        CallableStatement made = with == StatementSettings.PLAIN
                ? driver.prepareCall(text)
                : driver.prepareCall(text, type, with.concurrency, with.holdability);
        for (Registration registration : registrations) {
            registration.on(made);
        }
        return made;
    }

    @Override
    void register(Registration registration) throws SQLException {
        Statement live = live();
        if (live != null) {
            registration.on((CallableStatement) live);
        }
        registrations.add(registration);
    }

    @Override
    CallableStatement byName() throws SQLException {
        return (CallableStatement) asked();
    }

    @Override
    CallableStatement executed() throws SQLException {
        return (CallableStatement) asked();
    }
}
