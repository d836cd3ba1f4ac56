package io.tenantshift.dualwrite.internal.lane;

/** Refused: an entry of one tenant cannot be applied, for a reason in the data. Nothing of its transaction stays. */
final class TenantFailedException extends ApplyFailedException {
    private static final long serialVersionUID = 1L;

    private final transient Entry entry;
    private final String table;
    private final String reason;

    /**
     * @param table quoted, as messages show it
     * @param reason names and numbers, no values of rows
     */
    TenantFailedException(Entry entry, String table, String reason, String sqlState) {
        super("%s cannot be applied to %s: %s".formatted(entry, table, reason), sqlState);
        this.entry = entry;
        this.table = table;
        this.reason = reason;
    }

    Entry entry() {
        return entry;
    }

    String tenant() {
        return entry.tenant();
    }

    String table() {
        return table;
    }

    String reason() {
        return reason;
    }

    String state() {
        String state = getSQLState();
        return state == null ? SQL_STATE : state;
    }
}
