package io.tenantshift.migration;

import java.sql.SQLException;
import java.util.List;

/** What a rollout must know of the journals. Safe for any thread. */
interface Journals {
    /** What of its quota the journal of a shard has used, as it was last looked at; 0 if it has not been. */
    double quotaUsed(String shard);

    /** The tenants with most in a shard's journal, the largest first. Asks the shard. */
    List<String> largest(String shard) throws SQLException;

    /** Whether a lane from a source to a target is known not to go on. */
    boolean isStuck(String source, String target);
}
