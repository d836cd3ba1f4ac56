package io.tenantshift.dualwrite;

import io.tenantshift.router.sql.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;

/**
 * Capture of one table by a row trigger, for what the capture of statements cannot see: cascades, functions, {@code COPY}, {@code MERGE},
 * updatable results, {@code psql} and services without the library. The trigger writes the entries that a captured statement would have
 * written, and checks the fence for each row. Stateless.
 *
 * <p>Its name sorts before every name that people give: of several {@code AFTER} triggers of a row the first by name fires first. <i>A
 * user's trigger fires first, updates the same row, and that update is journaled; then the outer change is journaled: the older image
 * comes last.</i>
 *
 * <p>A key that changes makes two entries, the old row's deletion and the new row. They are made in the order in which the rows are
 * written, in which keys are unique at every moment.
 */
public final class CaptureTrigger {
    /** The trigger's name, on every table that has it. */
    public static final String NAME = "!tenantshift_capture";

    private static final String INSTALLED = """
            select l.id
              from tenantshift.layout l
              join pg_namespace n on n.nspname = l.table_schema
              join pg_class c on c.relnamespace = n.oid and c.relname = l.table_name
              join pg_trigger t on t.tgrelid = c.oid and t.tgname = ? and t.tgenabled in ('O', 'A')""";

    private CaptureTrigger() {}

    /** The layouts, by id, of the tables of a database that are captured by trigger. */
    public static Set<Integer> installed(Connection connection) throws SQLException {
        Set<Integer> ids = new HashSet<>();
        try (PreparedStatement select = connection.prepareStatement(INSTALLED)) {
            select.setString(1, NAME);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    ids.add(row.getInt(1));
                }
            }
        }
        return ids;
    }

    /**
     * Puts the trigger on a table, or brings it up to date; in the caller's transaction, which should be short: where there is none
     * yet, {@code CREATE TRIGGER} locks out the table's writers until the commit.
     */
    public static void install(Connection connection, Layout layout) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(function(layout, columns(connection, layout)));
            if (!installed(connection).contains(layout.id())) {
                statement.execute("""
                        create trigger "%s" after insert or update or delete on %s
                        for each row execute function %s()""".formatted(NAME, layout.quotedTable(), name(layout)));
            }
        }
    }

    /** Takes the trigger off a table; in the caller's transaction, which should be short. Does nothing if there is none. */
    public static void remove(Connection connection, Layout layout) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (installed(connection).contains(layout.id())) {
                statement.execute("drop trigger \"%s\" on %s".formatted(NAME, layout.quotedTable()));
            }
            statement.execute("drop function if exists %s()".formatted(name(layout)));
        }
    }

    /**
     * How many columns a table has.
     *
     * @param ever how many it has had in its life: one that is added later makes it more
     * @param now how many it has
     */
    private record Columns(int ever, int now) {}

    private static Columns columns(Connection connection, Layout layout) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("""
                select relnatts, (select count(*) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped)
                from pg_class c where oid = ?::regclass""")) {
            select.setString(1, layout.quotedTable());
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return new Columns(row.getInt(1), row.getInt(2));
            }
        }
    }

    /**
     * The trigger's function. Values become text by {@link ImageSql}, under settings that lose nothing whatever the session's are. A column
     * that was added since would not be in the image, so the number of columns is compared; one that was dropped fails by itself. An older
     * snapshot shows the catalog as it was, but the row as it is: there the columns of the row are counted.
     */
    private static String function(Layout layout, Columns columns) {
        Layout.Column tenant = layout.column(layout.tenantColumn());
        return """
                create or replace function %1$s() returns trigger
                    language plpgsql security definer
                    set search_path = pg_catalog, pg_temp
                    set DateStyle = 'ISO, YMD' set IntervalStyle = 'postgres' set extra_float_digits = '3'
                    as $capture$
                declare
                    what constant text := tg_op || ' on ' || %2$s;
                    tenant text;
                    fence record;
                    rekeyed boolean := false;
                begin
                    if current_setting('tenantshift.applier', true) = 'on' then
                        return null;
                    end if;
                    if (select relnatts from pg_class where oid = %2$s::regclass) <> %3$d
                            or (current_setting('transaction_isolation') not in ('read committed', 'read uncommitted')
                                and (select count(*) from json_object_keys(case when tg_op = 'DELETE' then row_to_json(old) else row_to_json(new) end)) <> %11$d) then
                        raise exception 'tenantshift: %% refused: a column was added since the transition opened, and its values would not be captured', what
                            using errcode = 'TS004', hint = 'Nothing was changed.';
                    end if;
                    if tg_op = 'DELETE' then
                        tenant := %4$s;
                    else
                        tenant := %5$s;
                    end if;
                    if tg_op = 'UPDATE' then
                        if tenant is distinct from (%4$s) then
                            raise exception 'tenantshift: %% refused: it gives a row to another tenant', what
                                using errcode = 'TS004', hint = 'A row cannot change its tenant. Nothing was changed.';
                        end if;
                        rekeyed := (%6$s) <> (%7$s);
                    end if;
                    fence := tenantshift.row_fence(tenant, what);
                    if fence.captured then
                        if tg_op = 'DELETE' or rekeyed then
                            insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image)
                            values (tenant, fence.epoch, fence.lane, %8$d, 'D', %9$s);
                        end if;
                        if tg_op <> 'DELETE' then
                            insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image)
                            values (tenant, fence.epoch, fence.lane, %8$d, 'U', %10$s);
                        end if;
                    end if;
                    return null;
                end
                $capture$""".formatted(
                        name(layout),
                        Identifiers.literal(layout.quotedTable()),
                        columns.ever,
                        ImageSql.text(tenant, "old"),
                        ImageSql.text(tenant, "new"),
                        ImageSql.keys(layout, "old"),
                        ImageSql.keys(layout, "new"),
                        layout.id(),
                        ImageSql.values(layout, "old"),
                        ImageSql.values(layout, "new"),
                        columns.now);
    }

    private static String name(Layout layout) {
        return "tenantshift.capture_" + layout.id();
    }
}
