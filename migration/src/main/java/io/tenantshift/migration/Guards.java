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
 * pass what the other one does not capture. Partitions have guards of their own, for statements that name them; one that is made later has the {@link
 * RowGuard} only, and is found before the next cutover.
 */
final class Guards {
    /** Sorts before the triggers that people make, so that it fires first. */
    static final String NAME = "!tenantshift_guard";

    private static final int LOCK_TIMEOUT_MILLIS = 100;

    private static final String FORMS = """
            select g.name, c.relispartition and c.oid <> root.oid, format('%%I.%%I', n.nspname, c.relname),
                   (select rtrim(encode(t.tgargs, 'escape'), '\\0') from pg_trigger t
                     where t.tgrelid = c.oid and t.tgname = '%1$s' and t.tgenabled in ('O', 'A')),
                   exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = '%2$s' and t.tgenabled in ('O', 'A')),
                   (select min(t.tgname) from pg_trigger t
                     where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgtype & 3 = 1 and t.tgname < '%2$s')
            from unnest(?::text[]) with ordinality as g(name, position)
            join pg_namespace r on true
            join pg_class root on root.relnamespace = r.oid and r.nspname || '.' || root.relname = g.name
            join pg_class c on c.oid = root.oid or c.oid in (select relid from pg_partition_tree(root.oid))
            join pg_namespace n on n.oid = c.relnamespace
            order by g.position, c.oid""".formatted(NAME, CaptureTrigger.NAME);

    /**
     * The triggers of a table, or of one of its partitions: a statement that names the partition meets the partition's guard only.
     *
     * @param table the table of the group
     * @param relation table or partition, fit to be put into SQL
     * @param guard the argument of its guard, empty for none; null if there is no guard
     * @param earlier a row trigger that fires before the one that captures; null if there is none
     */
    private record Form(
            String table,
            boolean partition,
            String relation,
            @Nullable String guard,
            boolean captured,
            @Nullable String earlier) {}

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
            List<Form> all = forms(connection);
            for (String table : tables.group().tables()) {
                List<Form> forms = of(all, table);
                boolean byTrigger = tables.byTrigger().contains(table);
                if (forms.stream().allMatch(this::isWhole) && RowGuard.isWhole(connection, table, byTrigger)) {
                    continue;
                }
                Layout layout = layout(connection, table);
                change(connection, shard, table, statement -> {
                    for (Form form : forms) {
                        if (!argument(byTrigger).equals(form.guard)) {
                            dropGuard(statement, form);
                            statement.execute("""
                                    create trigger "%s" before insert or update or delete or truncate on %s
                                    for each statement execute function tenantshift.guard(%s)""".formatted(NAME, form.relation, byTrigger ? "'trigger'" : ""));
                        }
                    }
                    RowGuard.install(connection, table, byTrigger);
                    if (byTrigger) {
                        CaptureTrigger.install(connection, layout);
                    } else if (forms.get(0).captured) {
                        CaptureTrigger.remove(connection, layout);
                    }
                });
            }
        }
    }

    /** Takes the triggers off all tables of the group on a shard. */
    void drop(String shard) throws SQLException {
        try (Connection connection = services.connect(shard)) {
            List<Form> all = forms(connection);
            for (String table : tables.group().tables()) {
                List<Form> forms = of(all, table);
                if (forms.stream().anyMatch(form -> form.guard != null || form.captured)) {
                    Layout layout = layout(connection, table);
                    change(connection, shard, table, statement -> {
                        for (Form form : forms) {
                            dropGuard(statement, form);
                        }
                        RowGuard.drop(connection, table);
                        CaptureTrigger.remove(connection, layout);
                    });
                }
            }
        }
    }

    /** What is wrong on a shard: triggers that are gone, or are not the first any more. */
    List<String> findings(Connection connection, String shard) throws SQLException {
        List<String> findings = new ArrayList<>();
        for (String table : tables.group().tables()) {
            if (!RowGuard.isWhole(connection, table, tables.byTrigger().contains(table))) {
                findings.add(
                        "%s on \"%s\" lacks the guard of its partitions, \"%s\", or has it disabled: writes may have slipped by; put it back, and verify or copy again whoever was written meanwhile"
                                .formatted(table, shard, RowGuard.NAME));
            }
        }
        for (Form form : forms(connection)) {
            if (!isWhole(form)) {
                findings.add(
                        "%s on \"%s\" lacks its guard \"%s\" or the trigger that captures it, \"%s\", or has it disabled: writes may have slipped by; put it back, and verify or copy again whoever was written meanwhile"
                                .formatted(form.relation, shard, NAME, CaptureTrigger.NAME));
            }
            if (tables.byTrigger().contains(form.table) && form.earlier != null) {
                findings.add("trigger \"%s\" of %s on \"%s\" fires before the one that captures; rename it"
                        .formatted(form.earlier, form.relation, shard));
            }
        }
        return findings;
    }

    private boolean isWhole(Form form) {
        boolean byTrigger = tables.byTrigger().contains(form.table);
        return argument(byTrigger).equals(form.guard) && (form.partition || byTrigger == form.captured);
    }

    private static String argument(boolean byTrigger) {
        return byTrigger ? "trigger" : "";
    }

    /** Where there is none its lock, against readers too, is not asked for. */
    private static void dropGuard(Statement statement, Form form) throws SQLException {
        if (form.guard != null) {
            statement.execute("drop trigger \"%s\" on %s".formatted(NAME, form.relation));
        }
    }

    /** The table itself comes first. */
    private static List<Form> of(List<Form> all, String table) {
        return all.stream()
                .filter(form -> form.table.equals(table))
                .sorted(Comparator.comparing(Form::partition))
                .toList();
    }

    private List<Form> forms(Connection connection) throws SQLException {
        List<Form> forms = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(FORMS)) {
            select.setArray(
                    1, connection.createArrayOf("text", tables.group().tables().toArray()));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    forms.add(new Form(
                            row.getString(1),
                            row.getBoolean(2),
                            row.getString(3),
                            row.getString(4),
                            row.getBoolean(5),
                            row.getString(6)));
                }
            }
        }
        return forms;
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
