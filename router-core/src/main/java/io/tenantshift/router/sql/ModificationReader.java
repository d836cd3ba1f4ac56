package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parts of one {@code INSERT}, {@code UPDATE}, {@code DELETE} or {@code MERGE} from its tokens. Gives nothing
 * when a part is not where the grammar wants it.
 */
final class ModificationReader {
    private static final Set<String> QUERY_STARTS = Set.of("select", "with", "values", "table");
    /** Reserved words that may follow a target without an alias. */
    private static final Set<String> NO_ALIAS = Set.of("set", "using", "where", "returning", "on", "default", "for");

    private final Tokens x;
    private final int verb;
    /** The token of {@code RETURNING}, or the end. */
    private int bodyEnd;

    private int t;
    private @Nullable TableName target;
    private @Nullable String alias;
    private boolean only;
    private @Nullable List<String> sources = List.of();
    private boolean onConflict;
    private @Nullable List<String> insertColumns;
    private List<String> assigned = List.of();
    private final List<Modification.Assignment> assignments = new ArrayList<>();
    private List<ReturningItem> returning = List.of();

    private ModificationReader(Tokens x, int verb) {
        this.x = x;
        this.verb = verb;
        this.bodyEnd = x.size();
    }

    /** The modification whose verb is the token {@code verb}, or null if it was not understood. */
    static @Nullable Modification read(Tokens x, int verb) {
        ModificationReader reader = new ModificationReader(x, verb);
        boolean understood = reader.readReturning()
                && switch (x.word(verb)) {
                    case "insert" -> reader.readInsert();
                    case "update" -> reader.readUpdate();
                    case "delete" -> reader.readDelete();
                    case "merge" -> reader.readMerge();
                    default -> false;
                };
        return understood && reader.target != null ? reader.result(reader.target) : null;
    }

    private Modification result(TableName table) {
        int end = x.end(bodyEnd - 1);
        return new Modification(
                table, alias, only, sources, insertColumns, assigned, assignments, onConflict, end, returning);
    }

    private boolean readReturning() {
        bodyEnd = find("returning", verb + 1);
        if (bodyEnd == x.size()) {
            return true;
        }
        if (x.isWord(bodyEnd + 1, "with") && x.isPunctuation(bodyEnd + 2, '(')) {
            return false; // 18: names for OLD and NEW
        }
        List<ReturningItem> items = new OutputNames(x).items(bodyEnd + 1, x.size());
        returning = items == null ? List.of() : items;
        return items != null;
    }

    private boolean readInsert() {
        if (!x.isWord(verb + 1, "into") || !readName(verb + 2)) {
            return false;
        }
        if (x.isWord(t, "as")) {
            alias = x.name(t + 1);
            t += 2;
            if (alias == null) {
                return false;
            }
        }
        if (x.isPunctuation(t, '(') && !QUERY_STARTS.contains(x.word(x.pastOpening(t)))) {
            insertColumns = columns(t);
            t = x.partner(t) + 1;
            if (insertColumns == null) {
                return false;
            }
        }
        if (x.isWord(t, "overriding")) {
            t += 3;
        }
        boolean source = QUERY_STARTS.contains(x.word(x.pastOpening(t))) || x.isWord(t, "default");
        int action = find("do", t); // a reserved word: nothing but ON CONFLICT has it
        onConflict = action < bodyEnd;
        if (onConflict && x.isWord(action + 1, "update")) {
            return source && x.isWord(action + 2, "set") && readAssignments(action + 3);
        }
        return source;
    }

    private boolean readUpdate() {
        if (!readTarget(verb + 1) || !x.isWord(t, "set")) {
            return false;
        }
        int from = find("from", t);
        if (from < bodyEnd) {
            sources = SourceNames.read(x, from + 1, bodyEnd);
        }
        return readAssignments(t + 1);
    }

    private boolean readDelete() {
        if (!x.isWord(verb + 1, "from") || !readTarget(verb + 2)) {
            return false;
        }
        boolean joined = x.isWord(t, "using");
        if (joined) {
            sources = SourceNames.read(x, t + 1, bodyEnd);
        }
        return joined || t == bodyEnd || x.isWord(t, "where");
    }

    private boolean readMerge() {
        return x.isWord(verb + 1, "into") && readTarget(verb + 2) && x.isWord(t, "using");
    }

    /** {@code [ONLY] name [*] [[AS] alias]}, {@code ONLY (name)} included. */
    private boolean readTarget(int from) {
        only = x.isWord(from, "only");
        int first = only ? from + 1 : from;
        boolean bracketed = only && x.isPunctuation(first, '(');
        if (!readName(bracketed ? first + 1 : first)) {
            return false;
        }
        if (bracketed) {
            if (!x.isPunctuation(t, ')')) {
                return false;
            }
            t++;
        }
        t += x.isOperator(t, "*") ? 1 : 0;
        if (x.isWord(t, "as") || (x.isName(t) && !NO_ALIAS.contains(x.word(t)))) {
            t += x.isWord(t, "as") ? 1 : 0;
            alias = x.name(t);
            t++;
            return alias != null;
        }
        return true;
    }

    private boolean readName(int from) {
        t = from;
        if (!x.isName(from)) {
            return false;
        }
        t = TableScan.endOfName(x, from);
        target = TableScan.nameAt(x, from, t);
        return target != null;
    }

    /** {@code a = …, (b, c) = …} up to {@code FROM}, {@code WHERE} or the end. */
    private boolean readAssignments(int from) {
        List<String> names = new ArrayList<>();
        int u = from;
        while (true) {
            List<String> list = x.isPunctuation(u, '(') ? columns(u) : null;
            String name = x.name(u);
            if (list != null) {
                names.addAll(list);
            } else if (name != null) {
                names.add(name);
            } else {
                return false;
            }
            int first = list == null && x.isOperator(u + 1, "=") ? u + 2 : bodyEnd;
            while (u < bodyEnd && !x.isPunctuation(u, ',')) {
                boolean end = x.isKeyword(u, "where") || (x.isKeyword(u, "from") && !x.isOfDistinct(u));
                if (end) {
                    note(name, first, u);
                    assigned = names;
                    return true;
                }
                u = x.past(u);
            }
            note(name, first, Math.min(u, bodyEnd));
            if (u >= bodyEnd) {
                assigned = names;
                return true;
            }
            u++;
        }
    }

    private void note(@Nullable String column, int first, int end) {
        if (column != null && first < end) {
            assignments.add(new Modification.Assignment(column, x.start(first), x.end(end - 1)));
        }
    }

    /** The columns named in the parentheses at {@code open}; a column may be followed by a subscript or a field. */
    private @Nullable List<String> columns(int open) {
        List<String> names = new ArrayList<>();
        int close = x.partner(open);
        int u = open + 1;
        while (true) {
            String name = x.name(u);
            if (name == null) {
                return null;
            }
            names.add(name);
            while (u < close && !x.isPunctuation(u, ',')) {
                u = x.past(u);
            }
            if (u >= close) {
                return names;
            }
            u++;
        }
    }

    /** The first such keyword outside brackets from {@code from} on, or the end of the body. */
    private int find(String keyword, int from) {
        int u = from;
        while (u < bodyEnd) {
            if (x.isKeyword(u, keyword) && !x.isOfDistinct(u)) {
                return u;
            }
            u = x.past(u);
        }
        return bodyEnd;
    }
}
