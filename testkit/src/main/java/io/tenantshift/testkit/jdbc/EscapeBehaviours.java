package io.tenantshift.testkit.jdbc;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;

/** JDBC escapes. */
final class EscapeBehaviours {
    private static final String[] ESCAPES = {
        "select {d '2024-02-29'}",
        "select {t '12:34:56'}",
        "select {ts '2024-02-29 12:34:56.789'}",
        "select {fn concat('a', 'b')}, {fn ucase('x')}, {fn lcase('X')}, {fn length('abc ')}",
        "select {fn abs(-5)}, {fn ceiling(1.2)}, {fn floor(1.8)}, {fn mod(7, 3)}, {fn round(1.257, 2)}, {fn truncate(1.257, 2)}",
        "select {fn left('hello', 2)}, {fn right('hello', 2)}, {fn locate('l', 'hello')}, {fn locate('l', 'hello', 4)}",
        "select {fn substring('hello', 2, 3)}, {fn replace('hello', 'l', 'r')}, {fn repeat('a', 3)}, {fn space(2)}",
        "select {fn insert('hello', 2, 2, 'XX')}, {fn ltrim('  a')}, {fn rtrim('a  ')}, {fn ascii('a')}, {fn char(65)}",
        "select {fn dayofmonth({d '2024-02-29'})}, {fn month({d '2024-02-29'})}, {fn year({d '2024-02-29'})}, {fn dayname({d '2024-02-29'})}",
        "select {fn hour({t '12:34:56'})}, {fn minute({t '12:34:56'})}, {fn second({t '12:34:56'})}, {fn quarter({d '2024-02-29'})}",
        "select {fn timestampadd(SQL_TSI_DAY, 3, {ts '2024-02-29 12:34:56'})}",
        "select {fn timestampdiff(SQL_TSI_HOUR, {ts '2024-02-29 12:00:00'}, {ts '2024-02-29 15:00:00'})}",
        "select {fn user()} = current_user, {fn database()} = current_database(), {fn ifnull(null, 'x')}",
        "select {fn pi()} > 3, {fn power(2, 3)}, {fn sqrt(16)}, {fn sign(-3)}, {fn log(1)}, {fn log10(100)}",
        "select {fn no_such_function(1)}",
        "select name from item where name like 'o_e' {escape '\\'} order by id",
        "select name from item where name like 'o|_e' {escape '|'} order by id",
        "select i.name, p.label from {oj item i left outer join part p on p.item_id = i.id} order by 1, 2",
        "select '{d ''2024-02-29''}', \"a\" from plain where b = $${fn x}$$",
        "select '{1,2}'::int[], {fn concat('{', '}')}",
        "select {fn concat({fn ucase('a')}, {fn lcase('B')})}",
        "select {d 'not a date'}",
        "select {x 'unknown'}",
        "select {d '2024-02-29'",
        "select '{\"a\": 1}'::jsonb ?? 'a', '{\"a\": 1}'::jsonb ??| array['a'], '{\"a\": 1}'::jsonb ??& array['b']",
        "select '?' || '??', \"b\" from plain where a ?? 1",
        "{call nothing()}",
        "select * from {call items_above(1)}"
    };

    private EscapeBehaviours() {}

    static void addTo(Behaviours b) {
        for (String sql : ESCAPES) {
            b.add(sql, (c, o) -> {
                o.see("native", () -> c.nativeSQL(sql));
                o.table("plain", () -> c.createStatement().executeQuery(sql));
                o.table("prepared", () -> c.prepareStatement(sql).executeQuery());
                Statement without = c.createStatement();
                without.setEscapeProcessing(false);
                o.rows("without escapes", () -> without.executeQuery(sql));
                PreparedStatement late = c.prepareStatement(sql);
                o.see("off for a prepared one", () -> late.setEscapeProcessing(false));
                o.rows("prepared without escapes", () -> late.executeQuery());
            });
        }
        b.add("escapes with parameters", (c, o) -> {
            PreparedStatement p = c.prepareStatement(
                    "select {fn concat(?, {fn ucase(?)})}, {d '2024-02-29'} + ?::int, '{\"a\": 1}'::jsonb ?? ?");
            for (int i = 0; i < 7; i++) {
                p.setString(1, "x");
                p.setString(2, "y" + i);
                p.setInt(3, i);
                p.setString(4, "a");
                o.rows("query " + i, () -> p.executeQuery());
            }
        });
        b.add("two question marks in a plain statement", (c, o) -> {
            ResultSet r = c.createStatement().executeQuery("select '{\"a\": 1}'::jsonb ? 'a'");
            o.rows("one mark", () -> r);
            o.rows("two marks", () -> c.createStatement().executeQuery("select '{\"a\": 1}'::jsonb ?? 'a'"));
        });
    }
}
