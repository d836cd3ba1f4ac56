package io.tenantshift.router.sql;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one SQL text with their nesting, trailing semicolons dropped. Filled by {@link SqlLexer}, read-only
 * afterwards. Every question about a token that does not exist is answered with "no".
 */
final class Tokens {
    enum Type {
        /** An unquoted identifier or keyword. */
        WORD,
        /** A quoted identifier. */
        QUOTED,
        STRING,
        NUMBER,
        /** {@code ?} or {@code $1}. */
        PARAMETER,
        OPERATOR,
        PUNCTUATION
    }

    /** PostgreSQL cuts longer identifiers; we do not guess where. */
    private static final int MAX_IDENTIFIER_BYTES = 63;

    final String sql;
    private Type[] types = new Type[64];
    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private @Nullable String[] words = new @Nullable String[0];
    /** Behind a dot, or behind an AS that is not a label itself. */
    private boolean[] labels = new boolean[0];

    private int[] partners = new int[0];
    private int[] enclosing = new int[0];
    private int[] past = new int[0];
    /** For each token the number of {@code ?} up to and with it. */
    private int[] ordinals = new int[0];

    private int size;
    private int placeholders;
    private @Nullable String problem;

    Tokens(String sql) {
        this.sql = sql;
    }

    void add(Type type, int start, int end) {
        if (size == types.length) {
            types = Arrays.copyOf(types, size * 2);
            starts = Arrays.copyOf(starts, size * 2);
            ends = Arrays.copyOf(ends, size * 2);
        }
        types[size] = type;
        starts[size] = start;
        ends[size++] = end;
    }

    void addPlaceholder(int at) {
        add(Type.PARAMETER, at, at + 1);
        placeholders++;
    }

    void problem(String found) {
        if (problem == null) {
            problem = found;
        }
    }

    /** Ends the filling: drops trailing semicolons, folds words, pairs brackets. */
    void seal() {
        while (isPunctuation(size - 1, ';')) {
            size--;
        }
        words = new @Nullable String[size];
        labels = new boolean[size];
        partners = new int[size];
        enclosing = new int[size];
        past = new int[size];
        ordinals = new int[size];
        for (int t = size - 1; t >= 0; t--) {
            past[t] = isPunctuation(t, '(') ? (t + 1 < size ? past[t + 1] : size) : t;
        }
        int open = -1;
        int seen = 0;
        for (int t = 0; t < size; t++) {
            seen += types[t] == Type.PARAMETER && sql.charAt(starts[t]) == '?' ? 1 : 0;
            ordinals[t] = seen;
            words[t] = types[t] == Type.WORD ? fold(starts[t], ends[t]) : null;
            labels[t] = isPunctuation(t - 1, '.') || (isWord(t - 1, "as") && !labels[t - 1]);
            partners[t] = -1;
            if (isPunctuation(t, ')') || isPunctuation(t, ']')) {
                char opener = sql.charAt(starts[t]) == ')' ? '(' : '[';
                if (open < 0 || sql.charAt(starts[open]) != opener) {
                    problem("brackets that do not match");
                    return;
                }
                partners[t] = open;
                partners[open] = t;
                open = enclosing[open];
            }
            enclosing[t] = open;
            if (isPunctuation(t, '(') || isPunctuation(t, '[')) {
                open = t;
            }
        }
        if (open >= 0) {
            problem("a bracket that is not closed");
        }
    }

    /** Why the text has no trustworthy tokens, or null. */
    @Nullable
    String problem() {
        return problem;
    }

    int size() {
        return size;
    }

    int placeholders() {
        return placeholders;
    }

    /** The index by which JDBC knows the {@code ?} at {@code t}, from 1; 0 for any other token. */
    int ordinal(int t) {
        return isType(t, Type.PARAMETER) && sql.charAt(starts[t]) == '?' ? ordinals[t] : 0;
    }

    int start(int t) {
        return starts[t];
    }

    int end(int t) {
        return ends[t];
    }

    boolean has(int t) {
        return t >= 0 && t < size;
    }

    boolean isType(int t, Type type) {
        return has(t) && types[t] == type;
    }

    boolean isPunctuation(int t, char c) {
        return isType(t, Type.PUNCTUATION) && ends[t] - starts[t] == 1 && sql.charAt(starts[t]) == c;
    }

    boolean isPunctuation(int t, String text) {
        return isType(t, Type.PUNCTUATION) && is(t, text);
    }

    boolean isOperator(int t, String text) {
        return isType(t, Type.OPERATOR) && is(t, text);
    }

    private boolean is(int t, String text) {
        return ends[t] - starts[t] == text.length() && sql.startsWith(text, starts[t]);
    }

    /** The bracket that belongs to the bracket {@code t}, or -1. */
    int partner(int t) {
        return has(t) ? partners[t] : -1;
    }

    /** The innermost open bracket around {@code t}, or -1; a bracket is not inside itself. */
    int enclosing(int t) {
        return has(t) ? enclosing[t] : -1;
    }

    /** The next token, a bracketed part taken as one. */
    int past(int t) {
        boolean opens = isPunctuation(t, '(') || isPunctuation(t, '[');
        return opens && partners[t] > t ? partners[t] + 1 : t + 1;
    }

    /** The first token at or after {@code t} that is not an opening parenthesis. */
    int pastOpening(int t) {
        return has(t) ? past[t] : t;
    }

    /** The word in lower case, be it a keyword or a name; empty if the token is no word. */
    String word(int t) {
        String w = has(t) ? words[t] : null;
        return w == null ? "" : w;
    }

    boolean isWord(int t, String word) {
        return word(t).equals(word);
    }

    /** The word if it can be a keyword here: not behind a dot and not a label after {@code AS}. */
    String keyword(int t) {
        return has(t) && labels[t] ? "" : word(t);
    }

    boolean isKeyword(int t, String word) {
        return keyword(t).equals(word);
    }

    boolean isName(int t) {
        return isType(t, Type.WORD) || isType(t, Type.QUOTED);
    }

    /** Whether the {@code FROM} at {@code t} is that of {@code IS [NOT] DISTINCT FROM}. A column may be called distinct, even without AS. */
    boolean isOfDistinct(int t) {
        int u = isKeyword(t - 2, "not") ? t - 3 : t - 2;
        return isKeyword(t, "from") && isKeyword(t - 1, "distinct") && isKeyword(u, "is");
    }

    /** The name that an identifier stands for; null for no identifier and for one that we do not decode. */
    @Nullable
    String name(int t) {
        String name = null;
        if (isType(t, Type.WORD)) {
            name = words[t];
        } else if (isType(t, Type.QUOTED) && sql.charAt(starts[t]) == '"' && ends[t] - starts[t] > 2) {
            name = sql.substring(starts[t] + 1, ends[t] - 1).replace("\"\"", "\"");
        }
        boolean tooLong = name != null
                && name.length() > MAX_IDENTIFIER_BYTES / 4
                && name.getBytes(StandardCharsets.UTF_8).length > MAX_IDENTIFIER_BYTES;
        return tooLong ? null : name;
    }

    /** PostgreSQL folds ASCII letters only (in a multi-byte encoding). */
    private String fold(int start, int end) {
        StringBuilder folded = new StringBuilder(end - start);
        for (int i = start; i < end; i++) {
            char c = sql.charAt(i);
            folded.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
        }
        return folded.toString();
    }
}
