package io.tenantshift.router.sql;

import io.tenantshift.router.sql.ReturningItem.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts an output list into its items and finds the name that PostgreSQL gives to each: the one behind {@code AS} or
 * given without it, else what {@link ExpressionNames} says.
 */
final class OutputNames {
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
                items.add(item(begin, t, 0));
                begin = t + 1;
            } else if (x.isPunctuation(t, '(') || x.isPunctuation(t, '[')) {
                t = x.partner(t);
            }
        }
        return items;
    }

    /** @param depth how deeply the list stands inside others */
    ReturningItem item(int from, int to, int depth) {
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
        return item(from, to, Shape.VALUE, new ExpressionNames(x).name(from, to, depth));
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
                || x.isType(before, Tokens.Type.PARAMETER)
                || (x.isWord(from, "case") && x.isKeyword(before, "end"));
        return closed || (x.isName(from) && chain(from) == last && !x.isWord(from, "not"));
    }

    /** The token after a dotted name. */
    private int chain(int from) {
        return TableScan.endOfName(x, from);
    }
}
