package io.tenantshift.dualwrite.internal.capture;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.internal.capture.Outcome.Captured;
import io.tenantshift.dualwrite.internal.capture.Outcome.PassThrough;
import io.tenantshift.dualwrite.internal.capture.Outcome.Refused;
import io.tenantshift.router.sql.Composed;
import io.tenantshift.router.sql.Identifiers;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.Modification;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.StatementKind;
import io.tenantshift.router.sql.TableName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites one write of a captured tenant so that the rows and their entries in the journal are one statement, or says
 * why that cannot be. Immutable, safe for any thread. The outcome depends on the text alone, and where the text does not name a column on
 * what the server calls it: the caller may cache per text.
 *
 * <pre>{@code
 * WITH rows AS (<the caller's statement> RETURNING <the caller's columns>, <tenant>, <image>),
 *      entries AS (INSERT INTO tenantshift.journal … SELECT … FROM rows)
 * SELECT <the caller's columns> FROM rows
 * }</pre>
 *
 * <p>Without columns for the caller the {@code INSERT} into the journal is the main statement, and its update count is
 * the caller's. Parameters keep their number and order. The image is read from what the statement returns: values of
 * {@code now()}, {@code nextval} or {@code random()} are the ones written, an untouched long value is there too.
 *
 * <p>A table is told by its name: an unqualified name is taken for the table in transition of that name, and the
 * statement fails if the session's search path means another one. What writes behind the statement (triggers, functions, views) is the guard's to refuse.
 */
final class CaptureRewriter {
    private static final PassThrough PASS = new PassThrough();
    private static final String ROWS = "\"tenantshift rows\"";
    private static final String TENANT = "\"tenantshift tenant\"";
    private static final String IMAGE = "\"tenantshift image\"";
    private static final String TABLE = "\"tenantshift table\"";

    private final Map<String, List<Layout>> byTable = new HashMap<>();

    private final Set<Integer> byTrigger;
    private final boolean showsOldRows;
    private final Map<Integer, Integer> attributes;
    private final Labels labels;

    /**
     * @param layouts the tables in transition; of several layouts of one table the one with the highest id counts
     * @param byTrigger the ids of layouts whose tables are captured by trigger
     * @param showsOldRows whether the server's {@code RETURNING} can show the old row, as from PostgreSQL 18 on
     * @param attributes how many columns the tables have had in their lives, by the ids of layouts that still say what they have
     * @param labels asked for names that the text does not tell
     */
    CaptureRewriter(
            Collection<Layout> layouts,
            Set<Integer> byTrigger,
            boolean showsOldRows,
            Map<Integer, Integer> attributes,
            Labels labels) {
        this.byTrigger = Set.copyOf(byTrigger);
        this.showsOldRows = showsOldRows;
        this.attributes = Map.copyOf(attributes);
        this.labels = labels;
        for (Layout layout : layouts) {
            List<Layout> named = byTable.computeIfAbsent(layout.table(), t -> new ArrayList<>());
            named.removeIf(other -> other.schema().equals(layout.schema()) && other.id() < layout.id());
            if (named.stream().noneMatch(other -> other.schema().equals(layout.schema()))) {
                named.add(layout);
            }
        }
    }

    /**
     * What is to be sent instead of {@code sql}, whose analysis is {@code facts}.
     *
     * @throws SQLException if the server was asked for a name and did not say it
     */
    Outcome rewrite(String sql, SqlFacts facts, KeysRequest keys) throws SQLException {
        return switch (facts.kind()) {
            case READ, LOCKING_READ, TRANSACTION, SESSION -> PASS;
            case INSERT, UPDATE, DELETE -> modification(sql, facts, keys);
            case MERGE ->
                unlessElsewhere(
                        facts,
                        "MERGE is not captured",
                        "use INSERT … ON CONFLICT, or UPDATE and DELETE in the same transaction, or capture the table by trigger");
            case WRITING_CTE ->
                unlessElsewhere(
                        facts,
                        "a write inside WITH is not captured",
                        "send the writes one by one in the same transaction, or capture the tables by trigger");
            case DDL -> definition(sql, facts);
            case COPY ->
                unlessElsewhere(
                        facts, "COPY is not captured", "use INSERT, in batches, or capture the table by trigger");
            // What they write to tables that are captured by statement, the guards refuse.
            case CALL ->
                byTrigger.isEmpty()
                        ? new Refused(
                                "CALL and DO run code whose writes are not captured",
                                "send the statements themselves, or capture the tables that it writes by trigger")
                        : PASS;
            case MULTIPLE ->
                new Refused(
                        "several statements in one string are not captured",
                        "send them one by one in the same transaction");
            case UNKNOWN ->
                new Refused(
                        "the statement was not understood, so whether it writes is not known",
                        "send a plain SELECT, INSERT, UPDATE or DELETE");
        };
    }

