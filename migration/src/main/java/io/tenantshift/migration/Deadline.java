package io.tenantshift.migration;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The moment at which a step must have let go of a tenant's writers, and the time-outs that make the server enforce it. Immutable.
 *
 * <p>Three time-outs, because each bounds something else: {@code lock_timeout} one single wait (waits add up: seventeen seconds have been
 * seen under 250 ms), {@code statement_timeout} a statement with all its waits, {@code idle_in_transaction_session_timeout} a
 * coordinator that is frozen between two statements. All three are set to what remains, again and again as the step goes on: set once,
 * a coordinator that freezes late would hold the writers for up to twice the budget.
 */
final class Deadline {
    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    static Deadline after(Duration budget) {
        return new Deadline(System.nanoTime() + budget.toNanos());
    }

    long remainingNanos() {
        return end - System.nanoTime();
    }

    boolean isOver() {
        return remainingNanos() <= 0;
    }

    /** What remains, rounded up; at least one, since the server takes zero for "no limit". */
    long remainingMillis() {
        return Math.max(1, (remainingNanos() + 999_999) / 1_000_000);
    }

    /** Lets the server end what this connection's open transaction does when the deadline is reached; until the transaction ends. */
    void arm(Connection inTransaction) throws SQLException {
        String millis = Long.toString(remainingMillis());
        try (PreparedStatement set = inTransaction.prepareStatement("""
                select set_config('lock_timeout', ?, true), set_config('statement_timeout', ?, true),
                       set_config('idle_in_transaction_session_timeout', ?, true)""")) {
            for (int i = 1; i <= 3; i++) {
                set.setString(i, millis);
            }
            set.executeQuery().close();
        }
    }
}
