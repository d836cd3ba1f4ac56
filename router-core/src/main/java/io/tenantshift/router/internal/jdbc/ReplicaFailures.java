package io.tenantshift.router.internal.jdbc;

import java.sql.SQLException;

/**
 * Which failures of a unit's first statement on a replica its primary may not have: by SQLState, never by a message. Everything else is the
 * caller's own doing and is told him as it is. Stateless.
 */
final class ReplicaFailures {
    private ReplicaFailures() {}

    /**
     * Whether the primary is to execute it: the replica is gone or going, short of something, cannot do what it was asked (it is read-only, it
     * is not serializable, it has no unlogged tables), or ended the statement because it had to replay.
     */
    static boolean leavesItToThePrimary(SQLException e) {
        String state = e.getSQLState();
        if (state == null || state.length() != 5) {
            return false;
        }
        return switch (state.substring(0, 2)) {
            case "08", "0A", "25", "40", "53", "55", "58", "XX" -> true;
            // Ended by its operator or by replaying; not what was cancelled or took too long.
            case "57" -> state.startsWith("57P");
            default -> false;
        };
    }

    /** Whether the connection is of no use afterwards. */
    static boolean breaks(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.startsWith("57P");
    }
}
