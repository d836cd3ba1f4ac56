package io.tenantshift.dualwrite.internal.lane;

import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What may be said of a server's error in logs and messages: names, never the values of rows. Stateless. */
final class ServerErrors {
    private ServerErrors() {}

    /** SQLState and names; the server's own words only where they cannot quote a value. */
    static String describe(SQLException e) {
        String state = "SQLState " + e.getSQLState();
        if (!(e instanceof PSQLException p)) {
            return String.valueOf(e.getMessage());
        }
        ServerErrorMessage server = p.getServerErrorMessage();
        if (server == null) {
            return state + ": " + e.getMessage();
        }
        if (server.getConstraint() != null) {
            return state + " by constraint \"" + server.getConstraint() + '"';
        }
        return quotesValues(e) ? state : state + ": " + server.getMessage();
    }

    /** Whether the message may show data: all may that tell of data, and what triggers raise. */
    private static boolean quotesValues(SQLException e) {
        return Fault.of(e) == Fault.TENANT;
    }
}
