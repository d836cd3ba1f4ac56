package io.tenantshift.router;

/**
 * What a statement on a tenant table, a table of a {@link TableGroup}, must show before it is sent. In every mode a statement that names
 * another tenant than its context, its connection or its transaction is refused, except where {@link #AUDIT} says otherwise.
 */
public enum GuardMode {
    /**
     * Every tenant table of the statement carries the tenant's condition, on its own or by equality with another's tenant column. A
     * statement that does not, or that was not understood, is refused.
     */
    STRICT,

    /** The context is enough: a statement that names no tenant, or that was not understood, goes to the shard of its context. */
    CONTEXT,

    /** Nothing is refused for the tenant that its text names; what would be is reported. For the weeks before a migration. */
    AUDIT
}
