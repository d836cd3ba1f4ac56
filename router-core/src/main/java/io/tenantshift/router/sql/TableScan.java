package io.tenantshift.router.sql;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects the tables of a query or modification in one pass. It rather names a table too many than one too few: a
 * name is taken wherever PostgreSQL's grammar could want a table.
 */
final class TableScan {
    static final Set<String> QUERY_STARTS =
            Set.of("select", "with", "values", "table", "insert", "update", "delete", "merge");
    /** Reserved words behind which a comma no longer separates tables. */
    private static final Set<String> LIST_ENDS = Set.of(
            "select",
            "where",
            "group",
            "having",
            "window",
            "order",
            "limit",
            "offset",
            "fetch",
            "for",
            "union",
            "intersect",
            "except",
            "returning",
            "do");

    private static final Set<String> INTO_OPTIONS = Set.of("temporary", "temp", "unlogged", "local", "global", "table");

    /** What is expected inside one pair of brackets. */
    private static final class Frame {
        /** Whether {@code FROM} begins a list of tables here; else it belongs to a function such as {@code extract}. */
        final boolean query;
        /** A table comes next. */
        boolean expecting;
        /** What comes next is a table that is written: a name of a {@code WITH} does not hide it. */
        boolean target;
        /** A comma is followed by a table. */
        boolean list;
        /** The {@code DELETE} or {@code MERGE} whose {@code USING}, the first one, names tables; else empty. */
        String awaitsUsing = "";

        Frame(boolean query, boolean expecting) {
            this.query = query;
            this.expecting = expecting;
        }
    }

    private final Tokens x;
    private final WithClauses withs;
    private final int begin;
    private final List<TableName> uses = new ArrayList<>();
    /** The first token of each use, and of each name of a {@code WITH} that stands where a table may. */
    private final List<Integer> places = new ArrayList<>();

    private boolean sure = true;

    private TableScan(Tokens x, WithClauses withs, int begin) {
        this.x = x;
        this.withs = withs;
        this.begin = begin;
    }

    /** The tables of the statement that begins at token {@code begin}, outside all brackets. */
    static TableScan of(Tokens x, WithClauses withs, int begin) {
        TableScan scan = new TableScan(x, withs, begin);
        scan.run();
        return scan;
    }

    /** Every dotted chain of words in the text, for statements whose grammar is not followed. */
    static Set<TableName> everyName(Tokens x) {
        Set<TableName> names = new LinkedHashSet<>();
        for (int t = 0; t < x.size(); t++) {
            if (x.isName(t) && !x.isPunctuation(t - 1, '.')) {
                String schema = null;
                String name = x.name(t);
                int u = t;
                while (name != null && x.isPunctuation(u + 1, '.') && x.name(u + 2) != null) {
                    schema = name;
                    name = x.name(u + 2);
                    u += 2;
                }
                if (name != null) {
                    names.add(new TableName(schema, name));
                }
            }
        }
        return names;
    }

    Set<TableName> tables() {
        return new LinkedHashSet<>(uses);
    }

    /** Each use of a table, in the order of the text. */
    List<TableName> uses() {
        return uses;
    }

    /** The first token of each use, and of each name of a {@code WITH} that stands where a table may. */
    List<Integer> places() {
        return places;
    }

    boolean sure() {
        return sure;
    }

    private void run() {
        Deque<Frame> frames = new ArrayDeque<>();
        frames.push(new Frame(true, false));
        int t = begin;
        while (x.has(t)) {
            Frame frame = frames.element();
            if (x.isPunctuation(t, '(') || x.isPunctuation(t, '[')) {
                frames.push(inside(t, frame));
                t++;
            } else if (x.isPunctuation(t, ')') || x.isPunctuation(t, ']')) {
                frames.pop();
                t++;
            } else if (x.isPunctuation(t, ',')) {
                frame.expecting = frame.list;
                t++;
            } else if (frame.expecting) {
                t = table(t, frame);
            } else {
                t = keyword(t, frame);
            }
        }
    }

    private Frame inside(int t, Frame outer) {
        boolean parenthesis = x.isPunctuation(t, '(');
        boolean query = parenthesis && QUERY_STARTS.contains(x.word(x.pastOpening(t)));
        boolean tables = parenthesis && outer.expecting;
        outer.expecting = false;
        return new Frame(query || tables, tables && !query);
    }

    /** Takes what stands where a table may stand. */
    private int table(int t, Frame frame) {
        switch (x.keyword(t)) {
            case "only", "lateral" -> {
                return t + 1;
            }
            case "rows" -> {
                if (x.isWord(t + 1, "from") && x.isPunctuation(t + 2, '(')) {
                    frame.expecting = false;
                    return t + 2;
                }
            }
            default -> {}
        }
        boolean target = frame.target;
        frame.expecting = false;
        frame.target = false;
        if (!x.isName(t)) {
            return t + 1;
        }
        int end = endOfName(x, t);
        if (!x.isPunctuation(end, '(')) {
            add(t, end, target);
        }
        return end;
    }

    private int keyword(int t, Frame frame) {
        String word = x.keyword(t);
        switch (word) {
            case "from" -> {
                if (frame.query && !x.isOfDistinct(t)) {
                    frame.expecting = true;
                    frame.target = x.isKeyword(t - 1, "delete") && isVerb(t - 1);
                    frame.list = true;
                }
            }
            case "join", "table" -> frame.expecting = true;
            case "into" -> {
                return into(t + 1);
            }
            case "update" -> {
                frame.expecting = isVerb(t);
                frame.target = frame.expecting;
            }
            case "delete", "merge" -> frame.awaitsUsing = isVerb(t) ? word : frame.awaitsUsing;
            case "using" -> {
                frame.expecting = !frame.awaitsUsing.isEmpty();
                frame.list |= frame.awaitsUsing.equals("delete");
                frame.awaitsUsing = "";
            }
            default -> {
                if (LIST_ENDS.contains(word)) {
                    frame.list = false;
                }
            }
        }
        return t + 1;
    }

    private boolean isVerb(int t) {
        return t == begin || x.isPunctuation(t - 1, '(') || withs.isMain(t);
    }

    private int into(int t) {
        int u = t;
        boolean select = !x.isWord(t - 2, "insert") && !x.isWord(t - 2, "merge");
        while (select && INTO_OPTIONS.contains(x.word(u)) && x.isName(u + 1)) {
            u++;
        }
        u = x.isWord(u, "only") ? x.pastOpening(u + 1) : u;
        if (!x.isName(u)) {
            sure = false;
            return u;
        }
        int end = endOfName(x, u);
        add(u, end, true);
        return end;
    }

    private void add(int t, int end, boolean target) {
        TableName name = nameAt(x, t, end);
        if (name == null) {
            sure = false;
        } else if (target || name.schema() != null || !withs.hides(name.name(), t)) {
            uses.add(name);
        }
        places.add(t);
    }

    /** The token after the dotted name that begins at {@code t}. */
    static int endOfName(Tokens x, int t) {
        int end = t + 1;
        while (x.isPunctuation(end, '.') && x.isName(end + 1)) {
            end += 2;
        }
        return end;
    }

    /** The name in the tokens from {@code t} to {@code end}; null if a part of it cannot be told. */
    static @Nullable TableName nameAt(Tokens x, int t, int end) {
        String name = x.name(end - 1);
        String schema = end - t > 1 ? x.name(end - 3) : null;
        return name == null || (end - t > 1 && schema == null) ? null : new TableName(schema, name);
    }
}
