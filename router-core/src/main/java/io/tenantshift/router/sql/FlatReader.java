package io.tenantshift.router.sql;

import io.tenantshift.router.sql.TenantReading.Reach;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the common shapes of a statement from its tokens: one level, without sub-selects, {@code WITH} or {@code UNION}. Takes time in
 * proportion to the text. For one thread, for one statement.
 */
final class FlatReader {
    private static final Set<String> ENDS = Set.of("union", "intersect", "except", "into", "from");

    private final Tokens x;
    private final TenantReading reading;
    private final TenantConditions conditions;
    private final QueryLevel level = new QueryLevel();
    /** Where the part that is being read ends. */
    private int end;

    private int t;

    private FlatReader(Tokens x, int verb, TenantReading reading) {
        this.x = x;
        this.t = verb + 1;
        this.end = x.size();
        this.reading = reading;
        this.conditions = new TenantConditions(x, reading);
    }

    /** Reads the statement whose verb is the token {@code verb}; false if it is not of a shape that is read here. */
    static boolean read(Tokens x, int verb, TenantReading reading) {
        FlatReader reader = new FlatReader(x, verb, reading);
        return isFlat(x, verb)
                && switch (x.word(verb)) {
                    case "select" -> reader.select();
                    case "table" -> reader.table();
                    case "insert" -> reader.insert();
                    case "update" -> reader.update();
                    case "delete" -> reader.delete();
                    default -> false;
                };
    }

    private static boolean isFlat(Tokens x, int verb) {
        for (int u = verb; u < x.size(); u++) {
            boolean inner = x.isPunctuation(u, '(') && TableScan.QUERY_STARTS.contains(x.word(x.pastOpening(u)));
            if (inner || x.isPunctuation(u, ';')) {
                return false;
            }
        }
        return true;
    }

    private boolean table() {
        t = FromReader.read(x, reading, conditions, level, t, end);
        return t >= 0 && rest();
    }

    private boolean select() {
        t = clause(t);
        return (t == end || !x.isKeyword(t, "from") || relations()) && rest();
    }

    /** The list behind the {@code FROM} or {@code USING} at {@code t}. */
    private boolean relations() {
        t = FromReader.read(x, reading, conditions, level, t + 1, end);
        return t >= 0;
    }

    /** {@code WHERE} and {@code HAVING}; the other clauses take nothing away from what is read. */
    private boolean rest() {
        while (t < end) {
            String clause = x.keyword(t);
            if (!FromReader.CLAUSES.contains(clause)) {
                return false;
            }
            int begin = t + 1;
            t = clause(begin);
            if (clause.equals("where")) {
                conditions.read(begin, t, Reach.of(level));
            } else if (clause.equals("having")) {
                conditions.read(begin, t, Reach.of(level).none());
            }
        }
        return true;
    }

    /** The next token outside brackets that begins or ends a clause. */
    private int clause(int from) {
        int u = from;
        while (u < end) {
            String word = x.keyword(u);
            if (FromReader.CLAUSES.contains(word) || (ENDS.contains(word) && !x.isOfDistinct(u))) {
                return u;
            }
            u = x.past(u);
        }
        return end;
    }

    private boolean update() {
        if (!target() || !x.isKeyword(t, "set")) {
            return false;
        }
        int from = t + 1;
        t = clause(from);
        int to = t;
        return (t == end || !x.isKeyword(t, "from") || relations())
                && conditions.assignments(from, to, level)
                && rest();
    }

    private boolean delete() {
        if (!x.isKeyword(t, "from")) {
            return false;
        }
        t++;
        return target() && (!x.isKeyword(t, "using") || relations()) && rest();
    }

    /** {@code [ONLY] name [*] [[AS] alias]}. */
    private boolean target() {
        t += x.isKeyword(t, "only") ? 1 : 0;
        int name = t;
        t = TableScan.endOfName(x, name);
        TableName table = x.isName(name) ? TableScan.nameAt(x, name, t) : null;
        t += x.isOperator(t, "*") ? 1 : 0;
        String alias = null;
        boolean bare = x.isName(t) && !x.isWord(t, "set") && !ReservedWords.NO_NAMES.contains(x.keyword(t));
        if (bare || x.isKeyword(t, "as")) {
            t += bare ? 0 : 1;
            alias = x.name(t++);
            if (alias == null) {
                return false;
            }
        }
        if (table != null) {
            reading.table(level, table, alias);
        }
        return table != null;
    }

