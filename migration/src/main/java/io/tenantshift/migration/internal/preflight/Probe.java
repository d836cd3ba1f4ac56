package io.tenantshift.migration.internal.preflight;

import io.tenantshift.migration.Preflight.Severity;
import io.tenantshift.router.TableGroup;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One question to the catalogs of one shard. Its query names the tables of the group as {@code g} and returns a row (table, what) for
 * every finding.
 *
 * @param captureByTrigger whether capturing the table by trigger removes what is found
 * @param sql what follows the common table expression {@code g}; may begin with a comma and further ones
 * @param wayOut what the operator can do about it
 */
record Probe(Severity severity, boolean captureByTrigger, String sql, String wayOut) {
    Probe(Severity severity, String sql, String wayOut) {
        this(severity, false, sql, wayOut);
    }

    /** The tables of the group that exist on the shard; {@code tenant} is the number of the tenant column, or null. */
    private static final String GROUP = """
            with recursive g as (
                select u.name, u.by_trigger, c.oid, c.relkind, c.relpersistence, c.relrowsecurity, c.relnamespace,
                       (select a.attnum from pg_attribute a
                        where a.attrelid = c.oid and a.attname = u.tenant_column and a.attnum > 0 and not a.attisdropped) as tenant,
                       (select x.indkey::int2[] from pg_index x where x.indrelid = c.oid and x.indisprimary) as key
                from unnest(?::text[], ?::text[], ?::boolean[]) as u(name, tenant_column, by_trigger)
                join pg_class c on true
                join pg_namespace n on n.oid = c.relnamespace and n.nspname || '.' || c.relname = u.name
                where c.relkind in ('r', 'p', 'v', 'm', 'f')
            )
            """;

    /** A row of a probe's answer: the table, then the rest. */
    record Row(String table, List<String> values) {}

    /** Runs the query of a probe; null values are returned as empty text. */
    static List<Row> query(Connection shard, TableGroup group, String sql) throws SQLException {
        return query(shard, group, Set.of(), sql);
    }

    /** Runs the query of a probe, which may ask for {@code g.by_trigger}; null values are returned as empty text. */
    static List<Row> query(Connection shard, TableGroup group, Set<String> byTrigger, String sql) throws SQLException {
        try (PreparedStatement select = shard.prepareStatement(GROUP + sql)) {
            select.setArray(1, shard.createArrayOf("text", group.tables().toArray()));
            select.setArray(
                    2,
                    shard.createArrayOf(
                            "text",
                            group.tables().stream().map(group::tenantColumn).toArray()));
            select.setArray(
                    3,
                    shard.createArrayOf(
                            "boolean",
                            group.tables().stream().map(byTrigger::contains).toArray()));
            try (ResultSet found = select.executeQuery()) {
                int columns = found.getMetaData().getColumnCount();
                List<Row> rows = new ArrayList<>();
                while (found.next()) {
                    List<String> values = new ArrayList<>();
                    for (int i = 2; i <= columns; i++) {
                        String value = found.getString(i);
                        values.add(value == null ? "" : value);
                    }
                    rows.add(new Row(found.getString(1), values));
                }
                return rows;
            }
        }
    }
}
