package io.tenantshift.crossshard;

import java.sql.SQLNonTransientException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A statement has written across tenants, and some shards have committed it while others have not, or may not have. Not to be repeated as it
 * is: run it again only if that changes nothing where it is done already, or tenant by tenant for those of the shards that are named here.
 */
public final class CrossShardCommitException extends SQLNonTransientException {
    private static final long serialVersionUID = 1L;

    /** Of no class that a framework retries by itself. */
    public static final String SQL_STATE = "TS024";

    private final TreeSet<String> committed;
    private final TreeSet<String> notCommitted;
    private final TreeMap<String, String> unknown;

    /** SQLState {@value #SQL_STATE}; the message names the shards and their transactions. */
    public CrossShardCommitException(
            String message,
            Set<String> committed,
            Set<String> notCommitted,
            Map<String, String> unknown,
            @Nullable Throwable cause) {
        super(message, SQL_STATE, cause);
        this.committed = new TreeSet<>(committed);
        this.notCommitted = new TreeSet<>(notCommitted);
        this.unknown = new TreeMap<>(unknown);
    }

    /** The shards that have committed. */
    public Set<String> committed() {
        return Collections.unmodifiableSet(committed);
    }

    /** The shards on which it was rolled back. */
    public Set<String> notCommitted() {
        return Collections.unmodifiableSet(notCommitted);
    }

    /** The shards that could not be asked, with their transactions: {@code select pg_xact_status('…')} on the shard tells. */
    public Map<String, String> unknown() {
        return Collections.unmodifiableMap(unknown);
    }
}
