package io.tenantshift.dualwrite.internal.lane;

import java.time.Duration;

/**
 * The settings under which values are read and written as text without loss, the same on both sides. Set for one transaction, in the same
 * round trip as its first query: a pooled connection keeps nothing of them. No compiling: a window of a million entries is estimated to be worth it,
 * and is not.
 */
final class PinnedSettings {
    /** A process that freezes in a step lets go of the snapshot that it holds on the source after this time. */
    private static final String SOURCE_IDLE = "60s";

    private static final String VALUES = """
            set_config('DateStyle', 'ISO, YMD', true), set_config('IntervalStyle', 'postgres', true),
            set_config('TimeZone', 'UTC', true), set_config('extra_float_digits', '3', true),
            set_config('bytea_output', 'hex', true), set_config('search_path', 'pg_catalog', true),
            set_config('array_nulls', 'on', true), set_config('xmloption', 'content', true), set_config('jit', 'off', true)""";

    /** For the source: select-list items, to be put behind the query's own. */
    static final String SOURCE = VALUES + idle(SOURCE_IDLE);

    private PinnedSettings() {}

    /**
     * As {@link #SOURCE}, for the side that is written: also the mark that lets the guard pass the applier; a bound for the wait for a
     * tenant's lock, which others hold for the length of a pause or of a purge's chunk; and the time after which the server ends the
     * session of a process that froze in a step, with the lane's row and its tenants' locks in its hands.
     */
    static String target(Duration lease) {
        return VALUES + idle(2 * lease.toMillis() + "ms")
                + ", set_config('tenantshift.applier', 'on', true), set_config('lock_timeout', '2s', true)";
    }

    private static String idle(String time) {
        return ", set_config('idle_in_transaction_session_timeout', '" + time + "', true)";
    }
}
