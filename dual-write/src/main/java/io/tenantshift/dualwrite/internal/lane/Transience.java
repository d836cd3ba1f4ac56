package io.tenantshift.dualwrite.internal.lane;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Set;

/** Tells failures of the moment from failures of the data. Stateless. */
final class Transience {
    private static final Set<String> STATES = Set.of("40001", "40P01", "55P03", "25P03");

    private Transience() {}

    /** Whether the same step may succeed if it is tried again soon. */
    static boolean isTransient(SQLException e) {
        String state = e.getSQLState();
        if (state == null) {
            return e instanceof SQLTransientException || e instanceof SQLRecoverableException;
        }
        // 08 connection, 53 resources (too many connections, disk full), 57P0x the server is ending or starting; 25P03
        // a step idled so
        // long that the server took it for frozen.
        return STATES.contains(state) || state.startsWith("08") || state.startsWith("53") || state.startsWith("57P0");
    }
}
