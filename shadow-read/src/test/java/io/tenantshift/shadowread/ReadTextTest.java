package io.tenantshift.shadowread;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Pitfall;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Pitfall(30)
final class ReadTextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from orders where tenant_id = ? and id = ?",
                "SELECT o.id, \"user\".name FROM orders o JOIN \"user\" USING (tenant_id) WHERE o.tenant_id = ?;",
                "select count(*), sum(amount), coalesce(max(made), ?) from orders where tenant_id = ? group by status having count(*) > 1",
                "with paid as (select id from orders where status in ('paid', 'sent')) select * from paid",
                "select id::text, amount::numeric(12, 2) from orders where note ->> 'known' is null",
                "(select 1) union all (select 2)",
                "values (1), (2)",
                "select * from orders where tenant_id = ? order by made desc limit 20",
                "select * from orders where tenant_id = ? order by made desc limit ? offset ?",
                "select * from orders where tenant_id = ? order by id offset 10 rows fetch first 5 rows only",
                "select substring(status from 1 for 3) from orders -- now()",
                "select /* random() */ id from orders",
                "select note ?? 'gift' from orders where id = ?",
                "select extract(day from made), array[1, 2], exists (select from orders) from orders"
            })
    void isRepeatable(String sql) {
        assertThat(ReadText.of(sql).unsuitable()).as(sql).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "show timezone",
                "explain select 1",
                "update orders set status = ? returning id",
                "with gone as (delete from orders returning id) select * from gone",
                "select * from orders for update",
                "select * into copy from orders",
                "select 1; select 2",
                "select * from orders where made < now()",
                "select * from orders where made < CURRENT_TIMESTAMP",
                "select * from orders where made < 'now'::timestamptz",
                "select * from orders where made < 'Tomorrow 00:00'",
                "select random()",
                "select nextval('s')",
                "select clock_timestamp ()",
                "select gen_random_uuid()",
                "select pg_catalog.now()",
                "select shop.total(id) from orders",
                "select total(id) from orders",
                "select \"total\"(id) from orders",
                "select age(made) from orders",
                "select array_agg(id) from orders",
                "select row_number() over (order by made) from orders",
                "select distinct on (status) id from orders order by status",
                "select * from orders tablesample system (10)",
                "select o.ctid from orders o",
                "select \"xmin\" from orders",
                "select relname from pg_class",
                "select * from tenantshift.fence",
                "select current_user",
                "select * from orders limit 10",
                "select * from orders offset 10",
                "select * from (select * from orders order by made limit 10) newest",
                "select * from orders order by id limit ? + 1",
                "select * from orders order by id fetch first row with ties",
                "select (select id from orders order by made limit 1)",
                "select {fn now()}",
                "select $$now$$",
                "select E'\\x6eow'::timestamptz",
                "select 'open"
            })
    void isNotRepeatable(String sql) {
        assertThat(ReadText.of(sql).isRepeatable()).as(sql).isFalse();
    }

    @Test
    void reportsCarryNoValues() {
        assertThat(ReadText.of("select  * from orders -- of Eve\n where name = 'Eve' and id = 42 and x=? limit 7")
                        .redacted())
                .isEqualTo("select * from orders where name = ? and id = ? and x=? limit ?");
    }

    @Test
    void widensTheLimitAndDropsTheOffsetInPlace() {
        assertThat(widened("select * from t order by a limit ? offset ?"))
                .isEqualTo("select * from t order by a limit greatest(?, 99) offset least(?, 0)");
        assertThat(widened("select * from t order by a offset ? rows fetch next 5 rows only"))
                .isEqualTo("select * from t order by a offset least(?, 0) rows fetch next (greatest(5, 99)) rows only");
        assertThat(widened("select * from t order by a limit 5"))
                .isEqualTo("select * from t order by a limit greatest(5, 99)");
        assertThat(widened("select * from t")).isNull();
    }

    private static @Nullable String widened(String sql) {
        return ReadText.of(sql).widened(sql, 99);
    }
}