    private Outcome modification(String sql, SqlFacts facts, KeysRequest keys) throws SQLException {
        Modification modification = facts.modification();
        if (modification == null || !facts.sure() || sql.indexOf('\0') >= 0) {
            return new Refused(
                    "the " + facts.kind() + " was not understood in all its parts", "write it in a simpler form");
        }
        TableName target = modification.target();
        List<Layout> layouts = matching(target);
        if (layouts.isEmpty()) {
            return PASS;
        } else if (layouts.size() > 1) {
            return new Refused(
                    "table " + target + " is in transition in " + layouts.size() + " schemas, so the name is ambiguous",
                    "put the schema before the table's name");
        }
        Layout layout = layouts.get(0);
        return byTrigger.contains(layout.id()) ? PASS : captured(sql, facts, modification, keys, layout);
    }

    /** See {@link io.tenantshift.router.spi.WriteCapture#seesDriversWrites}. */
    boolean seesDriversWrites(@Nullable SqlFacts facts) {
        return !byTrigger.isEmpty() && (facts == null || (facts.sure() && writesOnlyByTrigger(facts)));
    }

    private Outcome captured(String sql, SqlFacts facts, Modification modification, KeysRequest keys, Layout layout)
            throws SQLException {
        String what = facts.kind() + " of table " + layout.schema() + "." + layout.table();
        List<String> named = new ArrayList<>(modification.assignedColumns());
        if (modification.insertColumns() != null) {
            named.addAll(modification.insertColumns());
        }
        for (String column : named) {
            if (!layout.holds(column)) {
                return new Refused(
                        what + " writes column \"" + column + "\", which layout " + layout.id() + " does not carry",
                        "leave it out if it is a generated column; if it was added since the transition opened, wait for its end");
            }
        }
        try {
            CallerColumns caller = CallerColumns.of(sql, modification, keys, layout, labels);
            boolean rekeys = showsOldRows && OldKeys.assigned(modification, layout);
            if (rekeys) {
                OldKeys.check(sql, modification);
            }
            String body = KeptColumns.body(sql, facts.start(), modification, layout, what, rekeys);
            return new Captured(
                    Composed.of(text(body, facts, modification, caller, layout, what, rekeys)), !caller.isEmpty());
        } catch (CallerColumns.NotPossible e) {
            Refused refused = e.refused;
            return new Refused(what + ": " + refused.reason(), refused.wayOut());
        }
    }

    private String text(
            String body,
            SqlFacts facts,
            Modification modification,
            CallerColumns caller,
            Layout layout,
            String what,
            boolean rekeys) {
        boolean qualified = modification.target().schema() != null;
        List<String> returning = new ArrayList<>(caller.computed());
        returning.add(Image.tenant(layout, modification.reference()) + " AS " + TENANT);
        returning.add(Image.values(layout, modification.reference()) + " AS " + IMAGE);
        if (!qualified) {
            returning.add(Identifiers.quote(modification.reference()) + ".tableoid AS " + TABLE);
        }
        if (rekeys) {
            returning.addAll(OldKeys.returning(layout, modification));
        }
        String rows = "WITH " + ROWS + " AS (" + body + " RETURNING " + (rekeys ? OldKeys.with() : "")
                + String.join(", ", returning) + ")";
        String id = qualified ? String.valueOf(layout.id()) : checkedId(layout);
        boolean inserts = facts.kind() == StatementKind.INSERT;
        String checked = inserts
                ? AddedColumns.checked(
                        layout,
                        id,
                        attributes.getOrDefault(layout.id(), AddedColumns.UNKNOWN),
                        modification.insertColumns() != null)
                : id;
        String op = facts.kind() == StatementKind.DELETE ? "'D'" : "'U'";
        String entries = "INSERT INTO tenantshift.journal (tenant_id, layout, op, image) SELECT "
                + entered(TENANT, what) + ", " + checked + ", " + op + ", " + IMAGE + " FROM " + ROWS;
        if (rekeys) {
            rows += OldKeys.deletions(id, ROWS, what);
            entries += OldKeys.afterDeletions();
        }
        return caller.isEmpty()
                ? rows + " " + entries
                : rows + ", \"tenantshift entries\" AS (" + entries + ") SELECT " + caller.output() + " FROM " + ROWS
                        + caller.condition();
    }

