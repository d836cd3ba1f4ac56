package io.tenantshift.examples.shop;

/**
 * Something that is not as it must be, by name: never a value.
 *
 * @param key the row's key, as PostgreSQL writes a row
 */
record Finding(Kind kind, String table, String key, String what) {
    /** In which way. */
    enum Kind {
        /** An acknowledged effect is not there, or an older one is. */
        LOST,
        /** An effect is there twice, or one that nobody acknowledged. */
        DOUBLED,
        /** The two sides of a tenant hold different rows. */
        DIVERGED,
        /** A tenant is not where the last map says. */
        MISPLACED,
        /** The report across all shops says something else than the ledgers. */
        MISREPORTED
    }

    @Override
    public String toString() {
        return "%s %s %s: %s".formatted(kind.name().toLowerCase(java.util.Locale.ROOT), table, key, what);
    }
}
