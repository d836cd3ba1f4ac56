package io.tenantshift.router.sql;

/** What one SQL text does when it is executed. */
public enum StatementKind {
    /**
     * Reads only: {@code SELECT}, {@code VALUES}, {@code TABLE}, {@code SHOW}, {@code EXPLAIN} without {@code ANALYZE}.
     * A function that it calls may still write; no text tells.
     */
    READ,
    /** Reads and locks: {@code SELECT … FOR UPDATE} and its kin, {@code LOCK TABLE}. */
    LOCKING_READ,
    /** One {@code INSERT}, with or without {@code ON CONFLICT}. */
    INSERT,
    /** One {@code UPDATE}. */
    UPDATE,
    /** One {@code DELETE}. */
    DELETE,
    /** One {@code MERGE}. */
    MERGE,
    /** A statement with an {@code INSERT}, {@code UPDATE}, {@code DELETE} or {@code MERGE} inside a {@code WITH}. */
    WRITING_CTE,
    /** Begins, ends or shapes a transaction: {@code BEGIN}, {@code SAVEPOINT}, {@code SET LOCAL}, two-phase commit. */
    TRANSACTION,
    /** Leaves something in the session: {@code SET}, {@code LISTEN}, cursors, prepared statements, temporary tables. */
    SESSION,
    /** Changes definitions or maintains tables as a whole, {@code TRUNCATE} and {@code SELECT … INTO} included. */
    DDL,
    /** {@code COPY}, in either direction. */
    COPY,
    /** Runs code whose effect the text does not show: {@code CALL}, {@code DO}, <code>{call …}</code>. */
    CALL,
    /** More than one statement in one string. A trailing semicolon alone does not count. */
    MULTIPLE,
    /** Not understood. To be treated as a write. */
    UNKNOWN
}
