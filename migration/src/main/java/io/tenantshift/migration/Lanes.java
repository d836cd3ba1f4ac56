package io.tenantshift.migration;

import io.tenantshift.router.control.Transition;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** What this module needs of the lanes between the shards. Safe for any thread. */
interface Lanes {
    /** Makes the lanes of both directions, each from its source's state of now; does nothing for those that are there. */
    void open(Transition transition) throws SQLException;

    /**
     * Whether the tenant's journal on the authority holds no entry that the other side lacks. Reads the position first, then the journal.
     * True means something only if the caller took the tenant's exclusive lock on the authority before it asked.
     */
    boolean isDrained(Connection authority, Connection other, String lane, String tenant) throws SQLException;

    /** Lets the lane look at its journal at once. */
    void wake(String lane);

    /** What the tenant's lane has not applied yet, of all its tenants, counted now. */
    Lag lag(String source, String target, String tenant) throws SQLException;

    /** Why the tenant is in quarantine on his lane; empty if he is not. */
    Optional<String> quarantined(String source, String target, String tenant) throws SQLException;

    /** Why the lane does not go on; empty if it does, or if another instance drives it. */
    Optional<String> stopped(String lane);

    /** Entries that wait, and how long the oldest has waited. */
    record Lag(long entries, Duration oldest) {}
}
