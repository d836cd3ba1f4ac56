package io.tenantshift.router.sql;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The name that PostgreSQL gives to an expression in an output list that names it not: the column's or the function's, the type's for a
 * cast of what has no name, a sub-query's first column, {@code case}, {@code array} or {@code exists}, and {@code ?column?} for an
 * operator or a plain literal. An expression whose name is not sure, because the grammar has not been followed so far or because PostgreSQL's versions differ, has none
 * here.
 */
final class ExpressionNames {
    /** @param strong whether a cast keeps it, and a CASE takes it over from its ELSE */
    private record Figure(String name, boolean strong) {}

    private static final Figure NOTHING = new Figure("?column?", false);

    /** Written like functions, but not named as they are written, or not in every version. */
    private static final Set<String> NOT_NAMED_AS_WRITTEN = Set.of(
            "cast",
            "extract",
            "trim",
            "treat",
            "normalize",
            "collation",
            "xmlelement",
            "xmlforest",
            "xmlparse",
            "xmlpi",
            "xmlroot",
            "xmlserialize",
            "xmlexists",
            "xmlconcat",
            "json",
            "json_object",
            "json_array",
            "json_scalar",
            "json_serialize",
            "json_value",
            "json_query",
            "json_exists",
            "json_objectagg",
            "json_arrayagg",
            "merge_action",
            "interval",
            "time",
            "timestamp",
            "char",
            "character",
            "varchar",
            "bit",
            "numeric",
            "decimal",
            "dec",
            "float",
            "not",
            "in",
            "any",
            "some",
            "all",
            "array",
            "operator");
    /** The later words of type names of several words. */
    private static final Set<String> TYPE_WORDS =
            Set.of("precision", "varying", "with", "without", "time", "zone", "array");
    /** What the words of the grammar's own types stand for. */
    private static final Map<String, String> TYPE_NAMES = Map.ofEntries(
            Map.entry("int", "int4"),
            Map.entry("integer", "int4"),
            Map.entry("smallint", "int2"),
            Map.entry("bigint", "int8"),
            Map.entry("real", "float4"),
            Map.entry("double", "float8"),
            Map.entry("decimal", "numeric"),
            Map.entry("dec", "numeric"),
            Map.entry("boolean", "bool"),
            Map.entry("char", "bpchar"),
            Map.entry("character", "bpchar"));

    /** Types whose words do not say which of two they are. */
    private static final Set<String> TYPES_NOT_TOLD =
            Set.of("float", "nchar", "national", "setof", "bit", "time", "timestamp", "interval");

    /** Between or before operands at the top of an expression they make it one without a name. */
    private static final Set<String> OPERATORS = Set.of(
            "is", "isnull", "notnull", "in", "between", "like", "ilike", "similar", "and", "or", "not", "overlaps");

    /** Words after which a name is still an operand and not a label given without AS. */
    private static final Set<String> NO_OPERANDS = Set.of("from", "escape", "symmetric", "asymmetric");

    /** Deeper nesting has no name: bounded time and stack, whatever the text. */
    private static final int MAX_DEPTH = 20;

    private static final Set<String> QUERY_STARTS = Set.of("select", "with", "values", "table");

    /** What may follow the output list of a query. */
    private static final Set<String> ENDS_OF_LIST = Set.of(
            "from",
            "where",
            "group",
            "having",
            "window",
            "union",
            "intersect",
            "except",
            "order",
            "limit",
            "offset",
            "fetch",
            "for",
            "into");

    private final Tokens x;

    ExpressionNames(Tokens x) {
        this.x = x;
    }

    /** The name of the expression in the tokens from {@code from} to {@code to}; null if that is not sure. */
    @Nullable
    String name(int from, int to, int depth) {
        Figure figure = figure(from, to, depth);
        return figure == null ? null : figure.name();
    }

    private @Nullable Figure figure(int from, int to, int depth) {
        if (from >= to || depth > MAX_DEPTH) {
            return null;
        } else if (x.isWord(from, "case")) {
            return caseOf(from, to, depth);
        } else if (has(from, to, "case", "at", "collate", "end", "over", "filter", "within")) {
            return null;
        } else if (hasOperator(from, to)) {
            return mayHaveLabel(from, to) ? null : NOTHING;
        }
        int cast = lastCast(from, to);
        if (cast > 0) {
            Figure inner = isType(cast + 1, to) ? figure(from, cast, depth + 1) : null;
            String type = typeName(cast + 1, to);
            return inner == null || inner.strong() ? inner : type == null ? null : new Figure(type, false);
        }
        return unit(from, to, depth);
    }

    private @Nullable Figure unit(int from, int to, int depth) {
        boolean alone = to - from == 1;
        if (x.isPunctuation(from, '(')) {
            boolean whole = x.partner(from) == to - 1;
            return whole ? bracketed(from + 1, to - 1, depth + 1) : null;
        } else if (alone && x.isType(from, Tokens.Type.STRING)) {
            // N'…' is a cast in disguise.
            boolean national = x.sql.charAt(x.start(from)) == 'n' || x.sql.charAt(x.start(from)) == 'N';
            return national ? null : NOTHING;
        } else if (alone && (x.isType(from, Tokens.Type.NUMBER) || x.isType(from, Tokens.Type.PARAMETER))) {
            return NOTHING;
        } else if (!x.isName(from)) {
            return null;
        } else if (alone && x.isWord(from, "null")) {
            return NOTHING;
        } else if (alone && (x.isWord(from, "true") || x.isWord(from, "false"))) {
            return new Figure("bool", false);
        } else if (x.isWord(from, "array") && x.isPunctuation(from + 1, '[')) {
            return x.partner(from + 1) == to - 1 ? new Figure("array", true) : null;
        } else if (x.isWord(from, "exists") && x.isPunctuation(from + 1, '(')) {
            return x.partner(from + 1) == to - 1 ? new Figure("exists", true) : null;
        }
        return named(from, to);
    }

