package io.tenantshift.shadowread;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Cuts a text into words, literals and symbols, comments left out. Knows as little of SQL as will do and gives up early: a text with
 * backslashes, dollar signs or braces, with an open quote or comment has no words here, and so is never repeated. Stateless.
 */
final class SqlWords {
    enum Kind {
        WORD,
        QUOTED,
        STRING,
        NUMBER,
        PARAMETER,
        SYMBOL
    }

    /**
     * One piece of the text.
     *
     * @param text a word in lower case, anything else as it stands
     * @param depth how many brackets are open around it; a bracket is not inside itself
     */
    record Word(Kind kind, String text, int start, int end, int depth) {
        boolean is(String word) {
            return kind == Kind.WORD && text.equals(word);
        }

        boolean isSymbol(char c) {
            return kind == Kind.SYMBOL && text.charAt(0) == c;
        }
    }

    private final String sql;
    private final List<Word> words = new ArrayList<>();
    private int at;
    private int depth;

    private SqlWords(String sql) {
        this.sql = sql;
    }

    /** The words; empty if the text cannot be told. A trailing semicolon is left out. */
    static List<Word> of(String sql) {
        SqlWords scan = new SqlWords(sql);
        while (scan.at < sql.length()) {
            if (!scan.next()) {
                return List.of();
            }
        }
        if (!scan.words.isEmpty() && scan.words.get(scan.words.size() - 1).isSymbol(';')) {
            scan.words.remove(scan.words.size() - 1);
        }
        return scan.depth == 0 ? List.copyOf(scan.words) : List.of();
    }

    private boolean next() {
        char c = sql.charAt(at);
        if (Character.isWhitespace(c)) {
            at++;
            return true;
        } else if (sql.startsWith("--", at)) {
            int end = sql.indexOf('\n', at);
            at = end < 0 ? sql.length() : end;
            return true;
        } else if (sql.startsWith("/*", at)) {
            return comment();
        } else if (c == '\'' || c == '"') {
            return quoted(c);
        } else if (c == '\\' || c == '$' || c == '{') {
            return false;
        } else if (isWordStart(c)) {
            return add(Kind.WORD, endOfWord());
        } else if (isDigit(c) || (c == '.' && at + 1 < sql.length() && isDigit(sql.charAt(at + 1)))) {
            return add(Kind.NUMBER, endOfNumber());
        } else if (c == '?' && !sql.startsWith("??", at)) {
            return add(Kind.PARAMETER, at + 1);
        }
        return symbol(c);
    }

    private boolean symbol(char c) {
        if (c == ')' || c == ']') {
            depth--;
        }
        boolean added = depth >= 0 && add(Kind.SYMBOL, c == '?' ? at + 2 : at + 1);
        if (c == '(' || c == '[') {
            depth++;
        }
        return added;
    }

    private boolean comment() {
        int open = 0;
        while (at < sql.length()) {
            if (sql.startsWith("/*", at)) {
                open++;
                at += 2;
            } else if (sql.startsWith("*/", at)) {
                open--;
                at += 2;
                if (open == 0) {
                    return true;
                }
            } else {
                at++;
            }
        }
        return false;
    }

    private boolean quoted(char quote) {
        int end = at + 1;
        while (end < sql.length()) {
            char c = sql.charAt(end);
            if (c == '\\') {
                return false;
            } else if (c != quote) {
                end++;
            } else if (end + 1 < sql.length() && sql.charAt(end + 1) == quote) {
                end += 2;
            } else {
                return add(quote == '"' ? Kind.QUOTED : Kind.STRING, end + 1);
            }
        }
        return false;
    }

    private int endOfWord() {
        int end = at;
        while (end < sql.length() && (isWordStart(sql.charAt(end)) || isDigit(sql.charAt(end)))) {
            end++;
        }
        return end;
    }

    private int endOfNumber() {
        int end = at;
        while (end < sql.length() && (isDigit(sql.charAt(end)) || sql.charAt(end) == '.' || isExponent(end))) {
            end++;
        }
        return end;
    }

    private boolean isExponent(int i) {
        char c = sql.charAt(i);
        return c == 'e' || c == 'E' || ((c == '+' || c == '-') && "eE".indexOf(sql.charAt(i - 1)) >= 0);
    }

    private boolean add(Kind kind, int end) {
        String text = sql.substring(at, end);
        words.add(new Word(kind, kind == Kind.WORD ? text.toLowerCase(Locale.ROOT) : text, at, end, depth));
        at = end;
        return true;
    }

    private static boolean isWordStart(char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 128;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
