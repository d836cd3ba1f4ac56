package io.tenantshift.dualwrite.internal.lane;

/**
 * The settings under which values are read and written as text without loss, the same on both sides. Set for one transaction, in the same
 * round trip as its first query: a pooled connection keeps nothing of them.
 */
final class PinnedSettings {
    /** Select-list items, to be put behind the query's own. */
    static final String COLUMNS = """
            set_config('DateStyle', 'ISO, YMD', true), set_config('IntervalStyle', 'postgres', true),
            set_config('TimeZone', 'UTC', true), set_config('extra_float_digits', '3', true),
            set_config('bytea_output', 'hex', true), set_config('search_path', 'pg_catalog', true)""";

    /**
     * As {@link #COLUMNS}, for the side that is written: also the mark that lets the guard pass the applier, and a bound for the wait for
     * a tenant's lock, which others hold for the length of a pause or of a purge's chunk.
     */
    static final String APPLIER_COLUMNS =
            COLUMNS + ", set_config('tenantshift.applier', 'on', true), set_config('lock_timeout', '2s', true)";

    private PinnedSettings() {}
}
