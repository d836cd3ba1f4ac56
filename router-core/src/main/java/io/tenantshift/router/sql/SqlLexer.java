package io.tenantshift.router.sql;

/**
 * Cuts a SQL text into tokens as PostgreSQL's scanner does, with two additions of JDBC: {@code ?} is a placeholder and
 * {@code ??} the operator character {@code ?}. Needs {@code standard_conforming_strings = on}, PostgreSQL's default.
 * Runs once over the text and never fails: what cannot be cut is noted as {@link Tokens#problem()}.
 */
final class SqlLexer {
    private static final String OPERATOR_CHARACTERS = "~!@#^&|`?+-*/%<>=";

    private final String sql;
    private final int length;
    private final Tokens tokens;
    /** The end of the run of operator characters that {@link #operator} last saw, and its last one but + and -. */
    private int plainRunEnd;

    private int plainRunLast;

    private SqlLexer(String sql) {
        this.sql = sql;
        this.length = sql.length();
        this.tokens = new Tokens(sql);
    }

    static Tokens scan(String sql) {
        SqlLexer lexer = new SqlLexer(sql);
        int i = 0;
        while (i < lexer.length) {
            i = lexer.next(i);
        }
        lexer.tokens.seal();
        return lexer.tokens;
    }

    /** Takes what begins at {@code i} and returns the offset after it, which is always greater. */
    private int next(int i) {
        char c = sql.charAt(i);
        if (isSpace(c)) {
            return i + 1;
        } else if (startsComment(i)) {
            return comment(i);
        } else if (c == '\'') {
            return add(Tokens.Type.STRING, i, quoted(i, false));
        } else if (c == '"') {
            return add(Tokens.Type.QUOTED, i, quoted(i, false));
        } else if (isNameStart(c)) {
            return word(i, c);
        } else if (c == '$') {
            return dollar(i);
        } else if (isDigit(c) || (c == '.' && isDigit(at(i + 1)))) {
            return add(Tokens.Type.NUMBER, i, number(i));
        } else if (c == '?' && at(i + 1) != '?') {
            tokens.addPlaceholder(i);
            return i + 1;
        } else if (isOperator(c)) {
            return add(Tokens.Type.OPERATOR, i, operator(i));
        }
        boolean pair = (c == ':' && (at(i + 1) == ':' || at(i + 1) == '=')) || (c == '.' && at(i + 1) == '.');
        return add(Tokens.Type.PUNCTUATION, i, pair ? i + 2 : i + 1);
    }

    private int add(Tokens.Type type, int start, int end) {
        tokens.add(type, start, end);
        return end;
    }

    private int comment(int start) {
        int i = start + 2;
        if (sql.charAt(start) == '-') {
            while (i < length && sql.charAt(i) != '\n' && sql.charAt(i) != '\r') {
                i++;
            }
            return i;
        }
        int depth = 1;
        while (i < length && depth > 0) {
            if (sql.startsWith("/*", i)) {
                depth++;
                i += 2;
            } else if (sql.startsWith("*/", i)) {
                depth--;
                i += 2;
            } else {
                i++;
            }
        }
        if (depth > 0) {
            tokens.problem("a comment that is not closed");
        }
        return i;
    }

    /** The end of the string or name whose opening quote stands at {@code open}. */
    private int quoted(int open, boolean backslash) {
        char quote = sql.charAt(open);
        int i = open + 1;
        while (i < length) {
            char c = sql.charAt(i);
            if (backslash && c == '\\') {
                i += 2;
            } else if (c != quote) {
                i++;
            } else if (at(i + 1) == quote) {
                i += 2;
            } else {
                return i + 1;
            }
        }
        tokens.problem("a quote that is not closed");
        return length;
    }

