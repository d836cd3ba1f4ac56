package io.tenantshift.router.sql;

import io.tenantshift.router.sql.TenantReading.Reach;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@code FROM} or {@code USING} list of tables, functions and joins from its tokens, and the conditions of the joins. An outer
 * join's condition restricts only the side that may be missing. For one thread, for one statement.
 */
final class FromReader {
    /** What may follow such a list. All are reserved words. */
    static final Set<String> CLAUSES =
            Set.of("where", "group", "having", "window", "order", "limit", "offset", "fetch", "for", "returning");

    private static final Set<String> SIDES = Set.of("inner", "left", "right", "full", "cross", "natural");
    private static final int NOT_UNDERSTOOD = -1;
    /** Names are looked up among all relations: more would take time in proportion to their square. */
    private static final int MOST_RELATIONS = 300;

    private final Tokens x;
    private final TenantReading reading;
    private final TenantConditions conditions;
    private final QueryLevel level;
    private final int end;
    private int t;

    private FromReader(
            Tokens x, TenantReading reading, TenantConditions conditions, QueryLevel level, int from, int end) {
        this.x = x;
        this.reading = reading;
        this.conditions = conditions;
        this.level = level;
        this.t = from;
        this.end = end;
    }

    /** Reads the list that begins at {@code from} into {@code level}; returns the token after it, or -1 if it was not understood. */
    static int read(Tokens x, TenantReading reading, TenantConditions conditions, QueryLevel level, int from, int end) {
        FromReader reader = new FromReader(x, reading, conditions, level, from, end);
        return reader.list() ? reader.t : NOT_UNDERSTOOD;
    }

    private boolean list() {
        while (true) {
            int low = level.size();
            if (!relation()) {
                return false;
            }
            while (isJoin(t)) {
                if (level.size() > MOST_RELATIONS || !join(low)) {
                    return false;
                }
            }
            if (t >= end || !x.isPunctuation(t, ',') || level.size() > MOST_RELATIONS) {
                return t == end || CLAUSES.contains(x.keyword(t));
            }
            t++;
        }
    }

    private boolean isJoin(int u) {
        boolean side = SIDES.contains(x.keyword(u))
                && (x.isKeyword(u + 1, "join") || (x.isKeyword(u + 1, "outer") && x.isKeyword(u + 2, "join")));
        return x.isKeyword(u, "join") || side;
    }

    /** {@code [INNER | LEFT [OUTER] | …] JOIN relation [ON condition | USING (columns)]}; the left side begins at {@code low}. */
    private boolean join(int low) {
        String side = x.isKeyword(t, "join") ? "inner" : x.keyword(t);
        while (!x.isKeyword(t, "join")) {
            t++;
        }
        t++;
        int right = level.size();
        if (!relation()) {
            return false;
        }
        Reach reach = switch (side) {
            case "inner" -> new Reach(level, low, level.size());
            case "left" -> new Reach(level, right, level.size());
            case "right" -> new Reach(level, low, right);
            default -> Reach.of(level).none();
        };
        if (side.equals("cross")) {
            return true;
        } else if (side.equals("natural")) {
            return false;
        } else if (x.isKeyword(t, "on")) {
            int begin = t + 1;
            t = begin;
            while (t < end && !isJoin(t) && !x.isPunctuation(t, ',') && !CLAUSES.contains(x.keyword(t))) {
                t = x.past(t);
            }
            conditions.read(begin, t, reach);
            return true;
        }
        return using(low, right, reach);
    }

    private boolean using(int low, int right, Reach reach) {
        int open = t + 1;
        if (!x.isKeyword(t, "using") || !x.isPunctuation(open, '(')) {
            return false;
        }
        for (int[] item : conditions.list(open + 1, x.partner(open))) {
            String name = item[1] - item[0] == 1 ? x.name(item[0]) : null;
            if (name == null) {
                return false;
            }
            reading.using(name, low, right, reach);
        }
        t = x.partner(open) + 1;
        return !x.isKeyword(t, "as");
    }

    /** {@code [ONLY] table [*] [[AS] alias]} or {@code function(…) [WITH ORDINALITY] [[AS] alias [(…)]]}. */
    private boolean relation() {
        t += x.isKeyword(t, "lateral") ? 1 : 0;
        int name = x.isKeyword(t, "only") ? t + 1 : t;
        if (!x.isName(name) || ReservedWords.NO_NAMES.contains(x.keyword(name))) {
            return false;
        }
        t = TableScan.endOfName(x, name);
        TableName table = TableScan.nameAt(x, name, t);
        if (table == null) {
            return false;
        }
        if (x.isPunctuation(t, '(')) {
            t = x.partner(t) + 1;
            t += x.isKeyword(t, "with") && x.isWord(t + 1, "ordinality") ? 2 : 0;
            String alias = alias();
            level.add(null, alias == null ? table.name() : alias);
            t = x.isPunctuation(t, '(') ? x.partner(t) + 1 : t;
            return true;
        }
        t += x.isOperator(t, "*") ? 1 : 0;
        boolean named = x.isKeyword(t, "as");
        String alias = alias();
        reading.table(level, table, alias);
        return !(named && alias == null) && !x.isPunctuation(t, '(');
    }

    private @Nullable String alias() {
        if (x.isKeyword(t, "as")) {
            t += 2;
            return x.name(t - 1);
        }
        boolean bare = t < end && x.isName(t) && !ReservedWords.NO_NAMES.contains(x.keyword(t));
        return bare ? x.name(t++) : null;
    }
}