    private @Nullable Figure named(int from, int to) {
        int end = TableScan.endOfName(x, from);
        String name = x.name(end - 1);
        if (x.isPunctuation(end, '(')) {
            boolean asWritten = end - from > 1 || !NOT_NAMED_AS_WRITTEN.contains(x.word(from));
            return asWritten && name != null && x.partner(end) == to - 1 ? new Figure(name, true) : null;
        }
        while (x.isPunctuation(end, '[')) {
            end = x.partner(end) + 1;
        }
        return end == to && name != null ? new Figure(name, true) : null;
    }

    /** What stands in parentheses: a row, a query of its own, or an expression that they do not change. */
    private @Nullable Figure bracketed(int from, int to, int depth) {
        if (x.isWord(from, "select")) {
            return query(from + 1, to, depth);
        } else if (QUERY_STARTS.contains(x.word(from))) {
            return null;
        }
        for (int t = from; t < to; t = x.past(t)) {
            if (x.isPunctuation(t, ',')) {
                return new Figure("row", true);
            }
        }
        return figure(from, to, depth);
    }

    /** A query in parentheses has the name of its first column. */
    private @Nullable Figure query(int from, int to, int depth) {
        int first = x.isWord(from, "all") || x.isWord(from, "distinct") ? from + 1 : from;
        int end = first;
        while (end < to && !x.isPunctuation(end, ',') && !ENDS_OF_LIST.contains(x.keyword(end))) {
            end = x.past(end);
        }
        if (first == end || depth > MAX_DEPTH || x.isWord(first, "on")) {
            return null;
        }
        ReturningItem item = new OutputNames(x).item(first, end, depth + 1);
        String name = item.name();
        return item.shape() != ReturningItem.Shape.VALUE || name == null ? null : new Figure(name, true);
    }

    /** {@code CASE … END} and nothing behind it. */
    private @Nullable Figure caseOf(int from, int to, int depth) {
        if (!x.isKeyword(to - 1, "end")) {
            return null;
        }
        int otherwise = -1;
        for (int t = from + 1; t < to - 1; t = x.past(t)) {
            if (x.isKeyword(t, "case") || x.isKeyword(t, "end")) {
                return null;
            } else if (x.isKeyword(t, "else")) {
                otherwise = t + 1;
            }
        }
        if (otherwise < 0) {
            return new Figure("case", false);
        }
        Figure last = figure(otherwise, to - 1, depth + 1);
        return last == null || last.strong() ? last : new Figure("case", false);
    }

    private boolean has(int from, int to, String... words) {
        for (int t = from; t < to; t = x.past(t)) {
            for (String word : words) {
                if (t > from && x.isKeyword(t, word)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether the expression is an operator's result, be it a sign or a word. */
    private boolean hasOperator(int from, int to) {
        boolean found = false;
        for (int t = from; t < to; t = x.past(t)) {
            if (x.isOperator(t, "*") && x.isPunctuation(t - 1, '.')) {
                return false;
            }
            // In front, all but one of them would be functions.
            boolean word = OPERATORS.contains(x.keyword(t)) && (t > from || (to - from > 1 && x.isWord(t, "not")));
            found |= x.isType(t, Tokens.Type.OPERATOR) || word;
        }
        return found;
    }

    /** Whether the last word may be a label that was given without AS: two operands side by side. */
    private boolean mayHaveLabel(int from, int to) {
        int before = to - 2;
        if (before < from || !x.isName(to - 1) || x.isPunctuation(before, '.')) {
            return false;
        }
        String word = x.keyword(before);
        return !x.isType(before, Tokens.Type.OPERATOR)
                && !x.isPunctuation(before, "::")
                && !OPERATORS.contains(word)
                && !NO_OPERANDS.contains(word);
    }

    /** The last {@code ::} outside brackets, or -1. */
    private int lastCast(int from, int to) {
        int last = -1;
        for (int t = from + 1; t < to; t = x.past(t)) {
            last = x.isPunctuation(t, "::") ? t : last;
        }
        return last;
    }

    /** Whether the tokens are a type and nothing else. */
    private boolean isType(int from, int to) {
        if (!x.isName(from)) {
            return false;
        }
        for (int t = TableScan.endOfName(x, from); t < to; t = x.past(t)) {
            if (!TYPE_WORDS.contains(x.word(t)) && !x.isPunctuation(t, '(') && !x.isPunctuation(t, '[')) {
                return false;
            }
        }
        return true;
    }

    /** The last part of a type's name in the catalog; null if the words do not say which of two it is. */
    private @Nullable String typeName(int from, int to) {
        int end = TableScan.endOfName(x, from);
        boolean builtIn = end - from == 1 && !x.word(from).isEmpty();
        if (builtIn && TYPES_NOT_TOLD.contains(x.word(from))) {
            return null;
        }
        String last = x.name(end - 1);
        if (!builtIn || last == null) {
            return last;
        }
        return x.isWord(end, "varying") ? "varchar" : TYPE_NAMES.getOrDefault(last, last);
    }
}
