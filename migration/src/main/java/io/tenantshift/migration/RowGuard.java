package io.tenantshift.migration;

import io.tenantshift.router.TableGroup;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The guard of a partitioned table against writes that name a partition which is made or attached later, and so has no guard of its own: a
 * row trigger of the table is every partition's. It fires for what comes through the table too, and lets it pass. It does not see {@code
 * TRUNCATE}. Where a trigger captures the table it is not needed. Of a plain table there is nothing. Stateless; in the caller's transaction.
 */
final class RowGuard {
    static final String NAME = "!tenantshift_guard_rows";

    private RowGuard() {}

    /** Puts it on where it belongs, and takes it off where not. */
    static void install(Connection connection, String table, boolean byTrigger) throws SQLException {
        if (isWhole(connection, table, byTrigger)) {
            return;
        }
        drop(connection, table);
        if (!byTrigger) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("""
                        create trigger "%s" after insert or update or delete on %s
                        for each row execute function tenantshift.guard()""".formatted(NAME, TableGroup.quoted(table)));
            }
        }
    }

    /** Takes it off. Where there is none its lock is not asked for. */
    static void drop(Connection connection, String table) throws SQLException {
        if (holds(
                connection,
                table,
                "exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = '%s')".formatted(NAME))) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("drop trigger \"%s\" on %s".formatted(NAME, TableGroup.quoted(table)));
            }
        }
    }

    /** Whether it is where it belongs, and only there. */
    static boolean isWhole(Connection connection, String table, boolean byTrigger) throws SQLException {
        return holds(
                connection,
                table,
                "(c.relkind = 'p' and not %s) = exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = '%s' and t.tgenabled in ('O', 'A'))"
                        .formatted(byTrigger, NAME));
    }

    private static boolean holds(Connection connection, String table, String condition) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select " + condition + " from pg_class c where c.oid = ?::regclass")) {
            select.setString(1, TableGroup.quoted(table));
            try (ResultSet row = select.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