    private boolean insert() {
        if (!x.isKeyword(t, "into") || !x.isName(t + 1)) {
            return false;
        }
        int name = t + 1;
        t = TableScan.endOfName(x, name);
        TableName table = TableScan.nameAt(x, name, t);
        String alias = x.isKeyword(t, "as") ? x.name(t + 1) : null;
        if (table == null || (x.isKeyword(t, "as") && alias == null)) {
            return false;
        }
        t += alias == null ? 0 : 2;
        List<@Nullable String> columns = x.isPunctuation(t, '(') ? conditions.names(t) : null;
        t = columns == null ? t : x.past(t);
        t += x.isKeyword(t, "overriding") ? 3 : 0;
        InsertedRows rows = new InsertedRows(reading, level, table, alias, columns);
        int whole = end;
        end = conflict();
        boolean understood = switch (x.keyword(t)) {
            case "values" -> values(rows);
            case "default" -> defaults(rows);
            case "select" -> selected(rows);
            default -> false;
        };
        int conflict = end;
        end = whole;
        return understood && (conflict == end || conflict(rows, conflict));
    }

    private boolean values(InsertedRows rows) {
        t++;
        while (t < end && x.isPunctuation(t, '(')) {
            List<int[]> items = conditions.list(t + 1, x.partner(t));
            rows.row(items.size(), i -> conditions.operand(items.get(i)[0], items.get(i)[1], level));
            t = x.past(t);
            t += t < end && x.isPunctuation(t, ',') ? 1 : 0;
        }
        return rest();
    }

    private boolean defaults(InsertedRows rows) {
        t += 2;
        rows.row(0, i -> Operand.OTHER);
        return rest();
    }

    private boolean selected(InsertedRows rows) {
        t++;
        if (x.isKeyword(t, "distinct")) {
            t += x.isKeyword(t + 1, "on") ? 2 : 1;
            t = x.isKeyword(t - 1, "on") ? x.past(t) : t;
        }
        t += x.isKeyword(t, "all") ? 1 : 0;
        List<int[]> items = conditions.list(t, clause(t));
        if (!select()) {
            return false;
        }
        rows.row(items.size(), i -> item(items, i));
        return true;
    }

    /** What the item {@code i} of an output list is; nothing known if a star before it makes its place unknown. */
    private Operand item(List<int[]> items, int i) {
        for (int[] item : items.subList(0, i)) {
            int last = item[1] - 1;
            if (x.isOperator(last, "*") && (last == item[0] || x.isPunctuation(last - 1, '.'))) {
                return Operand.OTHER;
            }
        }
        int from = items.get(i)[0];
        int to = items.get(i)[1];
        Operand operand = conditions.operand(from, x.isKeyword(to - 2, "as") ? to - 2 : to, level);
        boolean label = operand.equals(Operand.OTHER) && to - from > 1 && x.isName(to - 1);
        return label ? conditions.operand(from, to - 1, level) : operand;
    }

    /** The token of {@code ON CONFLICT}, or the end. {@code DO} is a reserved word: nothing else has it. */
    private int conflict() {
        int found = end;
        for (int u = t; u < end; u = x.past(u)) {
            if (x.isKeyword(u, "on") && x.isWord(u + 1, "conflict")) {
                found = u;
            } else if (x.isKeyword(u, "do")) {
                return found;
            }
        }
        return end;
    }

    private boolean conflict(InsertedRows rows, int on) {
        t = on + 2;
        List<@Nullable String> target = new ArrayList<>();
        if (x.isPunctuation(t, '(')) {
            target = conditions.plainNames(t);
        }
        while (t < end && !x.isKeyword(t, "do")) {
            t = x.past(t);
        }
        if (x.isWord(t + 1, "nothing")) {
            t += 2;
            return rest();
        }
        if (!x.isKeyword(t + 1, "update") || !x.isKeyword(t + 2, "set")) {
            return false;
        }
        int from = t + 3;
        t = clause(from);
        QueryLevel scope = rows.conflict(target);
        if (!conditions.assignments(from, t, scope)) {
            return false;
        }
        if (x.isKeyword(t, "where")) {
            int begin = t + 1;
            t = clause(begin);
            conditions.read(begin, t, new Reach(scope, 0, 1));
        }
        return rest();
    }
}
