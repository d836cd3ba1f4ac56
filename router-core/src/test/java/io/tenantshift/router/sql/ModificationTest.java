package io.tenantshift.router.sql;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of INSERT, UPDATE and DELETE. */
class ModificationTest {
    private static Modification of(String sql) {
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        assertThat(facts.sure()).as(sql).isTrue();
        return requireNonNull(facts.modification());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', nullValues = "-", textBlock = """
        t         | -   | insert into t values (1)
        t         | x   | insert into T as X (a) values (1)
        app.t     | -   | insert into app.t(a) (select 1)
        app.Order | -   | insert into "app"."Order" default values
        t         | -   | update t set a = 1
        t         | x   | update t x set a = 1
        t         | x   | update only t as x set a = 1
        t         | x   | update only (t) x set a = 1
        t         | set | update t as set set a = 1
        t         | for | update t as "for" set a = 1
        t         | x   | update t * x set a = 1
        t         | -   | delete from t
        t         | x   | delete from t x where a = 1
        t         | x   | delete from t as x using u
        t         | -   | delete from only t using u
        t         | -   | delete from t returning *
        t         | x   | with a as (select 1 from u) delete from t x using a
        t         | x   | merge into t as x using s on true when matched then delete
        """)
    void targetAndAliasAreFound(String target, @Nullable String alias, String sql) {
        Modification m = of(sql);
        assertThat(m.target().toString()).isEqualTo(target);
        assertThat(m.alias()).isEqualTo(alias);
        assertThat(m.only()).isEqualTo(sql.contains("only"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        a b c   | update t set a = 1, b = f(1, 2), c = (select d from e where true)
        a b c   | update t set (a, b) = (1, 2), c = 3 where d = 1
        a b     | update t set (a, b) = (select x, y from u) from v
        a B     | update t set A = 1, "B" = 2
        a b     | update t set a[1] = 1, b.c = 2
        a b     | update t set a = x is distinct from y, b = 1 returning c
        a b     | update t set a = case when p then q end, b = array[1, 2]
        a b     | insert into t values (1) on conflict (k) do update set a = excluded.a, b = 2 where t.c = 1
        a       | insert into t select * from u on conflict on constraint c do update set a = 1 returning k
        """)
    void assignedColumnsAreFound(String columns, String sql) {
        assertThat(of(sql).assignedColumns()).containsExactly(columns.split(" "));
        assertThat(of(sql).onConflict()).isEqualTo(sql.contains("conflict"));
    }

    @Test
    void insertedColumnsAreFound() {
        assertThat(of("insert into t (a, \"B\", c[1], d.e) values (1, 2, 3, 4)").insertColumns())
                .containsExactly("a", "B", "c", "d");
        assertThat(of("insert into t select 1").insertColumns()).isNull();
        assertThat(of("insert into t (a) overriding system value values (1)").insertColumns())
                .containsExactly("a");
    }

    @Test
    void assignmentsOfOneColumnAreFoundWithTheirExpressions() {
        String sql =
                "update t as x set A = a + 1, b[1] = 2, c.d = 3, (e, f) = (1, 2), \"G\" = (select ?, (1)), h=-1 where i = 2";
        assertThat(of(sql).assignments())
                .extracting(a -> a.column() + ":" + sql.substring(a.start(), a.end()))
                .containsExactly("a:a + 1", "G:(select ?, (1))", "h:-1");
        String last = "insert into t values (1) on conflict (a) do update set a = excluded.a /* c */ returning a";
        assertThat(of(last).assignments())
                .extracting(a -> a.column() + ":" + last.substring(a.start(), a.end()))
                .containsExactly("a:excluded.a");
    }

    @Test
    void otherTablesInTheScopeOfReturningAreNoted() {
        assertThat(of("update t set a = 1 from u").sources()).containsExactly("u");
        assertThat(of("update t set a = b is distinct from c").sources()).isEmpty();
        assertThat(of("update t set a = extract(year from b)").sources()).isEmpty();
        assertThat(of("delete from t using u").sources()).containsExactly("u");
        assertThat(of("insert into t select * from u").sources()).isEmpty();
    }

