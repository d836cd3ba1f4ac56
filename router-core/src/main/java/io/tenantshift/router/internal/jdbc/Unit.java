package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.sql.TableName;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One execution of one or more statements, as the session runs it: perhaps more than once, until a side accepts it. */
interface Unit<R> {
    /** How a write must be brought behind the fence. */
    enum Need {
        /** Reads, session settings and definitions: not fenced in autocommit. */
        NONE,
        /** One statement, sent in one string with what fences it. */
        STRING,
        /** Several statements, or one that does not go into a string with others: an explicit transaction around it. */
        TRANSACTION
    }

    /** What the session asks to be sent around the unit's own text. */
    enum Form {
        /** Nothing: not fenced, or entered already. */
        PLAIN,
        /** The call that enters, ahead of it, in the same flush; a transaction is open. */
        ENTER_FIRST,
        /** Begin, enter and commit around it, in the same flush; in autocommit. */
        WHOLE
    }

    Need need();

    /**
     * The tenant for which it is executed.
     *
     * @param declared the tenant of context or sharding key, in its one spelling; null if there is none
     */
    String tenant(Guard guard, @Nullable String declared) throws SQLException;

    /**
     * Counts it, where there is an audit.
     *
     * @param crosses whether it is executed in a transaction of another tenant
     */
    default void audited(Guard guard, String tenant, boolean declared, boolean crosses) {}

    /** Whether it names a table that only the legacy shard has. */
    boolean staysBehind();

    /** The tables that only the legacy shard has, where it needs tenants' rows too. */
    default Set<TableName> neededFromLegacyShard() {
        return Set.of();
    }

    /** Whether it must come before everything else of a transaction, as SET TRANSACTION does, and touches no row. */
    default boolean precedesEnter() {
        return false;
    }

    /** Whether a replica may answer it, if its session is declared read-only. */
    default boolean onlyReads() {
        return false;
    }

    /** Whether it leaves something in the session, or does something that counts only on the primary. */
    default boolean needsPrimary() {
        return false;
    }

    /** Whether it can be sent again: false if it holds a stream that has been read. */
    boolean isRepeatable();

    R execute(ShardConnection on, Form form) throws SQLException;
}
