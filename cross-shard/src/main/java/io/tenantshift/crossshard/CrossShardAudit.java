package io.tenantshift.crossshard;

import org.slf4j.LoggerFactory;

/**
 * Hears of every statement that was to read or write across tenants. Called on the caller's thread after the outcome is known and before the
 * caller has it: must not block. What it throws fails the statement, for a read that nobody can account for is none.
 */
@FunctionalInterface
public interface CrossShardAudit {
    /** A statement was answered, refused or failed. */
    void heard(CrossShardRead read);

    /**
     * A statement has written, was refused or failed; by default told to the log, at level INFO. Before the first commit its reason, shape and
     * transactions were written to the table {@code tenantshift.audit} of the control database, without which nothing is committed. So
     * what this throws is logged, and changes nothing.
     */
    default void wrote(CrossShardWrite write) {
        LoggerFactory.getLogger(CrossShard.class)
                .info(
                        "router \"{}\": write across tenants {}, for \"{}\", map version {}, {} shards, {} rows, {} ms: {}",
                        write.router(),
                        write.outcome(),
                        write.reason(),
                        write.mapVersion(),
                        write.shards().size(),
                        write.rows(),
                        write.took().toMillis(),
                        write.shape());
    }
}
