package io.tenantshift.dualwrite.fuzz;

import io.tenantshift.dualwrite.fuzz.Action.Call;
import io.tenantshift.dualwrite.fuzz.Action.Keys;
import io.tenantshift.dualwrite.fuzz.Table.Column;
import io.tenantshift.router.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes random statements on one table of several. Most are valid; what fails must fail alike everywhere. Nothing in them depends on time
 * or chance, so that two databases give the same answer.
 */
final class Grammar {
    private final Dice dice;
    private final List<Table> tables;
    private Draft x;
    private Table t;
    /** How expressions call the target. */
    private String reference = "";
    /** Whether a column's name alone may mean several things. */
    private boolean qualify;

    private boolean ordered;
    /** The name of a leading WITH whose rows have a text column k; empty if there is none. */
    private String with = "";

    Grammar(Dice dice, List<Table> tables) {
        this.dice = dice;
        this.tables = tables;
        this.t = tables.get(0);
        this.x = new Draft(dice, false, 1);
    }

    Action.Statement statement() {
        boolean prepared = dice.chance(65);
        Call call = dice.chance(12)
                ? Call.BATCH
                : dice.pick(List.of(Call.EXECUTE, Call.EXECUTE, Call.UPDATE, Call.UPDATE, Call.QUERY));
        int executions = call == Call.BATCH ? 1 + dice.below(4) : prepared && dice.chance(30) ? 2 + dice.below(6) : 1;
        return statement(prepared, call, executions);
    }

    private Action.Statement statement(boolean prepared, Call call, int executions) {
        x = new Draft(dice, prepared, executions);
        t = dice.pick(tables);
        with = "";
        qualify = false;
        ordered = false;
        int verb = dice.below(20);
        // In a batch there is nobody to read it.
        boolean returning = switch (call) {
            case QUERY -> dice.chance(95);
            case UPDATE -> dice.chance(5);
            case EXECUTE -> dice.chance(45);
            case BATCH -> false;
        };
        Keys keys = dice.chance(returning ? 5 : 30)
                ? dice.pick(List.of(Keys.ALL, Keys.NAMES, Keys.NAMES, Keys.INDEXES))
                : Keys.NONE;
        comment(8, "/* app ? */ ", "-- one\n", "/*+ hint */", "\n\t");
        if (dice.chance(15)) {
            with();
        }
        if (verb < 10) {
            insert(returning);
        } else if (verb < 16) {
            update(returning);
        } else {
            delete(returning);
        }
        comment(10, " -- end", ";", " ; ", " /* ; */;", "\n");
        // The driver would limit the keys too; here they are as many as the rows that were written.
        int maxRows = keys == Keys.NONE && dice.chance(5) ? 1 : 0;
        return new Action.Statement(x.parts(), prepared, call, keys, keyNames(keys), executions, maxRows, ordered);
    }

    private List<String> keyNames(Keys keys) {
        if (keys != Keys.NAMES) {
            return List.of();
        } else if (dice.chance(5)) {
            return List.of("*");
        }
        List<String> names = new ArrayList<>(List.of(t.key().name()));
        while (dice.chance(40)) {
            names.add(dice.chance(95) ? dice.pick(t.columns()).name() : "nosuch");
        }
        return names;
    }

    private void comment(int percent, String... choices) {
        if (dice.chance(percent)) {
            x.optional(dice.pick(choices));
        }
    }

    private void with() {
        with = dice.pick("w", "\"W ith\"", Identifiers.quote(t.name()));
        boolean recursive = dice.chance(20);
        x.add(dice.pick("with ", "WITH ") + (recursive ? "recursive " : "") + with);
        if (recursive) {
            x.add(" (k, n) as (select 'k1'::text, 1 union all select 'k' || n + 1, n + 1 from " + with
                    + " where n < 3) ");
        } else {
            x.add(dice.pick(" (k) as (values ('k1'), ('1')) ", " as materialized (select 'k2'::text as k) "));
        }
    }

    // ------------------------------------------------------------ insert

