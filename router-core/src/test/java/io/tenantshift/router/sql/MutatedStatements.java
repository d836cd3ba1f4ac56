package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Statements of every kind over the tables {@code orders}, {@code lines} and {@code users}, whole, cut, joined, wrapped and disguised. Few
 * are meant to be sensible; enough of them are valid.
 */
final class MutatedStatements {
    private static final String[] SEEDS = {
        "select 1",
        "select * from orders",
        "select id as a, x b from orders as o where y = 'for update' order by 1",
        "select * from orders for update",
        "select * from orders o for no key update of o skip locked",
        "select * from (select * from lines for share) s",
        "select * into made from orders",
        "select 1 as as into temp made",
        "select x as into, y as for from orders",
        "table orders",
        "table lines for key share",
        "values (1, 'a'), (2, $$b$$)",
        "(select 1) union all (select id from lines order by 1 limit 1)",
        "with a as (select 1 as id) select * from a",
        "with recursive a(n) as (select 1 union all select n + 1 from a where n < 3) select n from a",
        "with recursive a(n) as (select 1 union all select n + 1 from a where n < 3) search depth first by n set s select s from a",
        "with recursive a(n) as (select 1 union all select n + 1 from a where n < 3) cycle n set c using p select c from a",
        "with recursive a(set, values) as (select 1, 2 union all select set, 2 from a where set < 1) search depth first by set set s delete from lines",
        "with recursive a(set) as (select 1 union all select 2 from a where set < 1) search breadth first by set set values select * from a",
        "with recursive a(set) as (select 1 union all select 2 from a where set < 1) cycle set set values to 1 default 2 using using_ table a",
        "with a as materialized (select id from orders), b as not materialized (select * from a) table b",
        "with d as (delete from lines returning id) select * from d",
        "with a as (select 1), u as (update orders set x = 1 returning *) values (1)",
        "with i as (insert into users (id) values (9) returning id) table i",
        "with a as (select 1 as id) delete from lines using a where lines.id = a.id",
        "insert into orders (tenant_id, id) values ('a', 100), ('b', 101) on conflict do nothing returning id",
        "insert into lines default values",
        "insert into lines select * from orders where id < 0",
        "update orders o set (x, y) = (1, 'q') from lines l where l.id = o.id returning o.*",
        "delete from only users as u where u.id in (select id from lines)",
        "explain select * from orders",
        "explain (verbose, costs off) delete from orders",
        "explain analyze select 1",
        "explain analyze delete from lines",
        "explain (analyze, timing off) update users set x = 1",
        "explain (costs off) with d as (delete from lines returning id) select * from d",
        "show search_path",
        "lock table users in share mode",
        "truncate lines",
        "copy (select 1) to stdout",
        "create table made (a int)",
        "create temp table made as select 1",
        "create view made as select 1",
        "alter table users add column z int",
        "drop table users",
        "comment on table users is 'x'",
        "set local work_mem = '1MB'",
        "set search_path = public",
        "reset work_mem",
        "prepare made as delete from users",
        "execute made",
        "deallocate all",
        "declare made cursor for select 1",
        "fetch all from made",
        "do $$ begin delete from users; end $$",
        "call made()",
        "refresh materialized view made",
        "grant select on users to public",
        "notify made",
        "listen made",
        "select count(*) filter (where x > 1) over (partition by y) from orders",
        "select substring(y from 1 for 2), extract(day from now()) from orders",
        "select case when exists (select from lines) then 1 else 2 end",
        "select array[1, 2][1], row(1, 2), '{1}'::int[], interval '1 day', e'\\'', U&'\\0061', b'1', x'f'",
        "select l.* from orders o, lateral (select * from lines where id = o.id) as l",
        "select * from orders natural join lines cross join users tablesample system (10)",
        "select nextval('made')",
        "select set_config('work_mem', '1MB', true)"
    };

    private static final String[] BEFORE = {
        "explain ",
        "explain analyze ",
        "explain verbose ",
        "explain (analyze) ",
        "explain (\"analyze\") ",
        "explain (\"analyze\" true, costs off) ",
        "explain (U&\"\\0061nalyze\") ",
        "explain (verbose) ",
        "explain (analyze false) ",
        "explain (Analyse on) ",
        "EXPLAIN ANALYSE VERBOSE ",
        "with w as (select 1) ",
        "with w (a) as materialized (values (1)) ",
        "with w as (delete from lines returning *) ",
        "with \"as\" as (select ')'), v as (select 2) ",
        "with recursive w as (select 1 union select 2 from w) ",
        "/* select */ ",
        "/* /* */ select */ ",
        "-- select\n",
        "-- select\r",
        "prepare made as ",
        "create table made as ",
        "create temp table made as ",
        "create view made as ",
        "declare made cursor for ",
        "copy (",
        "select 1; ",
        "; ",
        "(",
        "((",
        "select (",
        "select * from (",
        "select 1 union ",
        "select 1 where exists (",
        "select 1 as ",
        "insert into users ",
        "do ",
        "table "
    };

