package io.tenantshift.dualwrite.internal.lane;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Set;

/**
 * Whose fault a failed step is, by SQLState and never by a message. In doubt a known class of the server's own is the server's, for one
 * cause there would put tenant after tenant in quarantine; and a state that the server does not know, raised by a trigger, is the tenant's
 * whose row the trigger has seen. The lane's bound for tenants in quarantine is there for what this sorts wrongly.
 */
enum Fault {
    /** Nobody's: the same step may succeed if it is tried again soon. */
    MOMENT,

    /** The server's or its schema's, whoever writes there: somebody must look, and no tenant is to suffer for it. */
    SERVER,

    /** The data's: other tenants' entries can be applied. */
    TENANT;

    private static final Set<String> MOMENTARY = Set.of(
            // Read-only, for it is being promoted, demoted or saved from a full disk.
            "25006",
            // A step idled, or took, so long that the server took it for frozen.
            "25P03",
            "25P04",
            // Serialization, deadlocks, locks, objects in use, cancelled by an operator or a time-out.
            "40001",
            "40P01",
            "55P03",
            "55006",
            "57014");

    /** Connections; resources (disk, memory, connections); operators and crashes; the system around the server; its own defects. */
    private static final Set<String> MOMENTARY_CLASSES = Set.of("08", "53", "57", "58", "XX");

    /**
     * Features, transactions, statements, authorization, catalogs and schemas that are not there, tables, columns and rights; snapshots,
     * settings, foreign servers. The lane's statements are made of layouts: no value of a row makes them fail like this.
     */
    private static final Set<String> SERVERS_CLASSES = Set.of(
            "0A", "0B", "25", "26", "28", "2B", "2D", "2F", "34", "3B", "3D", "3F", "40", "42", "55", "72", "F0", "HV");

    /** Index rows and pages of the server that are damaged: trying again does not mend them. */
    private static final Set<String> DAMAGED = Set.of("XX001", "XX002");

    static Fault of(SQLException e) {
        String state = e.getSQLState();
        if (state == null || state.length() != 5) {
            return e instanceof SQLTransientException || e instanceof SQLRecoverableException ? MOMENT : SERVER;
        }
        String family = state.substring(0, 2);
        if (DAMAGED.contains(state)) {
            return SERVER;
        }
        if (MOMENTARY.contains(state) || MOMENTARY_CLASSES.contains(family)) {
            return MOMENT;
        }
        return SERVERS_CLASSES.contains(family) || isLibrarys(state) ? SERVER : TENANT;
    }

    /** Whether whoever uses the server now fails like this: not a lock, a deadlock or a time-out of one transaction's own. */
    static boolean isOutage(SQLException e) {
        String state = e.getSQLState();
        return of(e) == MOMENT
                && (state == null
                        || state.equals("25006")
                        || (MOMENTARY_CLASSES.contains(state.substring(0, Math.min(2, state.length())))
                                && !state.equals("57014")));
    }

    /** Refusals of the schema's own functions: the applier's mark should have kept it from them. */
    private static boolean isLibrarys(String state) {
        return state.startsWith("TS") && !state.equals(ApplyFailedException.SQL_STATE);
    }
}
