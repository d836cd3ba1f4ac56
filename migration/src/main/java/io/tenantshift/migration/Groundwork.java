package io.tenantshift.migration;

import io.tenantshift.router.control.Transition;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** What must be laid on the shards before a transition can be published. Each method may be called again. Safe for any thread. */
interface Groundwork {
    /** What keeps the transition from opening; empty if nothing does. Changes nothing. */
    List<String> preflight(Transition transition) throws SQLException;

    /** Writes the tables' layouts on all shards, the same everywhere. */
    void registerLayouts(Transition transition, Set<String> shards) throws SQLException;

    /** Gives every shard ranges of generated ids of its own; what stands in the way, empty if they are prepared. */
    List<String> prepareSequences(Set<String> shards) throws SQLException;
}
