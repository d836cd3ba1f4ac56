package io.tenantshift.migration;

import java.sql.SQLException;
import java.util.Set;

/** SQLStates of waits that the server's time-outs have ended: of one lock, of a statement. */
final class Timeouts {
    private static final Set<String> STATES = Set.of("55P03", "57014");

    private Timeouts() {}

    static boolean isTimeout(Throwable failure) {
        return failure instanceof SQLException sql && sql.getSQLState() != null && STATES.contains(sql.getSQLState());
    }
}
