package io.tenantshift.shadowread;

/**
 * Brings the settings that change what a text means, or how its values are written, to what a fresh connection of this process has, until
 * the transaction or savepoint ends. The caller read under those, unless it has set others. The library's own connections and the lanes
 * pin theirs: under a lane's {@code search_path} no table of the caller's would be found.
 */
final class FreshSession {
    static final String SETTINGS =
            "set local search_path to default; set local timezone to default; set local datestyle to default; "
                    + "set local intervalstyle to default; set local extra_float_digits to default; set local bytea_output to default";

    private FreshSession() {}
}
