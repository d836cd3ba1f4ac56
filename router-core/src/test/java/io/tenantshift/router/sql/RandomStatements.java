package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random statements over the tenant tables {@code orders} and {@code lines}, the table {@code users} that is of no group, and queries on
 * them. All relations have the columns {@code tenant_id, id, x, y}, so that most statements are valid; many carry the tenant everywhere,
 * many fail to in one place.
 */
final class RandomStatements {
    private final Random random;
    /** References in scope, innermost last; a name may stand for two relations. */
    private final List<String> scope = new ArrayList<>();

    private final List<String> ctes = new ArrayList<>();

    RandomStatements(Random random) {
        this.random = random;
    }

    String next() {
        scope.clear();
        ctes.clear();
        String with = chance(25) ? with() : "";
        return with
                + switch (random.nextInt(11)) {
                    case 10 -> merge();
                    case 0 -> insertValues();
                    case 1 -> insertSelect();
                    case 2 -> update();
                    case 3 -> delete();
                    default -> query(3, true);
                };
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String tenant() {
        return chance(97)
                ? pick("'a'", "'a'", "'a'::text", "text 'a'", "cast('a' as varchar)", "$$a$$", "E'a'", "('a')")
                : "'b'";
    }

    private String with() {
        StringBuilder with = new StringBuilder("with ");
        boolean recursive = chance(20);
        with.append(recursive ? "recursive " : "");
        int count = 1 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            String name = pick("c", "d", "orders", "e") + (chance(50) ? i : "");
            if (name.equals("orders") && recursive) {
                name = "c";
            }
            String body = switch (random.nextInt(10)) {
                case 0 -> "delete from lines where " + only("lines", 1) + " returning tenant_id, id, x, y";
                case 1 -> "update lines set x = 3 where " + only("lines", 1) + " returning *";
                case 2 -> "insert into lines (tenant_id, id, x, y) values (" + tenant() + ", 7, 1, 'y') returning *";
                case 3, 4, 5 -> recursive ? recursive(name) : query(2, false);
                default -> query(2, false);
            };
            with.append(i == 0 ? "" : ", ").append(name);
            with.append(chance(20) ? " (tenant_id, id, x, y)" : "").append(chance(20) ? " as materialized (" : " as (");
            with.append(body).append(")");
            if (!ctes.contains(name)) {
                ctes.add(name);
            }
        }
        return with.append(' ').toString();
    }

    private String recursive(String name) {
        String base = "select tenant_id, id, x, y from lines where " + only("lines", 0);
        String tenants = chance(70) ? "r.tenant_id = n.tenant_id and " : "";
        String item = chance(80) ? pick("n", "r") + ".tenant_id" : tenant();
        return base + " union select " + item + ", n.id, n.x, n.y from lines n join " + name + " r on " + tenants
                + "r.x = n.id";
    }

    /** A condition in the scope of this reference alone. */
    private String only(String reference, int depth) {
        int mark = scope.size();
        scope.add(reference);
        String condition = condition(depth, mark);
        shrink(mark);
        return condition;
    }

    private void shrink(int mark) {
        while (scope.size() > mark) {
            scope.remove(scope.size() - 1);
        }
    }

    /** A query with the columns tenant_id, id, x, y; without them all if it is the whole statement. */
    private String query(int depth, boolean whole) {
        if (depth > 0 && chance(12)) {
            String set = pick("union", "union all", "except", "intersect");
            return "(" + query(depth - 1, false) + ") " + set + " (" + query(depth - 1, false) + ")" + cut();
        }
        int mark = scope.size();
        String from = from(depth);
        String where = chance(92) ? " where " + condition(depth, mark) : "";
        String list = list(depth, mark, whole);
        String select = "select " + (chance(12) ? "distinct " : "") + list + from + where;
        if (!whole && chance(6)) {
            String r = reference(mark);
            select = "select distinct on (" + r + ".id) " + columns(mark) + from + where + " order by " + r
                    + ".id, 1, 3, 4";
        } else if (!whole && chance(6)) {
            select = "select " + pick("max", "min") + "(" + reference(mark)
                    + ".tenant_id) as tenant_id, count(*)::int as id, 1 as x, 'y' as y" + from + where;
        } else if (!whole && chance(6)) {
            String r = reference(mark);
            select = "select " + r + ".tenant_id, count(*)::int as id, 1 as x, 'y' as y" + from + where + " group by "
                    + r + ".tenant_id";
        } else if (chance(12)) {
            select += cut();
        }
        shrink(mark);
        return select;
    }

