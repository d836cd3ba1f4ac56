package io.tenantshift.migration;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transaction that holds a tenant's lock, and so keeps a cutover waiting.
 *
 * @param pid the backend's process id; 0 for a prepared transaction
 * @param prepared the prepared transaction's name; null for a session's
 * @param age how long ago the transaction began, or was prepared
 * @param application the session's {@code application_name}; empty if it has none or this role may not see it
 */
public record Holder(int pid, @Nullable String prepared, Duration age, String application) {
    private static final String SELECT = """
            select coalesce(l.pid, 0), p.gid,
                   coalesce(extract(epoch from clock_timestamp() - coalesce(a.xact_start, p.prepared)) * 1000, 0)::bigint,
                   coalesce(a.application_name, '')
            from pg_locks l
            left join pg_stat_activity a on a.pid = l.pid
            left join pg_locks x on l.pid is null and x.pid is null and x.locktype = 'transactionid' and x.granted
                 and x.virtualtransaction = l.virtualtransaction
            left join pg_prepared_xacts p on p.transaction = x.transactionid
            where l.locktype = 'advisory' and l.granted and l.objsubid = 1
              and l.database = (select oid from pg_database where datname = current_database())
              and ((l.classid::bigint << 32) | l.objid::bigint) = tenantshift.lock_key(?)
              and l.pid is distinct from pg_backend_pid()
            order by 3 desc""";

    /** Who holds the tenant's lock on this side now, the oldest first. */
    static List<Holder> of(Connection side, String tenant) throws SQLException {
        List<Holder> holders = new ArrayList<>();
        try (PreparedStatement select = side.prepareStatement(SELECT)) {
            select.setString(1, tenant);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    holders.add(new Holder(
                            row.getInt(1), row.getString(2), Duration.ofMillis(row.getLong(3)), row.getString(4)));
                }
            }
        }
        return holders;
    }

    /** For messages. */
    @Override
    public String toString() {
        String who = prepared != null ? "prepared transaction \"" + prepared + "\"" : "pid " + pid;
        String from = application.isEmpty() ? "" : " of \"" + application + "\"";
        return "%s%s, open for %d ms".formatted(who, from, age.toMillis());
    }
}
