package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which tenant a text names: on the left what is expected, the coverage and the values. */
class TenantAnalyzerTest {
    private static void check(String expected, String sql) {
        TenantFacts facts = TenantShop.text(sql);
        assertThat(TenantShop.shown(facts)).as("%s (%s)", sql, facts.reason()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        ALL ?1         | select * from orders where tenant_id = ?
        ALL ?1         | select * from app.orders where tenant_id = ?
        ALL ?1         | select * from APP.Orders where TENANT_ID = ?
        ALL ?1         | select * from "app"."orders" where "tenant_id" = ?
        ALL ?1         | select * from only orders where orders.tenant_id = ?
        ALL ?1         | select * from orders * where orders.tenant_id = ?
        ALL ?1         | select * from orders as o where o.tenant_id = ?
        ALL ?1         | select * from app.orders where app.orders.tenant_id = ?
        ALL ?2         | select ?, x from orders o where (o.tenant_id = ?) and x > 1 order by 1 limit 5
        ALL ?2         | select * from orders where id = ? and tenant_id = ? for update
        ALL ?3         | select * from orders where id between ? and ? and tenant_id = ?
        ALL ?1         | select * from orders where ? = tenant_id
        ALL 'a'        | select * from orders where tenant_id = 'a'
        ALL 'a'        | select * from orders where ((((tenant_id)) = (('a'))))
        ALL ?1 ?2 'x'  | select * from orders where tenant_id in (?, ?, 'x')
        ALL ?1         | select * from orders where tenant_id in (?)
        ALL ?1         | select * from orders where (tenant_id, id) = (?, ?)
        ALL ?1         | select * from orders where row(tenant_id, id) = row(?, 3)
        ALL ?2         | select * from orders where (id, tenant_id) = (?, ?)
        ALL ?1 ?3      | select * from orders where (tenant_id, id) in ((?, ?), (?, ?))
        ALL ?2         | select * from orders where case when x then ? end = 1 and tenant_id = ?
        ALL ?1         | select * from orders where tenant_id = ? and (x = 1 or y = 2)
        ALL ?1         | select * from orders where tenant_id = ? and not (x = 1)
        ALL ?1         | select * from orders where tenant_id = ? and x is not distinct from 3
        ALL ?1         | select * from orders where tenant_id = ? and x = 'OR 1 = 1'
        ALL ?1         | select * from orders where tenant_id = ? /* or true */ and x -- or
        ALL ?1         | select count(*), tenant_id from orders where tenant_id = ? group by 2 having count(*) > 1
        ALL ?1 'b'     | select tenant_id from orders where tenant_id = ? group by 1 having tenant_id = 'b'
        PARTIAL 'b'    | select tenant_id from orders group by 1 having tenant_id = 'b'
        PARTIAL        | select * from orders
        PARTIAL        | select * from orders where id = ?
        PARTIAL        | select * from orders where tenant_id <> ?
        PARTIAL        | select * from orders where not tenant_id = ?
        PARTIAL        | select * from orders where not (tenant_id = ?)
        PARTIAL        | select * from orders where tenant_id not in (?)
        PARTIAL        | select * from orders where tenant_id > ?
        PARTIAL        | select * from orders where tenant_id like ?
        PARTIAL        | select * from orders where tenant_id between ? and ?
        PARTIAL        | select * from orders where tenant_id = any (?)
        PARTIAL        | select * from orders where tenant_id = all (?)
        PARTIAL        | select * from orders where tenant_id = f(?)
        PARTIAL        | select * from orders where tenant_id = null
        PARTIAL        | select * from orders where tenant_id = user
        PARTIAL        | select * from orders where tenant_id is null
        PARTIAL        | select * from orders where tenant_id = ? || ''
        PARTIAL        | select * from orders where tenant_id = lower('A')
        PARTIAL        | select * from orders where lower(tenant_id) = ?
        PARTIAL        | select * from orders where tenant_id || '' = ?
        PARTIAL        | select * from orders where tenant_id = ? is true
        PARTIAL        | select * from orders where tenant_id = ? = false
        PARTIAL        | select * from orders where tenant_id = ? collate "C"
        PARTIAL        | select * from orders where tenant_id ?? ?
        PARTIAL        | select * from orders where tenant_id = ? && x
        PARTIAL        | select * from orders where x && tenant_id = ?
        PARTIAL        | select * from orders where x between 1 and tenant_id = ?
        PARTIAL        | select * from orders where case when tenant_id = ? then true end
        PARTIAL        | select * from orders where case when x and tenant_id = ? and y then true end
        PARTIAL ?1     | select * from orders where tenant_id = ? or x
        PARTIAL 'a' 'b' | select * from orders where tenant_id = 'a' or tenant_id = 'b'
        PARTIAL 'a'    | select * from orders where x and (y or (tenant_id = 'a' and z))
        PARTIAL 'a'    | select * from orders where tenant_id in ('a', f(?))
        PARTIAL        | select * from orders where (tenant_id, id) = (f(?), ?)
        PARTIAL        | select * from orders where (tenant_id, id) = ?
        PARTIAL ?2     | select * from orders where (tenant_id, id) in ((f(?), 1), (?, 2))
        PARTIAL        | select * from orders where (tenant_id, id) < (?, ?)
        PARTIAL        | select * from orders where f(tenant_id = ?)
        PARTIAL        | select tenant_id = ? from orders
        PARTIAL        | select * from orders where other.tenant_id = ?
        PARTIAL        | select * from orders o where orders.tenant_id = ?
        PARTIAL        | select * from orders where tenant_id.x = ?
        PARTIAL        | select * from orders where tenant_id = $1
        ALL ?1         | select * from orders where id = $1 and tenant_id = ?
        """)
    void aConditionOnOneTable(String expected, String sql) {
        check(expected, sql);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        ALL ?1         | select * from orders o join lines l on l.order_id = o.id and l.tenant_id = o.tenant_id where o.tenant_id = ?
        ALL ?1         | select * from orders o join lines l on l.order_id = o.id and l.tenant_id = o.tenant_id where l.tenant_id = ?
        ALL ?1         | select * from orders o, lines l where l.order_id = o.id and l.tenant_id = o.tenant_id and o.tenant_id = ?
        ALL ?1 ?2      | select * from orders o, lines l where o.tenant_id = ? and l.tenant_id = ?
        ALL ?1         | select * from orders o join lines l on (l.tenant_id, l.order_id) = (o.tenant_id, o.id) and o.tenant_id = ?
        ALL ?1         | select * from orders o left join lines l on l.tenant_id = o.tenant_id and l.x = o.x where o.tenant_id = ?
        ALL ?1 ?2      | select * from orders o left join lines l on l.tenant_id = ? where o.tenant_id = ?
        ALL ?1         | select * from orders o right join lines l on l.tenant_id = o.tenant_id where l.tenant_id = ?
        ALL ?1         | select * from orders o cross join lines l where l.tenant_id = o.tenant_id and l.tenant_id = ?
        ALL ?1         | select * from orders o join lines l using (tenant_id, id) where tenant_id = ?
        ALL ?1         | select * from orders o join lines l using (tenant_id, id) where o.tenant_id = ?
        ALL ?1         | select * from orders o join lines l using (tenant_id) join notes n using (tenant_id) where n.tenant_id = ?
        ALL ?1         | select * from orders o left join lines l using (tenant_id) where tenant_id = ?
        ALL ?1         | select * from orders o full join lines l using (tenant_id) where tenant_id = ?
        ALL ?1         | select * from orders o, users u where u.id = o.user_id and o.tenant_id = ?
        ALL ?1         | select * from orders o join users u on u.id = o.user_id where tenant_id = ?
        ALL ?1         | select * from orders a join orders b on a.tenant_id = b.tenant_id where a.tenant_id = ?
        ALL ?1         | select * from orders o, unnest(o.tags) with ordinality as t (v, n) where o.tenant_id = ?
        ALL ?1         | select * from orders o, lateral f(o.id) x where o.tenant_id = ?
        ALL 'a'        | select * from orders o left join lines l on l.id = o.id where l.tenant_id = 'a' and o.tenant_id = 'a'
        ALL 'a'        | select * from a.b x left join orders o on x.i = o.i join lines l on l.tenant_id = o.tenant_id and l.tenant_id = 'a'
        ALL ?1         | select * from orders o join lines l on left(o.x, 1) = right(l.x, 1) and l.tenant_id = o.tenant_id where o.tenant_id = ?
        PARTIAL ?1     | select * from orders o join lines l on l.order_id = o.id where o.tenant_id = ?
        PARTIAL ?1     | select * from orders o left join lines l on l.order_id = o.id where o.tenant_id = ?
        PARTIAL ?1     | select * from orders o left join lines l on l.tenant_id = o.tenant_id and o.tenant_id = ?
        PARTIAL ?1     | select * from orders o left join lines l on l.tenant_id = o.tenant_id where l.tenant_id = ?
        PARTIAL ?1     | select * from orders o right join lines l on l.tenant_id = o.tenant_id where o.tenant_id = ?
        PARTIAL ?1     | select * from orders o full join lines l on l.tenant_id = o.tenant_id where o.tenant_id = ?
        PARTIAL ?1     | select * from orders o full join lines l using (tenant_id) where o.tenant_id = ?
        PARTIAL ?1     | select * from orders o join lines l on l.tenant_id = o.tenant_id or true where o.tenant_id = ?
        PARTIAL ?1     | select * from orders o join lines l on not l.tenant_id = o.tenant_id where o.tenant_id = ?
        PARTIAL ?1     | select * from orders o join lines l using (id) where o.tenant_id = ?
        PARTIAL ?1     | select * from orders a, orders b where a.tenant_id = ?
        PARTIAL        | select * from orders o, lines l where tenant_id = ?
        PARTIAL        | select * from orders o, lines l where o.tenant_id = l.tenant_id
        PARTIAL        | select * from users u join orders o on u.tenant_id = ?
        PARTIAL        | select * from users u join orders o on u.tenant_id = o.tenant_id where u.tenant_id = ?
        NONE           | select * from users where tenant_id = ?
        NONE           | select * from other.orders where tenant_id = ?
        NONE           | select * from "Orders"
        NONE           | select * from odd
        PARTIAL        | select * from "Odd"
        PARTIAL        | select * from db.app.orders
        NONE           | select tenant_id from f(1) as orders
        """)
    void joins(String expected, String sql) {
        check(expected, sql);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        ALL ?1         | insert into orders (tenant_id, id) values (?, ?)
        ALL ?2         | insert into orders (id, tenant_id) values (?, ?)
        ALL ?1         | insert into app.orders as o ("tenant_id") values (?) returning *
        ALL ?1 ?3      | insert into orders (tenant_id, id) values (?, ?), (?, ?)
        ALL 'a' ?1     | insert into orders (tenant_id, id) values ('a', 1), (?, 2)
        ALL ?1         | insert into orders (tenant_id, id) overriding system value values (?, ?)
        UNKNOWN        | insert into orders (tenant_id, id) values (default, ?)
        UNKNOWN ?1     | insert into orders (tenant_id, id) values (?, 1), (f(?), 2)
        UNKNOWN        | insert into orders (tenant_id, id) values (null, ?)
        UNKNOWN        | insert into orders values (?, ?)
        UNKNOWN        | insert into orders (id, tenant_id) values (?)
        UNKNOWN        | insert into orders default values
        PARTIAL        | insert into orders (id) values (?)
        PARTIAL        | insert into orders (id) default values
        NONE           | insert into users (tenant_id) values (?)
        ALL ?1         | insert into orders (tenant_id, id) select ?, x from users
        ALL ?1         | insert into orders (tenant_id, id) select tenant_id, id from lines where tenant_id = ?
        ALL ?1         | insert into orders (tenant_id, id) select l.tenant_id as t, id from lines l where l.tenant_id = ?
        ALL ?1         | insert into orders (tenant_id, id) select all tenant_id t, id from lines where tenant_id = ?
        ALL ?2         | insert into orders (id, tenant_id) select distinct on (a, b) ?, tenant_id from lines where tenant_id = ?
        ALL ?2 ?1      | insert into orders (tenant_id, id) select ?::text t, id from lines where tenant_id = ?
        PARTIAL ?1     | insert into orders (tenant_id, id) select ?, id from lines
        PARTIAL        | insert into orders (tenant_id, id) select tenant_id, id from lines
        UNKNOWN ?1     | insert into orders (tenant_id, id) select * from lines where tenant_id = ?
        UNKNOWN ?1     | insert into orders (id, tenant_id) select l.*, tenant_id from lines l where tenant_id = ?
        UNKNOWN ?2     | insert into orders (tenant_id, id) select upper(?), id from lines where tenant_id = ?
        UNKNOWN        | insert into orders (tenant_id, id) select tenant_id, id from users
        """)
    void insertedRows(String expected, String sql) {
        check(expected, sql);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        ALL ?1         | insert into orders (tenant_id, id) values (?, ?) on conflict do nothing
        ALL ?1         | insert into orders (tenant_id, id) values (?, ?) on conflict (id) do nothing returning id
        ALL ?1         | insert into orders (tenant_id, id) values (?, ?) on conflict (tenant_id, id) do update set x = ?
        ALL ?1         | insert into orders (tenant_id, id) values (?, ?) on conflict (tenant_id, id) do update set tenant_id = excluded.tenant_id
        ALL ?1         | insert into orders (tenant_id, id) values (?, ?) on conflict (tenant_id, id) do update set tenant_id = orders.tenant_id
        ALL ?1 ?3      | insert into orders (tenant_id, id) values (?, ?) on conflict (tenant_id, id) do update set tenant_id = ?
        ALL ?1         | insert into orders (tenant_id, id) values (?, ?) on conflict (id) do update set x = 1 where orders.tenant_id = excluded.tenant_id
        ALL ?1 ?3      | insert into orders as o (tenant_id, id) values (?, ?) on conflict (id) do update set x = 1 where o.tenant_id = ? returning *
        ALL ?1         | insert into orders (tenant_id, id) values (?, ?) on conflict ("tenant_id") where x do update set (a, b) = (1, 2)
        ALL ?1         | insert into orders (tenant_id, id) select ?, id from users on conflict (tenant_id, id) do update set x = excluded.x
        PARTIAL ?1     | insert into orders (tenant_id, id) values (?, ?) on conflict (id) do update set x = ?
        PARTIAL ?1     | insert into orders (tenant_id, id) values (?, ?) on conflict on constraint k do update set x = ?
        PARTIAL ?1     | insert into orders (tenant_id, id) values (?, ?) on conflict (lower(tenant_id), id) do update set x = ?
        PARTIAL ?1     | insert into orders (tenant_id, id) values (?, ?) on conflict (id) do update set x = 1 where tenant_id = ?
        PARTIAL ?1 ?3  | insert into orders (tenant_id, id) values (?, ?) on conflict (id) do update set x = 1 where excluded.tenant_id = ?
        UNKNOWN ?1     | insert into orders (tenant_id, id) values (?, ?) on conflict (tenant_id, id) do update set tenant_id = default
        UNKNOWN ?1     | insert into orders (tenant_id, id) values (?, ?) on conflict (tenant_id, id) do update set tenant_id = f(?)
        NONE           | insert into users (tenant_id, id) values (?, ?) on conflict (id) do update set x = 1
        """)
    void onConflict(String expected, String sql) {
        check(expected, sql);
    }

    @ParameterizedTest
    @Pitfall(19)
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        ALL ?2         | update orders set x = ? where tenant_id = ?
        ALL ?1         | update only app.orders o set x = 1 where o.tenant_id = ? returning *
        ALL ?1         | update orders as set set x = 1 where set.tenant_id = ?
        ALL ?1 ?2      | update orders set tenant_id = ? where tenant_id = ?
        ALL 'b' 'a'    | update orders set x = 1, tenant_id = 'b' where tenant_id = 'a'
        ALL ?1 ?3      | update orders set (tenant_id, x) = (?, ?) where tenant_id = ?
        ALL ?1 ?3      | update orders set (tenant_id, x) = row(?, ?) where tenant_id = ?
        ALL ?1         | update orders set tenant_id = tenant_id where tenant_id = ?
        ALL ?1         | update orders set tenant_id = orders.tenant_id where tenant_id = ?
        ALL ?1         | update orders o set tenant_id = l.tenant_id from lines l where l.tenant_id = o.tenant_id and o.tenant_id = ?
        ALL ?1         | update orders o set x = l.x from lines l where l.tenant_id = o.tenant_id and o.tenant_id = ?
        ALL ?1         | update orders o set x = l.x from lines l join notes n on n.tenant_id = l.tenant_id where l.tenant_id = o.tenant_id and o.tenant_id = ?
        PARTIAL ?1     | update orders set tenant_id = ?
        PARTIAL ?1     | update orders set tenant_id = ? where id = ?
        PARTIAL        | update orders set x = 1
        PARTIAL        | update orders set x = 1 where current of c
        PARTIAL ?1     | update orders o set x = l.x from lines l where o.tenant_id = ?
        UNKNOWN ?1     | update orders set tenant_id = default where tenant_id = ?
        UNKNOWN ?2     | update orders set tenant_id = f(?) where tenant_id = ?
        UNKNOWN ?1     | update orders set tenant_id = u.t from users u where tenant_id = ?
        UNKNOWN ?3     | update orders set (tenant_id, x) = f(?, ?) where tenant_id = ?
        NONE           | update users set tenant_id = ?
        ALL ?1         | delete from orders where tenant_id = ?
        ALL ?1         | delete from only orders as o where o.tenant_id = ? returning id
        ALL ?1         | delete from lines l using orders o where o.id = l.order_id and l.tenant_id = o.tenant_id and o.tenant_id = ?
        ALL ?1         | delete from orders o using users u where u.id = o.u and o.tenant_id = ?
        PARTIAL ?1     | delete from lines l using orders o where o.id = l.order_id and o.tenant_id = ?
        PARTIAL        | delete from orders
        NONE           | delete from users
        """)
    void updatesAndDeletes(String expected, String sql) {
        check(expected, sql);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        NONE           | begin
        NONE           | set search_path to app
        NONE           | select 1
        NONE           | show work_mem
        NONE           | ;
        NONE           | create table x (a int)
        NONE           | copy users from stdin
        NONE           | values (1)
        PARTIAL        | copy orders from stdin
        PARTIAL        | copy app.orders (id) to stdout
        PARTIAL        | copy (select * from orders where tenant_id = 'a') to stdout
        PARTIAL        | truncate users, orders
        PARTIAL        | alter table app.orders add x int
        PARTIAL        | lock table orders
        PARTIAL        | lock orders in share mode
        PARTIAL        | create temp table x as select * from orders where tenant_id = 'a'
        PARTIAL        | declare c cursor for select * from orders
        UNKNOWN        | call f(?)
        UNKNOWN        | do $$ begin delete from orders; end $$
        UNKNOWN        | {? = call f(?)}
        UNKNOWN        | select 'x
        UNKNOWN        | select {fn locate(?, x, ?)} from orders where tenant_id = ?
        ALL ?1         | select {fn now()}, {d '2026-01-01'} from orders where tenant_id = ? and x > {fn abs(1)}
        PARTIAL        | select * from orders where tenant_id = {fn ucase('a')}
        UNKNOWN        | select * from {oj orders o left join lines l on l.tenant_id = o.tenant_id} where o.tenant_id = ?
        PARTIAL        | merge into orders o using lines l on true when matched then delete
        NONE           | merge into users o using people l on true when matched then delete
        ALL ?1         | explain select * from orders where tenant_id = ?
        ALL ?1         | explain analyze verbose select * from orders where tenant_id = ?
        ALL ?1         | explain (analyze, format json) select * from orders where tenant_id = ?
        PARTIAL        | explain delete from orders
        ALL ?1 ?3      | update orders set x = 1 where tenant_id = ?; delete from lines where id = ? and tenant_id = ?;
        PARTIAL ?1     | begin; delete from orders where tenant_id = ?; delete from lines; commit
        UNKNOWN ?1     | delete from orders where tenant_id = ?; call f()
        NONE           | select 1; select 2
        PARTIAL 'a'    | delete from orders where tenant_id = 'a'; truncate lines
        """)
    void otherStatements(String expected, String sql) {
        check(expected, sql);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        'a'            | 'a'
        'it's'         | 'it''s'
        'a'            | $$a$$
        'a$b'          | $x$a$b$x$
        'a'            | E'a'
        'a\\b'         | 'a\\b'
        'a'b'          | E'a\\'b'
        'a'b'          | E'a''b'
        'aé'           | E'a\\u00e9'
        'a\\'          | E'a\\\\'
        'aé'           | U&'a\\00e9'
        'a😀'          | U&'a\\+01F600'
        'a'            | 'a'::text
        'a'            | 'a'::varchar
        'a'            | 'a'::character varying
        'a'            | 'a'::pg_catalog.text
        'a'            | 'a'::text::varchar
        'a'            | ('a')::text
        'a'            | text 'a'
        'a'            | cast('a' as text)
        'a'            | cast(('a') as character varying)
        7              | 7::text
        7              | 007::text
        ?1             | ?::text
        ?1             | (?)::varchar
        ?1             | cast(? as varchar)
        -              | E'a\\x41'
        -              | E'a\\101'
        -              | N'a'
        -              | B'1'
        -              | U&'a!00e9' uescape '!'
        -              | U&'\\d83d\\de00'
        -              | 'a'::varchar(1)
        -              | 'a'::char
        -              | 'a'::bpchar
        -              | 'a'::name
        -              | 'a'::uuid
        -              | 'a'::text[]
        -              | 'a'::other.text
        -              | ?::jsonb
        -              | cast(? as char(3))
        -              | 7
        -              | 1.50::text
        -              | 1e3::text
        -              | -7::text
        -              | 'a' 'b'
        -              | other.text 'a'
        -              | ?::uuid::text
        """)
    void literalsOfText(String value, String literal) {
        String sql = "select * from orders where tenant_id = " + literal;
        check(value.equals("-") ? "PARTIAL" : "ALL " + value, sql);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        7              | 7
        -7             | -7
        7              | +7
        7              | (7)
        -7             | (-7)
        007            | '007'
        7              | '7'::int
        7              | 7::bigint
        7.00           | 7.00
        ?1             | ?::int4
        ?1             | cast(? as smallint)
        7              | integer '7'
        7              | int8 '7'
        -              | 7.5
        -              | 7.5::int
        -              | 7e0
        -              | 1_000
        -              | 0x1F
        -              | 7::numeric
        -              | ?::numeric
        -              | ?::float8
        -              | 3 + 4
        -              | - ?
        """)
    void literalsOfIntegers(String value, String literal) {
        String shown = TenantShop.shown(TenantShop.integers("select * from district where d_w_id = " + literal));
        String quoted = value.equals("007") || literal.contains("'") ? "'" + value + "'" : value;
        assertThat(shown).as(literal).isEqualTo(value.equals("-") ? "PARTIAL" : "ALL " + quoted);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        '6F'           | '6F'
        '6F'           | '6F'::uuid
        '6F'           | uuid '6F'
        '6F'           | '6F'::text::uuid
        ?1             | ?::uuid
        ?1             | cast(? as uuid)
        -              | ?::bytea
        -              | 6
        """)
    void literalsOfUuids(String value, String literal) {
        String shown = TenantShop.shown(TenantShop.uuids("select * from orders where tenant_id = " + literal));
        assertThat(shown).as(literal).isEqualTo(value.equals("-") ? "PARTIAL" : "ALL " + value);
    }

    @Test
    @Guarantee("G8")
    void tenantColumnsMayHaveDifferentNames() {
        assertThat(TenantShop.shown(TenantShop.integers(
                        "select * from warehouse, district where w_id = ? and d_w_id = w_id and d_id = ?")))
                .isEqualTo("ALL ?1");
        assertThat(TenantShop.shown(TenantShop.integers("select * from warehouse, district where w_id = ?")))
                .isEqualTo("PARTIAL ?1");
    }

    @Test
    void withoutGroupsNothingIsATenantTable() {
        String sql = "select * from orders";
        assertThat(new TenantAnalyzer(List.of()).analyze(sql, SqlAnalyzer.analyze(sql)))
                .isEqualTo(TenantFacts.NONE);
    }
}