    private String cut() {
        return chance(70) ? "" : " order by 1, 2, 3, 4 " + pick("limit 2", "offset 1", "fetch first 2 rows only", "");
    }

    private String list(int depth, int mark, boolean whole) {
        if (whole && chance(50)) {
            return switch (random.nextInt(5)) {
                case 0 -> "*";
                case 1 -> reference(mark) + ".*";
                case 2 -> "count(*), " + "1, 2, 3";
                case 3 -> columns(mark) + ", (select max(id) from (" + query(Math.max(0, depth - 1), false) + ") s)";
                default ->
                    columns(mark) + ", case when exists (" + query(Math.max(0, depth - 1), false) + ") then 1 end";
            };
        }
        return chance(10) ? reference(mark) + ".*" : columns(mark);
    }

    private String columns(int mark) {
        String r = reference(mark);
        String tenant = switch (random.nextInt(12)) {
            case 0 -> tenant();
            case 1 -> "coalesce(" + r + ".tenant_id, 'b')";
            case 2 -> reference(0) + ".tenant_id";
            default -> r + ".tenant_id";
        };
        String x = chance(8) ? "(row_number() over (order by " + r + ".id, " + r + ".x))::int" : reference(mark) + ".x";
        return tenant + " as tenant_id, " + reference(mark) + ".id, " + x + " as x, " + reference(0) + ".y";
    }

    /** One of the references from {@code mark} on. */
    private String reference(int mark) {
        return scope.get(mark + random.nextInt(scope.size() - mark));
    }

    private String from(int depth) {
        StringBuilder from = new StringBuilder(" from ");
        int level = scope.size();
        int items = 1 + (chance(50) ? 1 : 0) + (chance(20) ? 1 : 0);
        int low = level;
        for (int i = 0; i < items; i++) {
            if (i == 0) {
                from.append(relation(depth, level));
            } else {
                int kind = random.nextInt(9);
                String relation;
                switch (kind) {
                    case 0, 1 -> {
                        low = scope.size();
                        from.append(", ").append(relation(depth, level));
                    }
                    case 2 -> from.append(" cross join ").append(relation(depth, level));
                    default -> {
                        String join = new String[] {"join", "join", "inner join", "left join", "right join", "full join"
                                }
                                [kind - 3];
                        relation = relation(depth, level);
                        from.append(' ').append(join).append(' ').append(relation);
                        if (chance(12)) {
                            from.append(pick(" using (tenant_id)", " using (id)", " using (tenant_id, id)"));
                        } else {
                            from.append(" on ")
                                    .append(join.equals("full join") ? equal(low) : condition(Math.min(depth, 1), low));
                        }
                    }
                }
            }
        }
        return from.toString();
    }

    private String equal(int mark) {
        return reference(mark) + ".tenant_id = " + reference(mark) + ".tenant_id and " + reference(mark) + ".id = "
                + reference(mark) + ".id";
    }

    private String fresh(int level) {
        for (int i = 0; i < 20; i++) {
            String name = pick("o", "l", "n", "m", "q", "p", "\"O\"", "semi", "final");
            if (!scope.subList(level, scope.size()).contains(name)) {
                return name;
            }
        }
        return "z" + scope.size();
    }