    private static final String[] BEHIND = {
        " for update",
        " for share of orders",
        " for\tno key update",
        " into made",
        " into temp made",
        " returning *",
        "; delete from users",
        ";",
        " ; ; ",
        ")",
        "))",
        ") s",
        " -- end",
        " /* ; */",
        " /* for update",
        " limit 1",
        " offset 0",
        " union select 1",
        " as for update",
        " as into",
        ".into made",
        " as as for update",
        " order by 1",
        " fetch first row only",
        " where true",
        " '"
    };

    private static final String[] TOKENS = {
        "select",
        "insert",
        "into",
        "update",
        "delete",
        "from",
        "merge",
        "with",
        "recursive",
        "as",
        "materialized",
        "(",
        ")",
        "[",
        "]",
        ",",
        ";",
        ".",
        "*",
        "::",
        "$$",
        "$a$",
        "'",
        "\"",
        "E'",
        "U&\"",
        "--",
        "/*",
        "*/",
        "\n",
        "1",
        "1.",
        "1.5e3",
        ".5",
        "set",
        "where",
        "returning",
        "values",
        "on",
        "conflict",
        "do",
        "nothing",
        "using",
        "join",
        "for",
        "share",
        "no",
        "key",
        "table",
        "only",
        "lateral",
        "union",
        "search",
        "cycle",
        "explain",
        "analyze",
        "\"analyze\"",
        "create",
        "temp",
        "begin",
        "atomic",
        "=",
        "+",
        "-",
        "@",
        "é",
        "\\",
        "case",
        "end",
        "null",
        "distinct",
        "over",
        "array",
        "call",
        "default",
        "orders",
        "lines",
        "users",
        "id",
        "x",
        "y",
        "\"for\"",
        "\"into\"",
        "int",
        "text",
        "true",
        "all",
        "any",
        "in",
        "is",
        "not",
        "and",
        "or",
        "order",
        "by",
        "group",
        "limit",
        "of",
        "if",
        "exists"
    };

    private final Random random;
    private final RandomStatements statements;

    MutatedStatements(Random random) {
        this.random = random;
        this.statements = new RandomStatements(random);
    }

    String next() {
        String text = seed();
        int changes = random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            text = changed(text);
        }
        return text;
    }

    private String seed() {
        return random.nextInt(4) == 0 ? statements.next() : pick(SEEDS);
    }

    private String changed(String text) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> pick(BEFORE) + text;
            case 3, 4, 5 -> text + pick(BEHIND);
            case 6 -> pick(BEFORE) + text + pick(BEHIND);
            case 7 -> {
                String other = seed();
                yield cut(text, true) + " " + cut(other, false);
            }
            case 8 -> disguised(text);
            default -> tokenChanged(text);
        };
    }

    private String cut(String text, boolean head) {
        int at = random.nextInt(text.length() + 1);
        return head ? text.substring(0, at) : text.substring(at);
    }

    /** The same to the server, mostly. */
    private String disguised(String text) {
        return switch (random.nextInt(5)) {
            case 0 -> text.toUpperCase(Locale.ROOT);
            case 1 -> text.replace(" ", pick(new String[] {"\n", "\t", "/**/", " -- x\n", "/* /* */ */", "\f"}));
            case 2 -> text.replaceFirst("(?<![\\w\"$'])([a-z_]{2,})(?![\\w\"$'(])", "\"$1\"");
            case 3 -> "(" + text + ")";
            default -> text.replace("select", "SeLeCt").replace("delete", "dElEtE");
        };
    }

    private String tokenChanged(String text) {
        List<String> tokens = new ArrayList<>(List.of(text.split("(?<=\\W)|(?=\\W)")));
        int at = random.nextInt(tokens.size());
        switch (random.nextInt(5)) {
            case 0 -> tokens.remove(at);
            case 1 -> tokens.add(at, tokens.get(random.nextInt(tokens.size())));
            case 2 -> tokens.set(at, pick(TOKENS));
            case 3 -> tokens.add(at, " " + pick(TOKENS) + " ");
            default -> tokens.set(at, "\"" + tokens.get(at) + "\"");
        }
        return String.join("", tokens);
    }

    private String pick(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