    private void insert(boolean returning) {
        x.add(dice.pick("insert into ", "INSERT  INTO ", "insert/**/into\n"));
        target(false);
        if (dice.chance(4)) {
            x.add(" default values");
        } else if (dice.chance(6)) {
            x.add(" values (");
            values(t.columns(), true);
            x.add(")");
            ordered = true;
        } else {
            List<Column> columns = insertColumns();
            x.add(" ("
                    + columns.stream().map(c -> Names.written(dice, c.name())).collect(Collectors.joining(", ")) + ")");
            if (t.key().numbered() && dice.chance(15)) {
                x.add(dice.pick(" overriding system value", " overriding user value"));
            }
            rows(columns);
        }
        if (dice.chance(35)) {
            conflict();
        }
        if (returning) {
            returning(false);
        }
    }

    private List<Column> insertColumns() {
        List<Column> columns = new ArrayList<>(List.of(t.tenant()));
        if (!t.key().numbered() || dice.chance(40)) {
            columns.add(dice.below(2), t.key());
        }
        t.others().stream().filter(c -> dice.chance(60)).forEach(columns::add);
        t.columns().stream().filter(c -> c.generated() && dice.chance(3)).forEach(columns::add);
        return columns;
    }

    private void rows(List<Column> columns) {
        if (dice.chance(75)) {
            x.add(dice.pick(" values ", " VALUES\n"));
            int rows = dice.chance(70) ? 1 : 2 + dice.below(3);
            for (int row = 0; row < rows; row++) {
                int number = row;
                Runnable writing = () -> {
                    x.add(number == 0 ? "(" : ", (");
                    values(columns, true);
                    x.add(")");
                };
                if (row == 0) {
                    writing.run();
                } else {
                    x.optional(writing);
                }
            }
            ordered = true;
        } else {
            x.add(" select ");
            values(columns, false);
            x.add(dice.pick(
                    " from generate_series(1, 3) as g",
                    " from generate_series(2, 4) g where true order by g desc limit 2",
                    " from (values (1), (5)) as g (g)"));
        }
    }

    /** One value for each column; with {@code g} in scope if it is a SELECT. */
    private void values(List<Column> columns, boolean defaults) {
        for (int i = 0; i < columns.size(); i++) {
            x.add(i == 0 ? "" : ", ");
            Column column = columns.get(i);
            if (defaults && (column.generated() || dice.chance(5))) {
                x.add("default");
            } else if (column.equals(t.tenant())) {
                x.tenant();
            } else if (column.equals(t.key()) && !defaults) {
                x.add(
                        switch (column.kind()) {
                            case TEXT -> "'k' || g";
                            case UUID_ -> "('00000000-0000-0000-0000-00000000000' || g)::uuid";
                            default -> "g";
                        });
            } else if (column.equals(t.key())) {
                x.key(column.kind());
            } else if (!defaults) {
                // Inside a SELECT a bare literal or parameter would be text.
                x.add("cast(");
                x.value(column.kind());
                x.add(" as " + column.kind().type + ")");
            } else {
                x.value(column.kind());
            }
        }
    }

    private void conflict() {
        String key = t.keyNames().stream().map(Identifiers::quote).collect(Collectors.joining(", "));
        String arbiter =
                dice.pick(" (" + key + ")", " (" + key + ")", " on constraint " + Identifiers.quote(t.constraint()));
        if (dice.chance(40)) {
            x.optional(" on conflict" + (dice.chance(40) ? "" : arbiter) + " do nothing");
            return;
        }
        x.optional(() -> {
            x.add(" on conflict" + arbiter + " do update set ");
            List<Column> set = assigned();
            for (int i = 0; i < set.size(); i++) {
                Column column = set.get(i);
                x.add((i == 0 ? "" : ", ") + Names.written(dice, column.name()) + " = ");
                if (dice.chance(60)) {
                    x.add("excluded." + Identifiers.quote(column.name()));
                } else {
                    qualify = true;
                    assignment(column);
                    qualify = false;
                }
            }
            if (dice.chance(25)) {
                x.add(" where " + reference + "." + Identifiers.quote(t.key().name()) + "::text <> '2'");
            }
        });
    }

