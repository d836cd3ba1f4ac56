package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tables a text names. */
class SqlTablesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        a               | select * from a
        a b c           | select * from a, b as x, c y where y.id = 1
        a b c d         | select * from a join b on a.x = b.x, c left join d using (x, y)
        a b c           | select * from (a join b on true), c
        a b             | select * from ((select * from a) x join b on true)
        a b             | select (select max(z) from a), b.x from b
        a b             | select * from a where x in (select y from b)
        a b             | select * from a union all select * from b
        a b             | (select * from a) except (table b)
        s.a             | select * from S.A
        s.A b           | select * from s."A", "b"
        s.a             | select * from db.s.a
        a               | select * from only (a)
        a b             | select * from a, lateral (select * from b where b.x = a.x) l
        a               | select * from f(1), a, unnest(array[1, 2]) with ordinality as u(v, w)
        a               | select * from rows from (f(1), g(2)) as r, a
        a               | select extract(epoch from x), trim(both from y), x is distinct from y from a
        a b             | select x is not distinct from y, z distinct from a, b
        a               | select substring(x from 1 for 2), overlay(x placing y from 1) from a
        a b             | select * from a tablesample system (10), b
        a b             | select * from a set, b
        a               | with w as (select * from a) select * from w
        a               | with a as (select * from a) select * from a
        w a             | with v as (select * from w), w as (select * from a) select * from v
        a               | with recursive w as (select * from v), v as (select * from a) select * from w
        w               | select * from (with w as (select 1) select * from w) x, w
        s.w             | with w as (select 1) select * from s.w
        t               | insert into t values (1, (2))
        t               | insert into t (a, b) values (1, 2) on conflict (a) do update set b = 1, c = 2
        t u             | insert into t select a, b from u on conflict do nothing
        t               | insert into temp_x.t as t default values
        t u v           | update t set a = 1, b = 2 from u, v where true
        t u v           | delete from t using u, v join t as t2 using (id) where true
        t s             | merge into t using s on t.a = s.a when matched then update set b = 1, c = 2
        t u             | with x as (delete from t returning a, b) insert into u select * from x
        t u             | with x as (update t set a = 1 returning a, b) delete from u using x
        temp            | insert into temp select 1
        t               | with t as (select 1) delete from t
        t               | with t as (select 1) update t set a = 1
        t               | with t as (select 1) insert into t select * from t
        t               | with t as (select 1), u as (delete from t returning *) select * from u, t
        t               | with t as (select 1), u as (update only t set a = 1 returning *) select * from u, t
        t               | with t as (select 1) merge into t using t as s on true when matched then delete
        x t             | select a into temp x from t
        a b             | select 1 as as from a as "as" join b as from on true
        """)
    void tablesAreFoundAndNamesOfWithAreNot(String tables, String sql) {
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        String expected = tables.replace("temp_x.t", "t");
        assertThat(facts.sure()).as(sql).isTrue();
        assertThat(facts.tables().stream()
                        .map(n -> n.toString().replace("temp_x.", ""))
                        .collect(Collectors.toSet()))
                .as(sql)
                .containsExactlyInAnyOrderElementsOf(Arrays.asList(expected.split(" ")));
    }

    @Test
    void aDefinitionNamesEveryWordThatCouldBeATable() {
        assertThat(SqlAnalyzer.analyze("drop table if exists app.orders, \"Items\" cascade")
                        .tables())
                .contains(new TableName("app", "orders"), new TableName(null, "Items"), new TableName(null, "cascade"));
    }

    @Test
    void aTableWhoseNameCannotBeToldMakesTheFactsUnsure() {
        assertThat(SqlAnalyzer.analyze("select * from U&\"\\0061\"").sure()).isFalse();
        assertThat(SqlAnalyzer.analyze("delete from " + "x".repeat(64)).sure()).isFalse();
        assertThat(SqlAnalyzer.analyze("delete from " + "x".repeat(63)).sure()).isTrue();
    }
}
