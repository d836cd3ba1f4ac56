package io.tenantshift.dualwrite.internal.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.dualwrite.internal.capture.CapturedItems.Seen;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The captured form against the plain statement on a twin table, and the journal's images against the rows. */
@TenantShiftCluster(shards = 0, schema = "items.sql")
class CaptureRewriterIT {
    private static final String FIVE = """
            insert into items (tenant_id, id, note, count, price, items) values
            ('t1', 1, 'a', 1, 1.50, 'x'), ('t1', 2, 'b', 2, null, null), ('t1', 3, null, 3, 3, 'y'),
            ('t1', 4, '', 4, 4, ''), ('t1', 5, 'null', null, 5, 'NULL')""";

    private final Cluster cluster;

    CaptureRewriterIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeAll
    static void install(Cluster cluster) throws SQLException {
        try (Connection connection = cluster.connect(Cluster.LEGACY)) {
            Schema.install(connection);
        }
        cluster.execute(
                Cluster.LEGACY,
                "insert into tenantshift.fence (tenant_id, epoch, state, phase, lane, attempt)"
                        + " values ('t1', 1, 'open', 'DUAL_WRITE', 'lane', gen_random_uuid())",
                "create trigger guard before insert or update or delete or truncate on app.items"
                        + " for each statement execute function tenantshift.guard()");
    }

