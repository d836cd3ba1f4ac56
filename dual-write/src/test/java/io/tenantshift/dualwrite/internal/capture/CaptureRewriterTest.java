package io.tenantshift.dualwrite.internal.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layout.Column;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.SqlAnalyzer;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is captured, what passes and what is refused, and why. */
class CaptureRewriterTest {
    private static final List<Column> COLUMNS = List.of(
            new Column("tenant_id", "text"),
            new Column("id", "bigint"),
            new Column("note", "character varying(20)"),
            new Column("Big", "numeric(10,2)"));
    private static final Layout ITEMS = new Layout(3, "app", "items", COLUMNS, List.of("id"), "tenant_id");
    private static final Layout ORDERS =
            new Layout(4, "app", "orders", COLUMNS, List.of("tenant_id", "id"), "tenant_id");
    private static final Layout OTHERS =
            new Layout(5, "old", "orders", COLUMNS, List.of("tenant_id", "id"), "tenant_id");
    private static final Layout PRICED = new Layout(6, "app", "priced", COLUMNS, List.of("Big"), "tenant_id");
    /** What the server would say of a statement that returns two values, all four columns, and one more value. */
    private static final Labels LABELS = (layout, sql) -> List.of("l1", "l2", "tenant_id", "id", "note", "Big", "l7");

    private static final CaptureRewriter REWRITER = rewriter(false, ITEMS, ORDERS, OTHERS, PRICED);

    private static CaptureRewriter rewriter(boolean showsOldRows, Layout... layouts) {
        return new CaptureRewriter(List.of(layouts), Set.of(), showsOldRows, Map.of(3, 1), LABELS);
    }

    private static Outcome outcome(String sql) {
        return outcome(REWRITER, sql, KeysRequest.NONE);
    }