    @Test
    void theBodyEndsBeforeReturning() {
        String sql = "with a as (select 1) delete from t where x = ? -- all\n returning id, a.b as \"B\" ; ";
        Modification m = of(sql);
        assertThat(sql.substring(0, m.bodyEnd())).endsWith("where x = ?");
        assertThat(m.returning().stream()
                        .map(i -> sql.substring(i.start(), i.end()))
                        .toList())
                .containsExactly("id", "a.b");
        assertThat(m.returning().stream().map(ReturningItem::name).toList()).containsExactly("id", "B");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', nullValues = "-", textBlock = """
        id        | id
        id        | t.id
        id        | s.t.ID
        Id        | "Id"
        x         | id as x
        X         | id "X"
        x         | id x
        x         | count(*) x
        x         | a + 1 x
        x         | 'lit' x
        x         | id::text as x
        select    | id as select
        id        | id::text
        id        | id::numeric(10, 2)
        id        | id::timestamp(3) with time zone
        id        | id::int[]
        arr       | arr[1]
        lower     | lower(name)
        f         | s.f(a)::text
        coalesce  | coalesce(a, b)
        ?column?  | a + 1
        ?column?  | a % b::text
        ?column?  | 1
        ?column?  | ?
        ?column?  | -1
        int4      | ?::int
        text      | 'x'::varchar(3)::text
        varchar   | 'x'::character varying (3)
        bpchar    | 'x'::char(3)
        int4      | '{1}'::int[]
        Mood      | 'x'::s."Mood"
        -         | '1'::timestamp
        bool      | true
        text      | true::text
        ?column?  | null
        day       | day
        day       | t.day
        id        | (id)
        id        | ((id))::text
        ?column?  | (a = 1)
        row       | (a, b)
        array     | array[a, b]
        exists    | exists (select from t)
        case      | case when a > 1 then b end
        b         | case when a > 1 then 1 else t.b end
        case      | case when a > 1 then b else 1 end
        x         | case when a > 1 then b end x
        -         | case when a then case b when 1 then 2 end end
        ?column?  | a is null
        ?column?  | a is not distinct from b
        ?column?  | a in (1, 2)
        ?column?  | a between 1 and b
        ?column?  | not a
        -         | a + b c
        -         | a is null c
        -         | extract(year from a)
        -         | a at time zone b
        -         | a::timestamp at time zone b
        -         | (a).b
        ?column?  | (select 1)
        count     | (select count(*) from t where b = 1)
        y         | (select distinct x as y from t)
        y         | ((select x y, 1 from t order by 1 limit 1))::text
        x         | (select t.x union select 2)
        -         | (select * from t)
        -         | (select distinct on (x) y from t)
        -         | (values (1))
        -         | a collate "C"
        -         | t.*::text
        """)
    void anOutputColumnIsNamedAsPostgresNamesIt(@Nullable String name, String item) {
        List<ReturningItem> items =
                of("delete from t returning " + item + ", z").returning();
        assertThat(items).hasSize(2);
        assertThat(items.get(0).shape()).isEqualTo(ReturningItem.Shape.VALUE);
        assertThat(items.get(0).name()).as(item).isEqualTo(name);
    }

    @Test
    void starsStandForRows() {
        assertThat(of("delete from t returning *, t.*, s.t.*, a * 2 as b").returning().stream()
                        .map(i -> i.shape() + " " + i.name())
                        .collect(Collectors.joining(", ")))
                .isEqualTo("ALL null, ROW_OF t, ROW_OF t, VALUE b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert t values (1)",
                "insert into t",
                "insert into t (1) values (1)",
                "update t a b set c = 1",
                "update t",
                "update t set 1 = 1",
                "delete t",
                "delete from t a b",
                "delete from t returning",
                "delete from t returning a,, b",
                "delete from t returning with (old as o) o.a",
                "update U&\"t\" set a = 1",
                "update t as U&\"x\" set a = 1"
            })
    void whatIsNotUnderstoodIsNotSure(String sql) {
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        assertThat(facts.sure()).isFalse();
        assertThat(facts.kind()).isNotEqualTo(StatementKind.READ);
    }
}