    private CapturedItems items() throws SQLException {
        return new CapturedItems(cluster);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into items (tenant_id, id, note) values ('t1', 10, 'n')",
                "insert into items as i (tenant_id, id, note) values ('t1', 10, 'n'), ('t1', 11, null)",
                "insert into items (tenant_id, id, note) select 't1', item, r.note from rates r where item > 5",
                "insert into items (tenant_id, id, note) select 't1', item + 10, r.note from rates r order by 2 limit 1",
                "insert into items (tenant_id, id) values ('t1', 1), ('t1', 10) on conflict do nothing",
                "insert into items (tenant_id, id) values ('t1', 1), ('t1', 10) on conflict do nothing returning id, note",
                "insert into items (tenant_id, id, note) values ('t1', 1, 'new'), ('t1', 10, 'n')"
                        + " on conflict (tenant_id, id) do update set note = excluded.note, count = items.count + 10"
                        + " where items.note <> 'z' returning id, note, count",
                "insert into items (tenant_id, note) values ('t1', 'identity') returning id",
                "insert into items (tenant_id, id, price, luck, turn) values ('t1', 10, 5, 0.5, 1) returning *",
                "insert into items (tenant_id, id, note, code) overriding user value values ('t1', 7, 'n', default)"
                        + " returning id, code",
                "with w as (select item, note from rates) insert into items (tenant_id, id, note)"
                        + " select 't1', item + 20, note from w returning id, items.items, (select count(*) from w) as n",
                "update items set note = 'changed' where id <= 3",
                "update items set note = 'changed' where id > 300",
                "update only items as i set count = i.count + 1, note = null where i.id = 2 returning i.*",
                "update items set (note, count) = (select 'pair', 9) where id = 1 returning id, note as \"Note\", count",
                "update items i set count = r.factor, note = r.note from rates r where r.item = i.id",
                "update items i set count = r.factor from rates r where r.item = i.id returning i.*, r.note, r.factor f",
                "update items set count = count + 1 where id = 1 returning tenant_id, id, id, count, count + 1, note note,"
                        + " upper(note), items, items.items, items.twice, twice::int, 'lit', 7",
                "update items set numbers[2] = 5, pair.b = 'b' where id = 1 returning numbers[2], pair",
                "update items set note = 'x' where id in (1, 2) returning *, id as again, items.*",
                "update items set note = 'x' where (tenant_id, id) in (select tenant_id, item from rates) -- comment",
                "/* app */ update /* in */ items set note = 'x' -- a\n where id = 1 -- b\n returning -- c\n id -- d\n;",
                "delete from items where id = 1",
                "delete from items",
                "delete from only items as i using rates r where r.item = i.id returning i.id, r.note",
                "delete from items where note is null returning *",
                "update items i set count = r.factor from rates r where r.item = i.id returning *",
                "update items i set count = 7 from rates r left join rates x on x.item = r.item + 100"
                        + " where r.item = i.id returning i.id, *, x.*, x.note",
                "update items set count = 8 from (select 1 as id, 'q' as s, null as s) as s, only rates as items_too"
                        + " where items.id = s.id returning *, s.*, items_too.item",
                "with w as (select item, note as w from rates) update items i set note = w.w from w"
                        + " where w.item = i.id returning w.*, *, i.note",
                "delete from items using (values (1, 'v'), (2, 'u')) as v (id, v) where items.id = v.id returning v.*, *",
                "update items set at = '2024-05-06' returning extract(year from at), cast(id as text), trim(note), *,"
                        + " cast(count as int8), at at time zone 'UTC', coalesce(note, '') collate \"C\", id",
                "update items i set at = '2024-05-06' from rates r where r.item = i.id"
                        + " returning *, extract(year from i.at), cast(r.item as text), 1",
                "with recursive n (x) as (select 1 union all select x + 1 from n where x < 3)"
                        + " delete from items using n where id = x returning id",
                "with items as (select 1 as z) insert into items (tenant_id, id) select 't1', z + 40 from items returning id"
            })
    void theCallerSeesWhatThePlainStatementShowsAndTheJournalHoldsTheRows(String statement) throws SQLException {
        try (CapturedItems items = items()) {
            items.given(FIVE);
            Seen plain = items.plain(statement, KeysRequest.NONE);
            Seen captured = items.captured(statement, KeysRequest.NONE);
            assertThat(captured).isEqualTo(plain);
            assertThat(items.journalSize()).isEqualTo(plain.count());
            items.applyJournal();
            assertThat(items.table("copy")).isEqualTo(items.table("app"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into items (tenant_id, note, price, luck, turn) values ('t1', 'a', 1, 0, 1), ('t1', 'b', 2, 0, 1)",
                "insert into items (tenant_id, id) values ('t1', 1) on conflict do nothing",
                "update items set note = 'k' where id < 3",
                "delete from items where id < 3",
                "update items as i set note = 'k' from rates where rates.item = i.id"
            })
    void generatedKeysAreThoseOfThePlainStatement(String statement) throws SQLException {
        List<KeysRequest> requests = List.of(
                KeysRequest.ALL,
                new KeysRequest.Columns(List.of("id")),
                new KeysRequest.Columns(List.of("Odd \"name", "id", "twice", "id")),
                new KeysRequest.Columns(List.of("*")),
                new KeysRequest.Columns(List.of()));
        for (KeysRequest keys : requests) {
            try (CapturedItems items = items()) {
                items.given(FIVE);
                Seen plain = items.plain(statement, keys);
                assertThat(items.captured(statement, keys)).as("%s", keys).isEqualTo(plain);
                items.applyJournal();
                assertThat(items.table("copy")).isEqualTo(items.table("app"));
            }
        }
    }

    @Test
    void parametersKeepTheirOrderBeforeAndInsideReturning() throws SQLException {
        String statement = "with r as (select ?::int as f) update items set note = ?, count = count + f from r"
                + " where id = ? returning id, ? || note as tagged, ?::text as given";
        try (CapturedItems items = items()) {
            items.given(FIVE);
            Seen plain = items.plain(statement, KeysRequest.NONE, 5, "new", 3, "tag-", "g");
            Seen captured = items.captured(statement, KeysRequest.NONE, 5, "new", 3, "tag-", "g");
            assertThat(captured).isEqualTo(plain);
            assertThat(captured.rows()).containsExactly(List.of("3", "tag-new", "g"));
        }
    }

    @Test
    @Pitfall(12)
    void aLongValueThatTheStatementDidNotTouchIsInTheImage() throws SQLException {
        try (CapturedItems items = items()) {
            items.given("insert into items (tenant_id, id, big, raw) select 't1', 1, string_agg(md5(g::text), ''),"
                    + " decode(string_agg(md5(g::text), ''), 'hex') from generate_series(1, 320) g");
            items.sql("delete from copy.items"); // not copied yet: the image alone must make the row
            items.captured("update items set count = 77 where id = 1", KeysRequest.NONE);
            items.applyJournal();
            assertThat(items.table("copy")).isEqualTo(items.table("app"));
            assertThat(items.query("select length(big), length(raw), count from copy.items"))
                    .containsExactly(List.of("10240", "5120", "77"));
        }
    }

    @ParameterizedTest
    @Pitfall(13)
    @ValueSource(
            strings = {
                "insert into items (tenant_id, at, luck, token) values ('t1', now(), random(), gen_random_uuid())",
                "insert into items (tenant_id, at) values ('t1', clock_timestamp()) returning id, at",
                "insert into items (tenant_id, turn) select 't1', nextval('app.turn') from generate_series(1, 3)",
                "update items set luck = random(), token = gen_random_uuid(), at = clock_timestamp()",
                "update items set note = 'one of them' where id = (select id from items limit 1)",
                "update items set turn = nextval('app.turn') where id in (select id from items order by random() limit 2)",
                "delete from items where id in (select id from items order by random() limit 2)"
            })
    void whatAFunctionOrAnUnorderedLimitChoseIsCarriedNotRepeated(String statement) throws SQLException {
        try (CapturedItems items = items()) {
            items.given(FIVE);
            items.captured(statement, KeysRequest.NONE);
            items.applyJournal();
            assertThat(items.table("copy")).isEqualTo(items.table("app"));
        }
    }

    @ParameterizedTest
    @Pitfall(57)
    @ValueSource(
            strings = {
                "flag = true",
                "flag = false",
                "price = 0.10, exact = 123456789012345678901234567890.123450, paid = 7",
                "exact = 'NaN'",
                "at = '2024-03-31 02:30:00.123456+02', day = '0044-03-15 BC'",
                "at = 'infinity', day = '-infinity'",
                "wait = '1 year 2 mons -3 days 04:05:06.789'",
                "raw = '\\x00ff10', note = E'line\\n\\ttab \\\\ \\'quote\\' \"double\" {brace}, é \u20ac'",
                "raw = '', note = '', code = '', padded = ''",
                "numbers = '{}', words = '{}'",
                "numbers = '[0:2]={1,NULL,3}', words = array['a,b', 'NULL', null, '', 'q\"q', '{', ' s ']",
                "numbers = '{{1,2},{3,4}}'",
                "doc = '{\"b\": [1, 2.50], \"a\": null}', doc_text = '{ \"a\" : 1,  \"a\" : 2 }'",
                "doc = 'null', doc_text = 'null'",
                "padded = 'ab', code = 'trail  '",
                "token = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
                "ratio = 0.1::float8 + 0.2::float8, small_ratio = 0.1::real / 3",
                "ratio = '-Infinity', small_ratio = 'NaN'",
                "ratio = '-0', small_ratio = 1e-45",
                "mood = 'so so', moods = array['sad', 'so so', null]::mood[]",
                "pair = row(null, null)::pair",
                "pair = row(1, 'a \"b\", (c)')::pair, pairs = array[row(1, null), null, row(null, '')]::pair[]",
                "span = '[1,10)', address = '10.0.0.1/8'",
                "span = 'empty', \"Odd \"\"name\" = 3, later = 'later', items = 'items'",
                "note = 'NULL', code = 'null', words = null"
            })
    void aValueComesBackFromItsTextExactly(String assignments) throws SQLException {
        try (CapturedItems items = items()) {
            items.given("insert into items (tenant_id, id) values ('t1', 1)");
            items.captured("update items set " + assignments, KeysRequest.NONE);
            items.applyJournal();
            assertThat(items.table("copy")).isEqualTo(items.table("app"));
        }
    }

    @Test
    void rowsOfAnotherTenantFailTheStatementByThemselves() throws SQLException {
        try (CapturedItems items = items()) {
            assertThatThrownBy(() ->
                            items.captured("insert into items (tenant_id, id) values ('t2', 1)", KeysRequest.NONE))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("TS004"));
        }
    }

    @Test
    void aNameThatMeansAnotherTableInThisSessionFailsTheStatement() throws SQLException {
        String statement = "insert into items (tenant_id, id) values ('t1', 9)";
        try (CapturedItems items = items()) {
            items.sql("create temp table items (like app.items)");
            assertThatThrownBy(() -> items.captured(statement, KeysRequest.NONE))
                    .hasMessageContaining("is not \"app\".\"items\" here but")
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("TS004"));
        }
    }

    @Test
    void theGuardLetsTheCapturedFormPassAndRefusesThePlainOne() throws SQLException {
        String statement = "delete from app.items where id = 1";
        try (CapturedItems items = items()) {
            items.captured(statement, KeysRequest.NONE);
            assertThatThrownBy(() -> items.sql(statement))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("TS004"));
        }
    }
}
