package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the names by which a {@code FROM} or {@code USING} list's rows are known, in the order in which {@code *} shows their columns. Says
 * nothing where {@code *} is not simply all columns of each of them: joins by common columns, functions, columns with other names.
 */
final class SourceNames {
    private static final Set<String> QUERY_STARTS = Set.of("select", "with", "values", "table");
    private static final Set<String> SIDES = Set.of("inner", "left", "right", "full", "cross", "outer");
    /** What follows a relation without being its alias. */
    private static final Set<String> NO_ALIAS = Set.of("on", "using", "where", "returning", "natural", "join");

    private final Tokens x;
    private final int end;
    private final List<String> names = new ArrayList<>();
    private int t;

    private SourceNames(Tokens x, int from, int end) {
        this.x = x;
        this.t = from;
        this.end = end;
    }

    /** The names of the list in the tokens from {@code from} on, up to {@code WHERE} or {@code end}; null if that is not sure. */
    static @Nullable List<String> read(Tokens x, int from, int end) {
        SourceNames reader = new SourceNames(x, from, end);
        boolean sure = reader.list() && reader.names.stream().distinct().count() == reader.names.size();
        return sure ? reader.names : null;
    }

    private boolean list() {
        while (relation()) {
            while (joins()) {
                if (!relation() || !condition()) {
                    return false;
                }
            }
            if (t >= end || x.isKeyword(t, "where")) {
                return true;
            } else if (!x.isPunctuation(t, ',')) {
                return false;
            }
            t++;
        }
        return false;
    }

    /** Passes {@code [LEFT [OUTER] | …] JOIN}. */
    private boolean joins() {
        int u = t;
        while (SIDES.contains(x.keyword(u))) {
            u++;
        }
        boolean joins = u < end && x.isKeyword(u, "join");
        t = joins ? u + 1 : t;
        return joins;
    }

    /** Passes {@code ON} and what follows it, up to the next relation; a cross join has none. */
    private boolean condition() {
        if (x.isKeyword(t, "using")) {
            return false;
        }
        if (x.isKeyword(t, "on")) {
            while (t < end && !x.isPunctuation(t, ',') && !x.isKeyword(t, "where") && !isJoin(t)) {
                t = x.past(t);
            }
        }
        return true;
    }

    private boolean isJoin(int u) {
        return x.isKeyword(u, "join")
                || x.isKeyword(u, "natural")
                || (SIDES.contains(x.keyword(u)) && (x.isKeyword(u + 1, "join") || x.isKeyword(u + 1, "outer")));
    }

    private boolean relation() {
        t += x.isKeyword(t, "lateral") ? 1 : 0;
        if (x.isPunctuation(t, '(')) {
            boolean query = QUERY_STARTS.contains(x.word(t + 1));
            t = x.past(t);
            String alias = alias();
            if (!query || alias == null) {
                return false;
            }
            names.add(alias);
            t = x.past(t) > t + 1 ? x.past(t) : t;
            return true;
        }
        t += x.isKeyword(t, "only") ? 1 : 0;
        if (!x.isName(t)) {
            return false;
        }
        int first = t;
        t = TableScan.endOfName(x, first);
        TableName table = TableScan.nameAt(x, first, t);
        if (table == null || x.isPunctuation(t, '(')) {
            return false;
        }
        t += x.isOperator(t, "*") ? 1 : 0;
        boolean named = x.isKeyword(t, "as");
        String alias = alias();
        names.add(alias == null ? table.name() : alias);
        return !(named && alias == null) && !x.isPunctuation(t, '(');
    }

    private @Nullable String alias() {
        if (x.isKeyword(t, "as")) {
            t += 2;
            return x.name(t - 1);
        }
        String word = x.keyword(t);
        boolean bare = t < end && x.isName(t) && !NO_ALIAS.contains(word) && !SIDES.contains(word);
        return bare && !word.equals("tablesample") ? x.name(t++) : null;
    }
}