    private int word(int i, char c) {
        char next = at(i + 1);
        if (next == '\'' && "bBxXnN".indexOf(c) >= 0) {
            return add(Tokens.Type.STRING, i, quoted(i + 1, false));
        }
        if (next == '\'' && (c == 'e' || c == 'E')) {
            return add(Tokens.Type.STRING, i, escapeString(i));
        }
        if (next == '&' && (c == 'u' || c == 'U') && (at(i + 2) == '\'' || at(i + 2) == '"')) {
            Tokens.Type type = at(i + 2) == '"' ? Tokens.Type.QUOTED : Tokens.Type.STRING;
            return add(type, i, quoted(i + 2, false));
        }
        int j = i + 1;
        while (j < length && (isNameStart(sql.charAt(j)) || isDigit(sql.charAt(j)) || sql.charAt(j) == '$')) {
            j++;
        }
        return add(Tokens.Type.WORD, i, j);
    }

    /**
     * An {@code E''} string. PostgreSQL lets a literal go on after a line break, and the second part knows backslashes
     * too; pgjdbc does not see that, so such a text has no one meaning.
     */
    private int escapeString(int i) {
        int end = quoted(i + 1, true);
        int j = end;
        while (j < length && (isSpace(sql.charAt(j)) || startsComment(j))) {
            j = isSpace(sql.charAt(j)) ? j + 1 : comment(j);
        }
        if (at(j) == '\'') {
            tokens.problem("an E'' string in two parts");
        }
        return end;
    }

    private int dollar(int i) {
        int j = i + 1;
        if (isDigit(at(j))) {
            while (isDigit(at(j))) {
                j++;
            }
            return add(Tokens.Type.PARAMETER, i, j);
        }
        while (j < length && (isNameStart(sql.charAt(j)) || (j > i + 1 && isDigit(sql.charAt(j))))) {
            j++;
        }
        if (at(j) != '$') {
            return add(Tokens.Type.PUNCTUATION, i, i + 1);
        }
        String tag = sql.substring(i, j + 1);
        int close = sql.indexOf(tag, j + 1);
        if (close < 0) {
            tokens.problem("a dollar quote that is not closed");
            return add(Tokens.Type.STRING, i, length);
        }
        return add(Tokens.Type.STRING, i, close + tag.length());
    }

    private int number(int i) {
        int j = digits(i);
        if (at(j) == '.' && at(j + 1) != '.') {
            j = digits(j + 1);
        }
        if (at(j) == 'e' || at(j) == 'E') {
            int k = at(j + 1) == '+' || at(j + 1) == '-' ? j + 2 : j + 1;
            if (isDigit(at(k))) {
                j = digits(k);
            }
        }
        return j;
    }

    private int digits(int i) {
        int j = i;
        while (isDigit(at(j)) || (at(j) == '_' && isDigit(at(j + 1)))) {
            j++;
        }
        return j;
    }

    /**
     * The longest run of operator characters before a comment or a placeholder. As in PostgreSQL it may end in + or -
     * only if it has one of the special characters; a run without them is remembered, for its rest is cut next.
     */
    private int operator(int i) {
        if (i >= plainRunEnd) {
            int j = i;
            int lastPlain = i;
            while (j < length && isOperator(sql.charAt(j)) && !startsComment(j)) {
                char c = sql.charAt(j);
                if (c == '?' && at(j + 1) != '?') {
                    break;
                } else if ("~!@#%^&|`?".indexOf(c) >= 0) {
                    return specialOperator(j);
                } else if (c != '+' && c != '-') {
                    lastPlain = j;
                }
                j++;
            }
            plainRunEnd = j;
            plainRunLast = lastPlain;
        }
        return Math.max(i, plainRunLast) + 1;
    }

    private int specialOperator(int i) {
        int j = i;
        while (j < length && isOperator(sql.charAt(j)) && !startsComment(j)) {
            char c = sql.charAt(j);
            if (c == '?' && at(j + 1) != '?') {
                break;
            }
            j += c == '?' ? 2 : 1;
        }
        return j;
    }

    private boolean startsComment(int i) {
        return sql.startsWith("--", i) || sql.startsWith("/*", i);
    }

    /** The character at {@code i}, or the null character, which no SQL text contains. */
    private char at(int i) {
        return i < length ? sql.charAt(i) : '\0';
    }

    private static boolean isOperator(char c) {
        return OPERATOR_CHARACTERS.indexOf(c) >= 0;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNameStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 128;
    }
}