    // ------------------------------------------------------------ update, delete

    private void update(boolean returning) {
        x.add(dice.pick("update ", "UPDATE ", "update /* which */ "));
        target(true);
        boolean joined = dice.chance(20);
        qualify = joined;
        x.add(dice.pick(" set ", " SET\n"));
        if (dice.chance(10) && t.others().size() > 1) {
            several();
        } else {
            List<Column> set = assigned();
            for (int i = 0; i < set.size(); i++) {
                Column column = set.get(i);
                String name = Names.written(dice, column.name());
                int separator = i;
                Runnable writing = () -> {
                    x.add((separator == 0 ? "" : ", ") + name);
                    if (column.kind() == Kind.INTS && dice.chance(30)) {
                        x.add("[2] = 5");
                    } else if (column.kind() == Kind.PAIR && dice.chance(30)) {
                        x.add(".a = 3");
                    } else {
                        x.add(" = ");
                        assignment(column);
                    }
                };
                if (i == 0) {
                    writing.run();
                } else {
                    x.optional(writing);
                }
            }
        }
        join(joined, " from ");
        if (returning) {
            returning(joined);
        }
    }

    private void several() {
        List<Column> two = t.others().subList(0, 2);
        String names = two.stream().map(c -> Names.written(dice, c.name())).collect(Collectors.joining(", "));
        boolean row = dice.chance(50);
        x.add("(" + names + ") = " + (row ? dice.pick("(", "row (") : "(select "));
        for (int i = 0; i < 2; i++) {
            x.add(i == 0 ? "cast(" : ", cast(");
            x.value(two.get(i).kind());
            x.add(" as " + two.get(i).kind().type + ")");
        }
        x.add(")");
    }

    private List<Column> assigned() {
        List<Column> candidates = new ArrayList<>(t.others());
        List<Column> set = new ArrayList<>();
        int wanted = 1 + dice.below(3);
        while (set.size() < wanted && !candidates.isEmpty()) {
            set.add(candidates.remove(dice.below(candidates.size())));
        }
        if (set.isEmpty() || dice.chance(6)) {
            set.add(dice.pick(List.of(t.tenant(), t.key())));
        }
        return set;
    }

    private void assignment(Column column) {
        if (column.equals(t.tenant())) {
            x.tenant();
        } else if (column.equals(t.key())) {
            if (dice.chance(50)) {
                x.add(column(column));
            } else {
                x.key(column.kind());
            }
        } else if (dice.chance(5)) {
            x.add("default");
        } else if (dice.chance(40)) {
            x.add(dice.pick(column.kind().expressions).formatted(column(column)));
        } else {
            x.value(column.kind());
        }
    }

    private void delete(boolean returning) {
        x.add(dice.pick("delete from ", "DELETE FROM ", "delete\nfrom "));
        target(true);
        boolean joined = dice.chance(20);
        qualify = joined;
        join(joined, " using ");
        if (returning) {
            returning(joined);
        }
    }

    private void join(boolean joined, String keyword) {
        String key = reference + "." + Identifiers.quote(t.key().name());
        if (joined) {
            Table other = dice.pick(tables);
            String otherKey = "o." + Identifiers.quote(other.key().name()) + "::text";
            x.add(keyword
                    + dice.pick(
                            "(values ('k1', 5), ('1', 6), ('2', 7)) as o (k, w) where o.k = " + key + "::text",
                            "(select 'k2'::text as k union select '3') o where " + key + "::text = o.k",
                            other.quoted() + " as o where " + otherKey + " = " + key + "::text"));
        } else if (dice.chance(90)) {
            x.add(" where ");
            condition();
        }
    }