    private String relation(int depth, int level) {
        String alias = fresh(level);
        String as = chance(50) ? " " : " as ";
        int kind = random.nextInt(16);
        if (depth > 0 && kind == 0) {
            List<String> visible = new ArrayList<>(scope);
            shrink(level);
            String query = query(depth - 1, false);
            scope.clear();
            scope.addAll(visible);
            scope.add(alias);
            return "(" + query + ")" + as + alias + (chance(20) ? " (tenant_id, id, x, y)" : "");
        } else if (depth > 0 && kind == 1) {
            String query = query(depth - 1, false);
            scope.add(alias);
            return "lateral (" + query + ")" + as + alias;
        } else if (depth > 0 && kind == 2) {
            String left = relation(0, level);
            String right = relation(0, level);
            int mark = scope.size() - 2;
            return "(" + left + pick(" join ", " left join ", " join ") + right + " on " + condition(0, mark) + ")";
        } else if (kind == 3) {
            scope.add(alias);
            return "(values (" + tenant() + ", 1, 2, 'y'), (" + tenant() + ", 2, 1, 'z'))" + as + alias
                    + " (tenant_id, id, x, y)";
        } else if (kind == 4) {
            scope.add(alias);
            return "(select " + tenant() + " as tenant_id, 1 as id, 2 as x, 'y' as y)" + as + alias;
        } else if (kind == 14) {
            scope.add(alias);
            String tables = pick("orders", "lines");
            String tenants = chance(50) ? "" : "x, ";
            return pick(
                            "(select * from " + tables + " order by id, x, tenant_id limit 3)",
                            "(select * from " + tables + " order by x, id, tenant_id offset 3)",
                            "(select distinct on (id) * from " + tables + " order by id, x, tenant_id)",
                            "(select tenant_id, id, (rank() over (order by " + tenants + "id))::int as x, y from "
                                    + tables + ")",
                            "(select tenant_id, id, x, y from " + tables
                                    + " union all select * from lines order by 2, 3, 1 limit 5)",
                            "(select max(tenant_id) as tenant_id, id, 1 as x, 'y' as y from " + tables
                                    + " group by id)",
                            "(select * from " + tables + ")")
                    + as
                    + alias;
        } else if (kind == 15 && scope.size() > level) {
            String outer = reference(0);
            scope.add(alias);
            return "lateral (select " + outer + ".tenant_id as tenant_id, " + outer + ".id, 1 as x, 'y' as y)" + as
                    + alias;
        } else if (kind <= 6 && !ctes.isEmpty()) {
            scope.add(alias);
            return ctes.get(random.nextInt(ctes.size())) + as + alias;
        }
        String table = pick("orders", "lines", "lines", "users", "orders");
        if (chance(25) && !scope.subList(level, scope.size()).contains(table)) {
            scope.add(table);
            return table;
        }
        scope.add(alias);
        return (chance(5) ? "only " : "") + table + as + alias;
    }

    /** A condition; the references from {@code mark} on are the level's own and mostly get their tenant. */
    private String condition(int depth, int mark) {
        List<String> parts = new ArrayList<>();
        for (String reference : List.copyOf(scope.subList(mark, scope.size()))) {
            if (chance(85)) {
                parts.add(restriction(reference));
            }
        }
        int more = random.nextInt(3);
        for (int i = 0; i < more || parts.isEmpty(); i++) {
            parts.add(random.nextInt(parts.size() + 1), other(depth, mark));
        }
        String all = String.join(" and ", parts);
        return chance(10) ? "(" + all + ")" : all;
    }

    private String restriction(String r) {
        String other = reference(0);
        return switch (random.nextInt(20)) {
            case 0 -> tenant() + " = " + r + ".tenant_id";
            case 1 -> r + ".tenant_id in (" + tenant() + ", " + tenant() + ")";
            case 2 -> "(" + r + ".tenant_id = " + tenant() + ")";
            case 3 -> "(" + r + ".id, " + r + ".tenant_id) = (" + other + ".id, " + other + ".tenant_id)";
            case 4 -> "(" + r + ".tenant_id, " + r + ".id) in ((" + tenant() + ", 1), (" + tenant() + ", 2))";
            case 5, 6, 7, 8 -> r + ".tenant_id = " + other + ".tenant_id";
            case 9 -> other + ".tenant_id = " + r + ".tenant_id";
            case 10 -> "tenant_id = " + tenant();
            case 11 -> "(" + r + ".tenant_id) = any (array[" + tenant() + "])";
            default -> r + ".tenant_id = " + tenant();
        };
    }

    private String other(int depth, int mark) {
        String r = reference(0);
        String s = reference(mark);
        int kind = random.nextInt(depth > 0 ? 24 : 16);
        kind = kind == 13 && chance(85) ? 0 : kind;
        return switch (kind) {
            case 0 -> r + ".x = " + s + ".x";
            case 1 -> r + ".id = " + s + ".id";
            case 2 -> s + ".x between 1 and 2";
            case 3 -> "(" + restriction(s) + " or " + r + ".x = 1)";
            case 4 -> "not (" + restriction(s) + ")";
            case 5 -> s + ".tenant_id <> " + tenant();
            case 6 -> "case when " + restriction(s) + " then true else " + r + ".x = 1 end";
            case 7 -> s + ".tenant_id = " + tenant() + " || ''";
            case 8 -> "(" + s + ".tenant_id = " + tenant() + ") is not true";
            case 9 -> s + ".x in (1, 2)";
            case 10 -> "not " + s + ".tenant_id = " + tenant();
            case 11 -> "coalesce(" + s + ".tenant_id = " + tenant() + ", true)";
            case 12 -> "(" + s + ".x = 1 or " + restriction(s) + " and " + r + ".x = 2)";
            case 13 -> s + ".tenant_id = " + tenant() + " is not null";
            case 14 -> s + ".tenant_id not in (" + tenant() + ")";
            case 15 -> s + ".y like 'y' escape '!'";
            case 16, 17 -> "exists (" + query(depth - 1, false) + ")";
            case 18 -> "not exists (" + query(depth - 1, false) + ")";
            case 19 ->
                "(" + s + ".tenant_id, " + s + ".id) in (select tenant_id, id from (" + query(depth - 1, false)
                        + ") i)";
            case 20 ->
                s + ".tenant_id in (select tenant_id from " + pick("orders", "lines", "users") + " i where "
                        + inner(depth) + ")";
            case 21 ->
                "(" + s + ".tenant_id, " + s + ".id) not in (select i.tenant_id, i.id from lines i where "
                        + inner(depth) + ")";
            case 22 -> s + ".id = (select max(id) from (" + query(depth - 1, false) + ") i)";
            default -> s + ".x <= any (select x from (" + query(depth - 1, false) + ") i)";
        };
    }

