package io.tenantshift.migration;

import io.tenantshift.dualwrite.CaptureTrigger;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The triggers of a transition on the tables of a group: the guard, by which a write whose transaction has not entered is refused, and for
 * the tables that are captured by trigger the one that captures. Idempotent. Safe for any thread.
 *
 * <p>{@code CREATE TRIGGER} waits for the table's writers and every later writer waits behind it: it gives up after a short
 * {@code lock_timeout} and comes again. Both triggers of a table come and go in one transaction: at no moment is there one that lets
 * pass what the other one does not capture. Only writes to the named tables are seen; a write to a partition by its own name is not.
 */
final class Guards {
    /** Sorts before the triggers that people make, so that it fires first. */
    static final String NAME = "!tenantshift_guard";

    private static final int LOCK_TIMEOUT_MILLIS = 100;

    /** For each table the argument of its guard, whether it is captured by trigger, and a row trigger that fires before that. */
    private static final String FORMS = """
            select name,
                   (select rtrim(encode(t.tgargs, 'escape'), '\\0') from pg_trigger t
                     where t.tgrelid = c.oid and t.tgname = '%1$s' and t.tgenabled in ('O', 'A')),
                   exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = '%2$s' and t.tgenabled in ('O', 'A')),
                   (select min(t.tgname) from pg_trigger t
                     where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgtype & 3 = 1 and t.tgname < '%2$s')
            from unnest(?::text[]) as g(name)
            join pg_namespace n on true
            join pg_class c on c.relnamespace = n.oid and n.nspname || '.' || c.relname = name""".formatted(NAME, CaptureTrigger.NAME);

    private final RouterServices services;
    private final MovingTables tables;
    private final MigrationSettings settings;

    Guards(RouterServices services, MovingTables tables, MigrationSettings settings) {
        this.services = services;
        this.tables = tables;
        this.settings = settings;
    }

    /** Puts guards on all tables of the group on a shard, and captures by trigger where that is wished. */
    void install(String shard) throws SQLException {
        try (Connection connection = services.connect(shard)) {
            for (String table : tables.group().tables()) {
                boolean byTrigger = tables.byTrigger().contains(table);
                Layout layout = layout(connection, table);
                if (form(byTrigger).equals(guardOf(connection, table)) && byTrigger == isCaptured(connection, layout)) {
                    continue;
                }
                change(connection, shard, table, statement -> {
                    statement.execute("drop trigger if exists \"%s\" on %s".formatted(NAME, TableGroup.quoted(table)));
                    statement.execute("""
                            create trigger "%s" before insert or update or delete or truncate on %s
                            for each statement execute function tenantshift.guard(%s)""".formatted(NAME, TableGroup.quoted(table), byTrigger ? "'trigger'" : ""));
                    if (byTrigger) {
                        CaptureTrigger.install(connection, layout);
                    } else {
                        CaptureTrigger.remove(connection, layout);
                    }
                });
            }
        }
    }

    /** Takes the triggers off all tables of the group on a shard. */
    void drop(String shard) throws SQLException {
        try (Connection connection = services.connect(shard)) {
            for (String table : tables.group().tables()) {
                Layout layout = layout(connection, table);
                if (guardOf(connection, table) != null || isCaptured(connection, layout)) {
                    change(connection, shard, table, statement -> {
                        statement.execute(
                                "drop trigger if exists \"%s\" on %s".formatted(NAME, TableGroup.quoted(table)));
                        CaptureTrigger.remove(connection, layout);
                    });
                }
            }
        }
    }

    /** What is wrong on a shard: triggers that are gone, or are not the first any more. */
    List<String> findings(String shard) throws SQLException {
        List<String> findings = new ArrayList<>();
        try (Connection connection = services.connect(shard);
                PreparedStatement select = connection.prepareStatement(FORMS)) {
            select.setArray(
                    1, connection.createArrayOf("text", tables.group().tables().toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    String table = row.getString(1);
                    boolean byTrigger = tables.byTrigger().contains(table);
                    if (!form(byTrigger).equals(row.getString(2)) || byTrigger != row.getBoolean(3)) {
                        findings.add(
                                "table %s on \"%s\" lacks its guard \"%s\" or the trigger that captures it, \"%s\", or has it disabled: writes may have slipped by; put it back, and verify or copy again whoever was written meanwhile"
                                        .formatted(table, shard, NAME, CaptureTrigger.NAME));
                    }
                    if (byTrigger && row.getString(4) != null) {
                        findings.add(
                                "trigger \"%s\" of table %s on \"%s\" fires before the one that captures; rename it"
                                        .formatted(row.getString(4), table, shard));
                    }
                }
            }
        }
        return findings;
    }

