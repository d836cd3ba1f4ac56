package io.tenantshift.router.internal;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Which failures are the shard's fault and which are its users': by SQLState and by what became of the connection, never by a message.
 * Stateless.
 *
 * <p>A statement that fails proves the shard alive, whatever its SQLState, as long as the connection lives on: the server has answered. So
 * most states count only if the connection is dead afterwards. Functions may raise any of them, foreign tables report another server's
 * death as 08001, and a lost race on a catalog row is an internal error (XX000). The exceptions are 58000 and 58030: the server's own
 * disk or system has failed under the statement, and only the server raises them.
 */
public final class ShardFailures {
    private ShardFailures() {}

    /** Whether a connection could not be opened because of the shard, and not of who wanted to open it. */
    public static boolean whileConnecting(SQLException e) {
        return isShards(e.getSQLState());
    }

    /**
     * Whether a statement failed because of the shard.
     *
     * @param dead whether its connection cannot be used any more
     */
    public static boolean ofStatement(SQLException e, boolean dead) {
        String state = e.getSQLState();
        return "58000".equals(state) || "58030".equals(state) || (dead && isShards(state));
    }

    private static boolean isShards(@Nullable String state) {
        if (state == null || state.length() != 5) {
            return false;
        }
        return switch (state.substring(0, 2)) {
            // Connections, the system around the server, its own defects and crashes.
            case "08", "58", "XX" -> true;
            default ->
                switch (state) {
                    // Ended by its operator, by a crash of a neighbour, or still starting; no place left.
                    case "57P01", "57P02", "57P03", "53300" -> true;
                    default -> false;
                };
        };
    }
}