    private String inner(int depth) {
        int mark = scope.size();
        scope.add("i");
        String condition = condition(depth - 1, mark);
        shrink(mark);
        return condition;
    }

    private String insertValues() {
        String table = pick("orders", "lines");
        boolean alias = chance(30);
        String rows = "(" + tenant() + ", 7, 1, 'y')" + (chance(40) ? ", (" + tenant() + ", 1, 2, 'z')" : "");
        return "insert into " + table + (alias ? " as t" : "") + " (tenant_id, id, x, y) values " + rows
                + conflict(alias ? "t" : table);
    }

    private String insertSelect() {
        String table = pick("orders", "lines");
        return "insert into " + table + " (tenant_id, id, x, y) " + query(2, false)
                + (chance(50) ? conflict(table) : "");
    }

    private String conflict(String reference) {
        String target = pick("(tenant_id, id)", "(tenant_id, id)", "(id)");
        String where = switch (random.nextInt(4)) {
            case 0 -> " where " + reference + ".tenant_id = excluded.tenant_id";
            case 1 -> " where " + reference + ".tenant_id = " + tenant();
            case 2 -> " where " + reference + ".x < 3";
            default -> "";
        };
        String set = pick(
                "x = excluded.x",
                "x = excluded.x",
                "tenant_id = excluded.tenant_id",
                "tenant_id = " + tenant(),
                "(x, y) = (5, 'q')");
        return pick(
                        " on conflict do nothing",
                        " on conflict " + target + " do update set " + set + where,
                        " on conflict " + target + " do update set " + set + where,
                        "")
                + (chance(40) ? " returning *" : "");
    }

    private String update() {
        String table = pick("orders", "lines");
        boolean alias = chance(50);
        String target = alias ? "t" : table;
        String set = pick(
                "x = 5",
                "x = 5",
                "tenant_id = tenant_id",
                "tenant_id = " + tenant(),
                "(x, y) = (6, 'r')",
                "(x, tenant_id) = (6, " + tenant() + ")");
        scope.add(target);
        String from = chance(50) ? from(1) : "";
        String where = " where " + condition(2, 0);
        if (from.contains("from " + target) || set.contains("= tenant_id")) {
            set = "x = 5";
        }
        return "update " + table + (alias ? " as t" : "") + " set " + set + from + where
                + (chance(40) ? " returning " + target + ".*" : "");
    }

    private String delete() {
        String table = pick("orders", "lines");
        boolean alias = chance(50);
        String target = alias ? "t" : table;
        scope.add(target);
        String using = chance(50) ? from(1).replaceFirst(" from ", " using ") : "";
        return "delete from " + table + (alias ? " as t" : "") + using + " where " + condition(2, 0)
                + (chance(40) ? " returning " + target + ".*" : "");
    }

    private String merge() {
        String table = pick("orders", "lines");
        scope.add("t");
        String source = relation(1, 0);
        String s = scope.get(1);
        String on = "t.id = " + s + ".id" + (chance(70) ? " and " + restriction("t") : "");
        String set = pick("x = 5", "tenant_id = " + s + ".tenant_id", "x = " + s + ".x");
        String matched = " when matched" + (chance(30) ? " and " + s + ".x = 1" : "") + " then "
                + pick("delete", "update set " + set, "update set " + set);
        String values = pick(s + ".tenant_id", s + ".tenant_id", tenant()) + ", " + s + ".id, 1, 'm'";
        String not = chance(50) ? " when not matched then insert (tenant_id, id, x, y) values (" + values + ")" : "";
        return "merge into " + table + " as t using " + source + " on " + on + matched + not;
    }
}
