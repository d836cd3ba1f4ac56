package io.tenantshift.migration;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The guard triggers on the tables of a group: a write whose transaction has not entered is refused. Idempotent. Safe for any thread.
 *
 * <p>{@code CREATE TRIGGER} waits for the table's writers and every later writer waits behind it: it gives up after a short
 * {@code lock_timeout} and comes again. Only writes to the named tables are seen; a write to a partition by its own name is not.
 */
final class Guards {
    /** Sorts before the triggers that people make, so that it fires first. */
    static final String NAME = "!tenantshift_guard";

    private static final int LOCK_TIMEOUT_MILLIS = 100;

    private final RouterServices services;
    private final TableGroup group;
    private final MigrationSettings settings;

    Guards(RouterServices services, TableGroup group, MigrationSettings settings) {
        this.services = services;
        this.group = group;
        this.settings = settings;
    }

    /** Puts guards on all tables of the group on a shard. */
    void install(String shard) throws SQLException {
        try (Connection connection = services.connect(shard)) {
            for (String table : group.tables()) {
                if (!isGuarded(connection, table)) {
                    change(connection, shard, table, """
                            create trigger "%s" before insert or update or delete or truncate on %s
                            for each statement execute function tenantshift.guard()""");
                }
            }
        }
    }

    /** Takes the guards off all tables of the group on a shard. */
    void drop(String shard) throws SQLException {
        try (Connection connection = services.connect(shard)) {
            for (String table : group.tables()) {
                if (isGuarded(connection, table)) {
                    change(connection, shard, table, "drop trigger \"%s\" on %s");
                }
            }
        }
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

    private void change(Connection connection, String shard, String table, String ddl) throws SQLException {
        boolean done = Await.until(Deadline.after(settings.openingPatience()), () -> {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("set local lock_timeout = " + LOCK_TIMEOUT_MILLIS);
                statement.execute(ddl.formatted(NAME, TableGroup.quoted(table)));
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
                    "guard of table %s on \"%s\"".formatted(table, shard),
                    lockHolders(connection, table),
                    "guards made before this one stay; end these transactions and try again");
        }
    }

    private static boolean isGuarded(Connection connection, String table) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select from pg_trigger where tgrelid = ?::regclass and tgname = ? and tgenabled in ('O', 'A')")) {
            select.setString(1, TableGroup.quoted(table));
            select.setString(2, NAME);
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
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
