package io.tenantshift.crossshard;

/**
 * Hears of every statement that was to read across tenants. Called on the caller's thread after the outcome is known and before the
 * caller has it: must not block. What it throws fails the statement, for a read that nobody can account for is none.
 */
@FunctionalInterface
public interface CrossShardAudit {
    /** A statement was answered, refused or failed. */
    void heard(CrossShardRead read);
}