    /**
     * The layout's id if the row's table is the layout's, or a partition of it; else the statement is refused. The same name may mean
     * another table in this session, by its search path or by a temporary table: its rows would be applied as rows of the table in
     * transition.
     */
    private static String checkedId(Layout layout) {
        String table = layout.quotedTable();
        String meant = Identifiers.literal(table) + "::pg_catalog.regclass";
        return "CASE WHEN " + TABLE + " OPERATOR(pg_catalog.=) " + meant + " OR pg_catalog.pg_partition_root(" + TABLE
                + ") OPERATOR(pg_catalog.=) " + meant + " THEN " + layout.id()
                + " ELSE tenantshift.refuse_table(" + Identifiers.literal(table) + ", " + TABLE + ") END";
    }

    /**
     * The tenant of a row that the statement has touched, if it is the one that the transaction has entered; else the statement is refused.
     * A condition of the caller's that lets other tenants' rows in would have their entries follow a fence that was not asked.
     *
     * @param tenant the name of the column that holds the row's tenant
     */
    static String entered(String tenant, String what) {
        return "CASE WHEN " + tenant + " COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.=)"
                + " pg_catalog.current_setting('tenantshift.tenant', true) THEN " + tenant
                + " ELSE tenantshift.refuse_tenant(" + Identifiers.literal(what) + ", " + tenant + ") END";
    }

    /** An {@code int4} that is never computed but refuses the statement, in the way of the library's other refusals. */
    static String refusal(String message) {
        return "tenantshift.refuse(" + Identifiers.literal(message) + ")";
    }

    private Outcome unlessElsewhere(SqlFacts facts, String reason, String wayOut) {
        return facts.sure() && writesOnlyByTrigger(facts) ? PASS : new Refused(reason, wayOut);
    }

    /** Whether no table that it names is captured by statement. */
    private boolean writesOnlyByTrigger(SqlFacts facts) {
        return facts.tables().stream()
                .flatMap(table -> matching(table).stream())
                .allMatch(layout -> byTrigger.contains(layout.id()));
    }

    private Outcome definition(String sql, SqlFacts facts) {
        for (TableName name : facts.tables()) {
            boolean reachesFar = name.schema() == null
                    && (name.name().equals("cascade") || name.name().equals("owned"));
            boolean schema = name.schema() == null
                    && byTable.values().stream()
                            .flatMap(List::stream)
                            .anyMatch(layout -> layout.schema().equals(name.name()));
            if (reachesFar || schema || !matching(name).isEmpty()) {
                String verb = sql.substring(facts.start(), facts.end())
                        .split("\\s", 2)[0]
                        .toUpperCase(Locale.ROOT);
                return new Refused(
                        verb + " names \"" + name + "\" and so may reach a table in transition, whose "
                                + (verb.equals("TRUNCATE") ? "emptying is not captured" : "definition must not change"),
                        verb.equals("TRUNCATE") ? "use DELETE" : "wait for the end of the transition");
            }
        }
        return PASS;
    }

    private List<Layout> matching(TableName name) {
        List<Layout> named = byTable.getOrDefault(name.name(), List.of());
        String schema = name.schema();
        return schema == null
                ? named
                : named.stream()
                        .filter(layout -> layout.schema().equals(schema))
                        .toList();
    }
}