    private void condition() {
        if (dice.chance(50)) {
            x.add(column(t.tenant()) + " = ").tenant().add(" and ");
        }
        String key = column(t.key());
        Column other = t.others().isEmpty() ? t.key() : dice.pick(t.others());
        switch (dice.below(9)) {
            case 0 ->
                x.add(key + " in (")
                        .key(t.key().kind())
                        .add(", ")
                        .key(t.key().kind())
                        .add(")");
            case 1 -> x.add(column(other) + " is " + dice.pick("null", "not null"));
            case 2 -> x.add(column(other) + " is distinct from ").add(column(other));
            case 3 -> x.add(key + "::text in (select " + key + "::text from " + t.quoted() + " order by 1 limit 2)");
            case 4 -> jsonCondition(other);
            case 5 ->
                x.add(key + "::text "
                        + dice.pick(
                                "~ '^k?[12]'", "like '%1' escape '!'", "like 'k%' {escape '!'}", "= any ('{k1,1,2}')"));
            case 6 -> {
                if (with.isEmpty()) {
                    x.add("(" + key + ", 1) > (").key(t.key().kind()).add(", 0)");
                } else {
                    x.add(key + "::text in (select k from " + with + ")");
                }
            }
            default -> x.add(key + " = ").key(t.key().kind());
        }
    }

    private void jsonCondition(Column column) {
        if (column.kind() == Kind.JSONB) {
            String has = x.prepared ? "??" : dice.pick("?", "??");
            x.add(column(column) + dice.pick(" " + has + " 'k'", " " + has + "| array['k', 'z']", " @> '{\"k\": 1}'"));
        } else {
            x.add("exists (select from " + t.quoted() + " where false) or true");
        }
    }

    private void target(boolean relation) {
        boolean only = relation && dice.chance(8);
        String name = t.schema().equals("public") && dice.chance(60)
                ? Names.written(dice, t.name())
                : dice.pick(t.quoted(), Identifiers.quote(t.schema()) + " . " + Identifiers.quote(t.name()));
        x.add((only ? dice.pick("only ", "ONLY ") : "") + name + (relation && !only && dice.chance(3) ? " *" : ""));
        if (dice.chance(35)) {
            String alias = dice.pick("z", "Al", "\"Al ias\"", "\"ünï\"", Identifiers.quote(t.name()));
            x.add((relation ? dice.pick(" as ", " ", " AS ") : " as ") + alias);
            reference = alias;
        } else {
            reference = Identifiers.quote(t.name());
        }
    }

    private String column(Column column) {
        return qualify || dice.chance(30)
                ? reference + "." + Identifiers.quote(column.name())
                : Names.written(dice, column.name());
    }

    // ------------------------------------------------------------ returning

    private void returning(boolean joined) {
        qualify = joined;
        int items = 1 + dice.below(4);
        x.optional(() -> {
            x.add(dice.pick(" returning ", " RETURNING\n", "/**/returning "));
            item(joined);
        });
        IntStream.range(1, items)
                .forEach(i -> x.optional(() -> {
                    x.add(dice.pick(", ", " , "));
                    item(joined);
                }));
    }

    private void item(boolean joined) {
        Column column = dice.pick(t.columns());
        String c = column(column);
        String key = column(t.key());
        switch (dice.below(joined ? 15 : 16)) {
            case 0, 1, 2, 3 -> x.add(c);
            case 4 -> x.add(reference + ".*");
            case 5 -> x.add(c + dice.pick(" as other", " AS \"Ot her\"", " as \"select\"", " lbl"));
            case 6 -> x.add(key + "::text" + dice.pick("", "::varchar(3)"));
            case 7 -> x.add("upper(" + key + "::text)");
            case 8 -> x.add(dice.pick("1 + 1", "'lit'", "7", "-1", "'a' || 'b' as ab", "'x'::text as tx"));
            case 9 -> x.add("coalesce(" + c + ", " + c + ")");
            case 10 -> x.add("(" + c + " is null)" + dice.pick("", " as empty"));
            case 11 -> x.add("case when " + c + " is null then 1 else 2 end" + dice.pick("", " as kind", " kind"));
            case 12 -> x.add("(select count(*) from (values (1)) v)" + dice.pick("", " as n"));
            case 13 -> x.add("'?'::text || ").value(Kind.TEXT).add(" as given");
            case 14 -> x.add("array[" + key + ", " + key + "]" + dice.pick("", " as pair"));
            default -> x.add("*");
        }
    }
}
