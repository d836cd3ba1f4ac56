package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A statement in words that a general parser takes as PostgreSQL does, for reading only: it is never sent. Comments are gone, each literal
 * and parameter has a number instead of its text, names that are told by their place are quoted and numbered, and PostgreSQL's many
 * operators are {@code ||}, which has their precedence. For one thread, for one statement.
 */
final class ParserText {
    private static final Set<String> OPERATORS = Set.of("=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "||");
    /** Types whose name before a string makes a literal, which not every parser knows. */
    private static final Set<String> TYPES = Set.of(
            "text varchar uuid smallint int2 integer int int4 bigint int8 json jsonb bool boolean numeric bytea inet"
                    .split(" "));

    /**
     * Words that begin a clause of another database's SQL for the parser and are names for PostgreSQL. A text that has one outside quotes
     * is not read.
     */
    private static final Set<String> FOREIGN =
            Set.of(("anti apply asof connect div emit final format global match_recognize minus nocycle optimize option"
                            + " overwrite pivot preferring prewhere prior qualify regexp regexp_like rlike sample semi"
                            + " settings siblings skip start straight_join top unpivot xor")
                    .split(" "));

    /** Where a literal stands: tokens from {@code from} to before {@code to}. */
    record Place(int from, int to) {}

    private final Tokens x;
    private final TenantLiterals literals;
    private final StringBuilder text = new StringBuilder();
    private final List<Place> places = new ArrayList<>();
    private final Set<Integer> names = new HashSet<>();
    private boolean foreign;

    /** @param tables the tokens at which tables are named, each the first of its name */
    ParserText(Tokens x, TenantLiterals literals, int begin, List<Integer> tables) {
        this.x = x;
        this.literals = literals;
        tables.forEach(this::table);
        int t = begin;
        while (t < x.size()) {
            t = token(t);
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** Whether the parser may take a name for a word of another database's SQL. */
    boolean isForeign() {
        return foreign;
    }

    /** The literal of a number; null if there is no such number. */
    @Nullable
    Place place(int number) {
        return number >= 0 && number < places.size() ? places.get(number) : null;
    }

    /** The name that a parsed identifier stands for; null if it cannot be told. */
    @Nullable
    String name(@Nullable String parsed) {
        if (parsed == null || !parsed.startsWith("\"n")) {
            return parsed;
        }
        return x.name(Integer.parseInt(parsed.substring(2, parsed.length() - 1)));
    }

    /** Marks the name of a table and its alias as names. */
    private void table(int t) {
        int end = TableScan.endOfName(x, t);
        names.add(t);
        end += x.isOperator(end, "*") ? 1 : 0;
        boolean bare = x.isName(end) && !x.isWord(end, "set") && !ReservedWords.NO_NAMES.contains(x.keyword(end));
        // of INSERT, where no alias stands without AS
        boolean clause = x.isWord(end, "values") || x.isWord(end, "overriding");
        if (x.isKeyword(end, "as")) {
            names.add(end + 1);
        } else if (bare && !clause) {
            names.add(end);
        }
    }

    private int token(int t) {
        if (x.isType(t, Tokens.Type.WORD)) {
            return word(t);
        } else if (x.isType(t, Tokens.Type.QUOTED)) {
            put("\"n" + t + '"');
        } else if (x.isType(t, Tokens.Type.PARAMETER)) {
            return number("?", t, behindCasts(t + 1), "");
        } else if (x.isType(t, Tokens.Type.STRING)) {
            int end = behindCasts(t + 1);
            return end > t + 1 ? number("?", t, end, "") : number("'s", t, end, "'");
        } else if (x.isType(t, Tokens.Type.NUMBER) && isOperand(t, t + 1)) {
            return number("?", t, behindCasts(t + 1), "");
        } else if (x.isType(t, Tokens.Type.OPERATOR)) {
            if (isPrefix(t) && x.isType(t + 1, Tokens.Type.NUMBER) && isOperand(t, t + 2)) {
                return number("?", t, behindCasts(t + 2), "");
            }
            put(operator(t));
        } else {
            put(x.isPunctuation(t, ":=") ? "||" : x.sql.substring(x.start(t), x.end(t)));
        }
        return t + 1;
    }

    private int word(int t) {
        boolean chained = x.isPunctuation(t - 1, '.') || x.isPunctuation(t + 1, '.');
        boolean label = x.isPunctuation(t - 1, ')') || x.isWord(t - 1, "as");
        if (x.isKeyword(t, "only") && x.isName(t + 1)) {
            return t + 1;
        } else if (x.isKeyword(t, "delete") && x.isWord(t + 1, "from") && x.isName(t + 2)) {
            return delete(t);
        } else if (names.contains(t)
                || (chained && !x.isPunctuation(t + 1, '('))
                || (label && FOREIGN.contains(x.word(t)))) {
            put("\"n" + t + '"');
        } else if (x.isKeyword(t, "cast") && x.isPunctuation(t + 1, '(') && literals.read(t, x.past(t + 1)) != null) {
            return number("?", t, behindCasts(x.past(t + 1)), "");
        } else if (x.isType(t + 1, Tokens.Type.STRING) && TYPES.contains(x.keyword(t))) {
            return number("?", t, behindCasts(t + 2), "");
        } else {
            foreign |= FOREIGN.contains(x.word(t));
            put(x.word(t));
        }
        return t + 1;
    }

    /**
     * A {@code DELETE} with {@code USING} reads the same rows as an {@code UPDATE} with {@code FROM}, of which the parser knows more. The
     * column that it sets is none of a group's tables.
     */
    private int delete(int verb) {
        int using = TableScan.endOfName(x, x.isKeyword(verb + 2, "only") ? verb + 3 : verb + 2);
        using += x.isOperator(using, "*") ? 1 : 0;
        using += x.isKeyword(using, "as") ? 2 : x.isKeyword(using, "using") ? 0 : 1;
        boolean joined = x.isKeyword(using, "using");
        put(joined ? "update" : "delete from");
        int t = verb + 2;
        while (joined && t < using) {
            t = token(t);
        }
        if (joined) {
            put("set \"\" = null from");
            t++;
        }
        return t;
    }

    /** The end of a literal with its casts to plain types; a cast to any other type is left to the parser. */
    private int behindCasts(int end) {
        int t = end;
        while (x.isPunctuation(t, "::") && x.isType(t + 1, Tokens.Type.WORD)) {
            int type = t + 1;
            type += x.isWord(type, "pg_catalog") && x.isPunctuation(type + 1, '.') ? 2 : 0;
            type += x.isWord(type, "character") && x.isWord(type + 1, "varying") ? 1 : 0;
            boolean plain = TYPES.contains(x.word(type)) || x.isWord(type, "varying");
            boolean goesOn =
                    x.isPunctuation(type + 1, '(') || x.isPunctuation(type + 1, '[') || x.isPunctuation(type + 1, '.');
            if (!plain || goesOn) {
                return t;
            }
            t = type + 1;
        }
        return t;
    }

    private int number(String before, int from, int to, String behind) {
        put(before + places.size() + behind);
        places.add(new Place(from, to));
        return to;
    }

    /** Whether a number stands where it can be compared, inserted or listed, and not as a part of a type or as an argument. */
    private boolean isOperand(int from, int to) {
        if (x.isOperator(from - 1, "=") || x.isOperator(to, "=")) {
            return true;
        }
        int open = x.enclosing(from);
        boolean item = x.isPunctuation(from - 1, '(') || x.isPunctuation(from - 1, ',');
        boolean argument = x.isName(open - 1) && !x.isKeyword(open - 1, "in") && !x.isKeyword(open - 1, "values");
        return item && x.isPunctuation(open, '(') && !argument;
    }

    /** An operator that begins an operand is a sign, whatever it does. */
    private String operator(int t) {
        String operator = x.sql.substring(x.start(t), x.end(t));
        if (operator.equals("*")) {
            return operator;
        } else if (isPrefix(t)) {
            return "-";
        }
        return operator.equals("!=") ? "<>" : OPERATORS.contains(operator) ? operator : "||";
    }

    private boolean isPrefix(int t) {
        return x.isType(t - 1, Tokens.Type.OPERATOR)
                || x.isPunctuation(t - 1, '(')
                || x.isPunctuation(t - 1, '[')
                || x.isPunctuation(t - 1, ',')
                || (x.isType(t - 1, Tokens.Type.WORD) && ReservedWords.NO_NAMES.contains(x.keyword(t - 1)));
    }

    private void put(String word) {
        text.append(word).append(' ');
    }
}