    private static Outcome outcome(CaptureRewriter rewriter, String sql, KeysRequest keys) {
        try {
            return rewriter.rewrite(sql, SqlAnalyzer.analyze(sql), keys);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void withoutColumnsForTheCallerTheJournalIsTheMainStatement() {
        Outcome.Captured captured =
                (Outcome.Captured) outcome("/* c */ UPDATE app.items AS i SET note = ? WHERE id = ?; -- end");
        assertThat(captured.returnsRows()).isFalse();
        assertThat(captured.sql())
                .isEqualTo("WITH \"tenantshift rows\" AS (UPDATE app.items AS i SET note = ? WHERE id = ? RETURNING"
                        + " \"i\".\"tenant_id\"::pg_catalog.text AS \"tenantshift tenant\","
                        + " ARRAY[\"i\".\"tenant_id\"::pg_catalog.text,"
                        + " pg_catalog.textin(pg_catalog.int8out(\"i\".\"id\")),"
                        + " \"i\".\"note\"::pg_catalog.text,"
                        + " pg_catalog.textin(pg_catalog.numeric_out(\"i\".\"Big\"))]::pg_catalog.text[]"
                        + " AS \"tenantshift image\")"
                        + " INSERT INTO tenantshift.journal (tenant_id, layout, op, image)"
                        + " SELECT " + entered("UPDATE") + ", 3, 'U', \"tenantshift image\""
                        + " FROM \"tenantshift rows\"");
    }

    private static String entered(String verb) {
        return "CASE WHEN \"tenantshift tenant\" COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.=)"
                + " pg_catalog.current_setting('tenantshift.tenant', true) THEN \"tenantshift tenant\""
                + " ELSE tenantshift.refuse_tenant('" + verb + " of table app.items', \"tenantshift tenant\") END";
    }

    @Test
    void withColumnsForTheCallerTheJournalIsWrittenBeside() {
        Outcome.Captured captured = (Outcome.Captured) outcome("delete from app.items returning id, *, note || ? as n");
        assertThat(captured.returnsRows()).isTrue();
        assertThat(captured.sql())
                .startsWith("WITH \"tenantshift rows\" AS (delete from app.items RETURNING id AS \"tenantshift 1\","
                        + " (\"items\".*)::\"app\".\"items\" AS \"tenantshift row\", note || ? AS \"tenantshift 3\", ")
                .endsWith(", \"tenantshift entries\" AS (INSERT INTO tenantshift.journal (tenant_id, layout, op, image)"
                        + " SELECT " + entered("DELETE") + ", 3, 'D', \"tenantshift image\" FROM \"tenantshift rows\")"
                        + " SELECT \"tenantshift 1\" AS \"id\", (\"tenantshift row\").*, \"tenantshift 3\" AS \"n\""
                        + " FROM \"tenantshift rows\"");
    }

    @Test
    void aTableNamedWithoutItsSchemaIsCheckedByTheStatementItself() {
        assertThat(((Outcome.Captured) outcome("delete from items as i")).sql())
                .contains(", \"i\".tableoid AS \"tenantshift table\")")
                .contains(
                        "CASE WHEN \"tenantshift table\" OPERATOR(pg_catalog.=) '\"app\".\"items\"'::pg_catalog.regclass"
                                + " OR pg_catalog.pg_partition_root(\"tenantshift table\") OPERATOR(pg_catalog.=)"
                                + " '\"app\".\"items\"'::pg_catalog.regclass THEN 3 ELSE tenantshift.refuse_table(");
        assertThat(((Outcome.Captured) outcome("delete from app.items as i")).sql())
                .doesNotContain("tableoid");
    }

    @Test
    void anAssignmentToTheKeyOrTheTenantComparesWithTheOldRow() {
        String captured =
                ((Outcome.Captured) outcome("update app.items i set id = ? + 1, note = ?, tenant_id = lower(?)")).sql();
        assertThat(captured)
                .contains(
                        "set id = CASE CAST(? + 1 AS bigint) WHEN \"i\".\"id\" THEN \"i\".\"id\" ELSE tenantshift.refuse(")
                .contains(
                        "END, note = ?, tenant_id = CASE WHEN (\"i\".\"tenant_id\"::pg_catalog.text) COLLATE pg_catalog.\"C\""
                                + " OPERATOR(pg_catalog.=) pg_catalog.current_setting('tenantshift.tenant')"
                                + " THEN lower(?) ELSE \"i\".\"tenant_id\" END RETURNING");
    }

    @Test
    void whereTheServerShowsOldRowsAChangedKeyIsCarried() {
        CaptureRewriter rewriter = rewriter(true, ITEMS, PRICED);
        for (String sql : List.of(
                "update app.items set (id, note) = (?, ?), tenant_id = ?",
                "insert into app.priced (id) values (1) on conflict (\"Big\") do update set \"Big\" = default returning id")) {
            assertThat(outcome(rewriter, sql, KeysRequest.NONE))
                    .isInstanceOfSatisfying(
                            Outcome.Captured.class,
                            captured -> assertThat(captured.sql())
                                    .contains(" RETURNING WITH (OLD AS \"tenantshift old\") ")
                                    .contains(
                                            "'D', \"tenantshift old image\" FROM \"tenantshift rows\" WHERE \"tenantshift rekeyed\""));
        }
        String plain = "update app.items set note = 'x'";
        assertThat(((Outcome.Captured) outcome(rewriter, plain, KeysRequest.NONE)).sql())
                .doesNotContain("OLD");
        String old = "update app.items set id = 3 returning Old.id";
        assertThat(outcome(rewriter, old, KeysRequest.NONE)).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void anInsertLooksForColumnsThatTheLayoutLacks() {
        assertThat(((Outcome.Captured) outcome("insert into app.items (id) values (1)")).sql())
                .contains(
                        "CASE WHEN (SELECT tenantshift.fills_unseen('\"app\".\"items\"'::pg_catalog.regclass, 1, 3, true)) THEN tenantshift.refuse(");
        assertThat(((Outcome.Captured) outcome("insert into app.orders values (1, 2, 3, 4)")).sql())
                .contains("tenantshift.fills_unseen('\"app\".\"orders\"'::pg_catalog.regclass, -1, 4, false)");
        assertThat(((Outcome.Captured) outcome("update app.items set note = 'x'")).sql())
                .doesNotContain("fills_unseen");
    }

    @Test
    void ofSeveralLayoutsOfATableTheNewestCounts() {
        Layout newer = new Layout(9, "app", "items", COLUMNS, List.of("id"), "tenant_id");
        for (CaptureRewriter rewriter : List.of(rewriter(false, ITEMS, newer), rewriter(false, newer, ITEMS))) {
            Outcome outcome = outcome(rewriter, "delete from app.items", KeysRequest.NONE);
            assertThat(((Outcome.Captured) outcome).sql()).contains(", 9, 'D'");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into items (tenant_id, id) values (?, ?)",
                "insert into APP.Items (tenant_id, id) values (?, ?) on conflict do nothing",
                "insert into app.\"items\" default values",
                "update only items set note = 'x'",
                "delete from app.orders using items where true",
                "with a as (select 1) insert into items (id) select * from a",
                "update items set id = ?, tenant_id = ?, note = ?",
                "insert into items (id) values (1) on conflict (id) do update set id = excluded.id, tenant_id = excluded.tenant_id",
                "update items set note = {fn upper('x')} where note like 'a!%' {escape '!'}",
                "delete from items returning (id), case when true then 1 end, note is null, 'x'::text"
            })
    void aWriteToATableInTransitionIsCaptured(String sql) {
        assertThat(outcome(sql)).isInstanceOf(Outcome.Captured.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from items",
                "select * from items for update",
                "savepoint a",
                "set constraints all deferred",
                "set search_path = app",
                "insert into log values (1)",
                "insert into log select * from items",
                "update other.items set id = 1",
                "delete from \"Items\"",
                "with x as (delete from log returning *) insert into log2 select * from x",
                "merge into log using log2 on true when matched then delete",
                "create table log3 (a int)",
                "create index on log (a)",
                "truncate log",
                "copy log from stdin",
                "copy log to stdout"
            })
    void whatSurelyWritesNoTableInTransitionPasses(String sql) {
        assertThat(outcome(sql)).isEqualTo(new Outcome.PassThrough());
    }

    /** Table {@code items} by trigger, the others by statement. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into items (id) values (1)",
                "update items set id = 2 returning *",
                "with x as (delete from items returning *) insert into log select * from x",
                "merge into items using log on true when matched then delete",
                "copy items from stdin",
                "call p()",
                "do $$ begin delete from items; end $$"
            })
    void whatWritesATableThatATriggerCapturesPasses(String sql) {
        assertThat(outcome(byTrigger(), sql, KeysRequest.NONE)).isEqualTo(new Outcome.PassThrough());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "with x as (delete from items returning *) delete from app.orders",
                "merge into items using app.orders on true when matched then delete",
                "copy app.orders from stdin",
                "truncate items",
                "alter table items add column x int",
                "delete from items; delete from items"
            })
    void whatMayWriteAnotherTableOrCannotBeSeenByATriggerIsStillRefused(String sql) {
        assertThat(outcome(byTrigger(), sql, KeysRequest.NONE)).isInstanceOf(Outcome.Refused.class);
    }

    private static CaptureRewriter byTrigger() {
        return new CaptureRewriter(List.of(ITEMS, ORDERS, OTHERS, PRICED), Set.of(ITEMS.id()), false, Map.of(), LABELS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        update items set note = 'x', (note, id) = (1, 2)            | assigns the key column "id"
        update items set (note, tenant_id) = (1, 2)                 | assigns the tenant column "tenant_id"
        update app.orders set tenant_id = default                   | assigns the tenant column "tenant_id"
        update items set id = default                               | assigns the key column "id"
        update items set id = 1, id = 2                             | assigns the key column "id"
        update app.priced set "Big" = 1                             | assigns the key column "Big"
        update items set big = 1                                    | column "big", which layout 3 does not carry
        insert into items (id, added) values (1, 2)                 | column "added", which layout 3 does not carry
        update orders set note = 'x'                                | in 2 schemas, so the name is ambiguous
        update items set note = 'x' from log join l2 using (a) returning * | a join by common columns
        update items set note = 'x' from log natural join l2 returning log.* | not plainly a table
        delete from items using generate_series(1, 2) as g returning *      | a function or the like
        delete from items using log as l (a, b) returning *                 | a function or the like
        delete from items as i returning items.*                    | not plainly a table
        delete from items returning items.*, extract(year from note), * | expression without a name between two stars (item 2)
        with x as (delete from items returning *) select * from x   | a write inside WITH
        with x as (select 1), y as (insert into log values (1)) delete from items | a write inside WITH
        with x as (delete from log returning *) select * from items | a write inside WITH
        merge into items using log on true when matched then delete | MERGE is not captured
        copy items from stdin                                       | COPY is not captured
        copy (delete from items returning *) to stdout              | COPY is not captured
        truncate items                                              | TRUNCATE names "items"
        truncate log, app.orders                                    | TRUNCATE names "app.orders"
        truncate log cascade                                        | TRUNCATE names "cascade"
        alter table app.items add column x int                      | ALTER names "app.items"
        drop schema app                                             | DROP names "app"
        drop owned by someone                                       | DROP names "owned"
        select * into x from items                                  | SELECT names "items"
        call p()                                                    | code whose writes are not captured
        do $$ begin delete from items; end $$                       | code whose writes are not captured
        {call p()}                                                  | code whose writes are not captured
        delete from items; delete from orders                       | several statements
        execute prepared                                            | was not understood
        explain analyze delete from items                           | was not understood
        delete from items where note = 'open                        | was not understood
        update items a b set note = 1                               | was not understood
        delete from items returning with (old as o) o.id            | was not understood
        """)
    void whatCannotBeCapturedIsRefusedWithItsReason(String sql, String reason) {
        assertThat(outcome(sql)).isInstanceOfSatisfying(Outcome.Refused.class, refused -> {
            assertThat(refused.reason()).contains(reason);
            assertThat(refused.wayOut()).isNotBlank();
        });
    }

    @Test
    void aStarBesideOtherTablesIsTheRowsOfAllInTheirOrder() {
        Outcome outcome = outcome(
                "update app.items i set note = 'x' from log, lateral (select 1) \"S\" left join app.l2 as b on true where true returning *, b.*");
        assertThat(((Outcome.Captured) outcome).sql())
                .contains("(\"log\".*)::pg_catalog.record AS \"tenantshift 2\"")
                .contains(
                        " SELECT (\"tenantshift row\").*, (\"tenantshift 2\").*, (\"tenantshift 3\").*, (\"tenantshift 4\").*, (\"tenantshift 5\").* FROM");
        String keys = "delete from items using log where true";
        assertThat(((Outcome.Captured) outcome(REWRITER, keys, KeysRequest.ALL)).sql())
                .contains(" SELECT (\"tenantshift row\").*, (\"tenantshift 2\").* FROM");
    }

    @Test
    void aNameThatTheTextDoesNotTellIsTheServers() {
        Outcome outcome = outcome(
                "delete from app.items returning extract(year from note), cast(id as text), *, cast(1 as int8)");
        assertThat(((Outcome.Captured) outcome).sql())
                .contains(
                        " SELECT \"tenantshift 1\" AS \"l1\", \"tenantshift 2\" AS \"l2\", (\"tenantshift row\").*, \"tenantshift 4\" AS \"l7\" FROM");
    }
}
