package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All {@code WITH} clauses of a text, at any depth: which names they define, where these hide tables, what is written
 * inside them, and where the statement behind each begins. {@code WITH} is a reserved word, so a clause is told by its
 * shape: {@code WITH name [(…)] AS [[NOT] MATERIALIZED] (}.
 */
final class WithClauses {
    static final Set<String> WRITERS = Set.of("insert", "update", "delete", "merge");

    /** Names are hidden between two tokens. */
    private record Span(int from, int to) {}

    private final Tokens x;
    private final Map<String, List<Span>> names = new HashMap<>();
    private final Map<Integer, Integer> mains = new HashMap<>();
    private final Set<Integer> verbs = new HashSet<>();
    private boolean writing;
    private boolean sure = true;

    /** @param leading the token of the {@code WITH} that opens the statement, whose own verb may write; or -1 */
    WithClauses(Tokens x, int leading) {
        this.x = x;
        for (int t = 0; t < x.size(); t++) {
            if (x.isWord(t, "with") && !x.isPunctuation(t - 1, '.')) {
                int main = clause(t);
                if (main >= 0) {
                    mains.put(t, main);
                    verbs.add(main);
                    writing |= t != leading && WRITERS.contains(x.word(main));
                }
            }
        }
    }

    /** Whether something is written inside a {@code WITH}. */
    boolean writing() {
        return writing;
    }

    boolean sure() {
        return sure;
    }

    /** The verb behind the clause that begins at {@code with}, or -1. */
    int main(int with) {
        return mains.getOrDefault(with, -1);
    }

    boolean isMain(int t) {
        return verbs.contains(t);
    }

    /** Whether the bare name used at {@code t} means a {@code WITH} query and not a table. */
    boolean hides(String name, int t) {
        for (Span span : names.getOrDefault(name, List.of())) {
            if (t > span.from && t < span.to) {
                return true;
            }
        }
        return false;
    }

    /** Reads the clause at {@code with}; gives the verb behind it, or -1 if this is no such clause. */
    private int clause(int with) {
        boolean recursive = x.isWord(with + 1, "recursive");
        int end = x.enclosing(with) < 0 ? x.size() : x.partner(x.enclosing(with));
        int t = recursive ? with + 2 : with + 1;
        for (boolean first = true; ; first = false) {
            int body = body(t);
            if (body < 0) {
                sure &= first;
                return -1;
            }
            String name = x.name(t);
            if (name == null) {
                sure = false;
            } else {
                Span span = new Span(recursive ? with : x.partner(body), end);
                names.computeIfAbsent(name, n -> new ArrayList<>()).add(span);
            }
            writing |= WRITERS.contains(x.word(body + 1));
            t = searchAndCycle(x.partner(body) + 1);
            if (!x.isPunctuation(t, ',')) {
                int main = x.pastOpening(t);
                sure &= x.isType(main, Tokens.Type.WORD);
                return x.has(main) ? main : -1;
            }
            t++;
        }
    }

    /** The opening parenthesis of the query whose name stands at {@code name}, or -1. */
    private int body(int name) {
        if (!x.isName(name)) {
            return -1;
        }
        int t = x.isPunctuation(name + 1, '(') ? x.partner(name + 1) + 1 : name + 1;
        if (!x.isWord(t, "as")) {
            return -1;
        }
        t++;
        t += x.isWord(t, "not") ? 1 : 0;
        t += x.isWord(t, "materialized") ? 1 : 0;
        return x.isPunctuation(t, '(') ? t : -1;
    }

    /** {@code SEARCH DEPTH FIRST BY columns SET name} and {@code CYCLE columns SET name … USING name}. */
    private int searchAndCycle(int t) {
        int u = t;
        if (x.isWord(u, "search")) {
            u = columns(u + 4);
            sure &= x.isWord(u, "set");
            u += 2;
        }
        if (x.isWord(u, "cycle")) {
            u = columns(u + 1);
            sure &= x.isWord(u, "set");
            u = behind(u + 1, "using");
        }
        return u;
    }

    /** The token after a list of names. A column may be called {@code set}, or {@code values} as the next statement begins. */
    private int columns(int first) {
        int u = first + 1;
        while (x.isPunctuation(u, ',')) {
            u += 2;
        }
        return u;
    }

    /** The token after the name that follows a reserved word; what is skipped here has no brackets. */
    private int behind(int t, String word) {
        int u = t;
        while (x.has(u) && !x.isWord(u, word) && !x.isPunctuation(u, '(')) {
            u++;
        }
        sure &= x.isWord(u, word);
        return u + 2;
    }
}
