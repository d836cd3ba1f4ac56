package io.tenantshift.router.sql;

import io.tenantshift.router.sql.ReturningItem.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts an output list into its items and finds the name that PostgreSQL gives to each: the one behind {@code AS}, else
 * the column's or the function's, else {@code ?column?} for an operator or a plain literal. Any other expression has
 * no name here; PostgreSQL's rules for those differ between its versions.
 */
final class OutputNames {
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
    /** End an expression and so are no names, if they come last without {@code AS}. */
    private static final Set<String> NOT_LABELS = Set.of(
            "null",
            "true",
            "false",
            "unknown",
            "isnull",
            "notnull",
            "end",
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
            "precision",
            "varying",
            "zone",
            "document",
            "normalized");

    private static final String NO_NAME = "?column?";

    private final Tokens x;

    OutputNames(Tokens x) {
        this.x = x;
    }

    /** The items of the list in the tokens from {@code from} to {@code to}; null if one of them is empty. */
    @Nullable
    List<ReturningItem> items(int from, int to) {
        List<ReturningItem> items = new ArrayList<>();
        int begin = from;
        for (int t = from; t <= to; t++) {
            if (t == to || x.isPunctuation(t, ',')) {
                if (t == begin) {
                    return null;
                }
                items.add(item(begin, t));
                begin = t + 1;
            } else if (x.isPunctuation(t, '(') || x.isPunctuation(t, '[')) {
                t = x.partner(t);
            }
        }
        return items;
    }

    private ReturningItem item(int from, int to) {
        int last = to - 1;
        if (x.isOperator(last, "*") && to - from == 1) {
            return item(from, to, Shape.ALL, null);
        }
        if (x.isOperator(last, "*") && x.isPunctuation(last - 1, '.') && chain(from) == last - 1) {
            return item(from, to, Shape.ROW_OF, x.name(last - 2));
        }
        if (x.isName(last) && last - 1 > from && x.isWord(last - 1, "as") && !x.isPunctuation(last - 2, '.')) {
            return item(from, last - 1, Shape.VALUE, x.name(last));
        }
        if (isBareLabel(from, last)) {
            return item(from, last, Shape.VALUE, x.name(last));
        }
        return item(from, to, Shape.VALUE, natural(from, to));
    }

    private ReturningItem item(int from, int to, Shape shape, @Nullable String name) {
        return new ReturningItem(x.start(from), x.end(to - 1), shape, name);
    }

    /** Whether the last token is a name given without {@code AS}. Says no in doubt: then there is no name at all. */
    private boolean isBareLabel(int from, int last) {
        if (last == from || !x.isName(last) || NOT_LABELS.contains(x.word(last))) {
            return false;
        }
        int before = last - 1;
        boolean closed = x.isPunctuation(before, ')')
                || x.isPunctuation(before, ']')
                || x.isType(before, Tokens.Type.STRING)
                || x.isType(before, Tokens.Type.NUMBER)
                || x.isType(before, Tokens.Type.PARAMETER);
        return closed || (x.isName(from) && chain(from) == last && !x.isWord(from, "not"));
    }

    private @Nullable String natural(int from, int to) {
        if (hasOperator(from, to)) {
            return NO_NAME;
        }
        boolean literal = x.isType(from, Tokens.Type.NUMBER)
                || x.isType(from, Tokens.Type.STRING)
                || x.isType(from, Tokens.Type.PARAMETER);
        if (literal && to - from == 1) {
            return NO_NAME;
        }
        if (!x.isName(from) || (to - from == 1 && NOT_LABELS.contains(x.word(from)))) {
            return null;
        }
        int end = chain(from);
        String name = x.name(end - 1);
        if (x.isPunctuation(end, '(')) {
            boolean asWritten = end - from > 1 || !NOT_NAMED_AS_WRITTEN.contains(x.word(from));
            return asWritten && isCasts(x.partner(end) + 1, to) ? name : null;
        }
        while (x.isPunctuation(end, '[')) {
            end = x.partner(end) + 1;
        }
        return isCasts(end, to) ? name : null;
    }

    /** The token after a dotted name. */
    private int chain(int from) {
        return TableScan.endOfName(x, from);
    }

    /** Whether the item is an operator's result; never for a {@code CASE}, whose inner expressions have no brackets. */
    private boolean hasOperator(int from, int to) {
        boolean found = false;
        for (int t = from; t < to; t++) {
            if (x.isPunctuation(t, '(') || x.isPunctuation(t, '[')) {
                t = x.partner(t);
            } else if (x.isKeyword(t, "case") || (x.isOperator(t, "*") && x.isPunctuation(t - 1, '.'))) {
                return false;
            }
            found |= x.isType(t, Tokens.Type.OPERATOR);
        }
        return found;
    }

    /** Whether the tokens are nothing, or {@code ::type} once or more. */
    private boolean isCasts(int from, int to) {
        int t = from;
        while (t < to) {
            if (!x.isPunctuation(t, "::") || !x.isName(t + 1)) {
                return false;
            }
            t = chain(t + 1);
            while (t < to && (TYPE_WORDS.contains(x.word(t)) || x.isPunctuation(t, '(') || x.isPunctuation(t, '['))) {
                t = TYPE_WORDS.contains(x.word(t)) ? t + 1 : x.partner(t) + 1;
            }
        }
        return t == to;
    }
}