    /**
     * Waits until every transaction that may have written before the guards has ended, prepared ones included. <i>1. a transaction
     * writes, not entered. 2. the guard is made (it waits for writers of its own table only). 3. a tenant is captured from here. 4. the
     * transaction commits rows that are in no journal, and a chunk whose snapshot is older does not hold them.</i>
     */
    void awaitOlderTransactions(String shard) throws SQLException {
        try (Connection connection = services.connect(shard);
                Statement statement = connection.createStatement()) {
            String mine = text(statement, "select pg_current_xact_id()");
            boolean passed = Await.until(
                    Deadline.after(settings.openingPatience()),
                    () -> text(statement, "select pg_snapshot_xmin(pg_current_snapshot()) > '%s'::xid8".formatted(mine))
                            .equals("t"));
            if (!passed) {
                throw new MigrationRefusedException(
                        "opening the transition on \"%s\"".formatted(shard),
                        olderTransactions(connection, mine),
                        "the guards are in place and stay; end these transactions and open again");
            }
        }
    }

    /** What is done to a table while its writers are locked out. */
    private interface Change {
        void make(Statement statement) throws SQLException;
    }

    private void change(Connection connection, String shard, String table, Change ddl) throws SQLException {
        boolean done = Await.until(Deadline.after(settings.openingPatience()), () -> {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("set local lock_timeout = " + LOCK_TIMEOUT_MILLIS);
                ddl.make(statement);
                connection.commit();
                return true;
            } catch (SQLException e) {
                connection.rollback();
                if (Timeouts.isTimeout(e)) {
                    return false;
                }
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        });
        if (!done) {
            throw new MigrationRefusedException(
                    "triggers of table %s on \"%s\"".formatted(table, shard),
                    lockHolders(connection, table),
                    "triggers made before these stay; end these transactions and try again");
        }
    }

    private static String form(boolean byTrigger) {
        return byTrigger ? "trigger" : "";
    }

    /** The argument of a table's guard, empty for none; null if there is no guard. */
    private static @Nullable String guardOf(Connection connection, String table) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("""
                select rtrim(encode(tgargs, 'escape'), '\\0') from pg_trigger
                where tgrelid = ?::regclass and tgname = ? and tgenabled in ('O', 'A')""")) {
            select.setString(1, TableGroup.quoted(table));
            select.setString(2, NAME);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    private static boolean isCaptured(Connection connection, Layout layout) throws SQLException {
        return CaptureTrigger.installed(connection).contains(layout.id());
    }

    /** The layout that the table has on a shard; the newest, if it has had several. */
    private static Layout layout(Connection connection, String table) throws SQLException {
        return Layouts.load(connection).stream()
                .filter(layout -> table.equals(layout.schema() + "." + layout.table()))
                .max(Comparator.comparingInt(Layout::id))
                .orElseThrow(() -> new IllegalStateException("table " + table + " has no layout yet"));
    }

    private static List<String> lockHolders(Connection connection, String table) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("""
                select format('pid %s of "%s" holds %s, open for %s ms', l.pid, a.application_name, l.mode,
                              (extract(epoch from clock_timestamp() - a.xact_start) * 1000)::bigint)
                from pg_locks l left join pg_stat_activity a on a.pid = l.pid
                where l.relation = ?::regclass and l.granted and l.pid is distinct from pg_backend_pid()
                order by a.xact_start limit 10""")) {
            select.setString(1, TableGroup.quoted(table));
            return strings(select, "no lock of " + LOCK_TIMEOUT_MILLIS + " ms was to be had; nobody holds it now");
        }
    }

    private static List<String> olderTransactions(Connection connection, String than) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("""
                select format('transaction of pid %s of "%s" in database %s, open for %s ms', pid, application_name, datname,
                              (extract(epoch from clock_timestamp() - xact_start) * 1000)::bigint)
                from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()
                union all
                select format('prepared transaction "%s" in database %s, %s ms old', gid, database,
                              (extract(epoch from clock_timestamp() - prepared) * 1000)::bigint)
                from pg_prepared_xacts""")) {
            return strings(select, "a transaction older than " + than + " was open until just now");
        }
    }

    private static List<String> strings(PreparedStatement select, String none) throws SQLException {
        List<String> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                found.add(row.getString(1));
            }
        }
        return found.isEmpty() ? List.of(none) : found;
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
