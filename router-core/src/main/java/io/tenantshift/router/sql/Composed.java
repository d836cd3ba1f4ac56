package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * A statement that was made around parts of another one, and which parts these are: by it a position in the one, as the server reports
 * errors, is found in the other. Immutable.
 *
 * @param text what was made
 * @param parts in the order of the text
 */
public record Composed(String text, List<Part> parts) {
    /** No text of a statement holds it: the server takes none with it. */
    private static final char MARK = '\0';

    public Composed {
        parts = List.copyOf(parts);
    }

    /**
     * A part of the other text.
     *
     * @param at where it stands in the text that was made
     * @param from where it stands in the other text
     */
    public record Part(int at, int from, int length) {}

    /** A part of {@code sql}, to be put into a text that is then given to {@link #of}. Parts do not hold parts. */
    public static String part(String sql, int start, int end) {
        return "" + MARK + start + MARK + sql.substring(start, end) + MARK;
    }

    /** The text with the marks of its parts taken out. */
    public static Composed of(String marked) {
        StringBuilder text = new StringBuilder(marked.length());
        List<Part> parts = new ArrayList<>();
        int i = 0;
        while (true) {
            int mark = marked.indexOf(MARK, i);
            if (mark < 0) {
                return new Composed(text.append(marked, i, marked.length()).toString(), parts);
            }
            int second = marked.indexOf(MARK, mark + 1);
            int third = marked.indexOf(MARK, second + 1);
            text.append(marked, i, mark);
            int from = Integer.parseInt(marked.substring(mark + 1, second));
            parts.add(new Part(text.length(), from, third - second - 1));
            text.append(marked, second + 1, third);
            i = third + 1;
        }
    }

    /**
     * The position in the other text that belongs to one in this text; 0 if it is in none of the parts.
     *
     * @param sql the other text
     * @param position as the server counts: characters of what is sent to it, from 1
     * @param prepared whether {@code ?} is sent as {@code $1}, and {@code ??} as {@code ?}
     */
    public int positionIn(String sql, int position, boolean prepared) {
        Tokens here = SqlLexer.scan(text);
        Tokens there = SqlLexer.scan(sql);
        for (Part part : parts) {
            int begin = sent(here, part.at(), prepared);
            if (position > begin && position <= sent(here, part.at() + part.length(), prepared)) {
                return sent(there, part.from(), prepared) + position - begin;
            }
        }
        return 0;
    }

    /** How many characters are sent for those before {@code end}. */
    private static int sent(Tokens x, int end, boolean prepared) {
        int count = x.sql.codePointCount(0, end);
        for (int t = 0; prepared && t < x.size() && x.start(t) < end; t++) {
            int ordinal = x.ordinal(t);
            if (ordinal > 0) {
                count += String.valueOf(ordinal).length();
            } else if (x.isType(t, Tokens.Type.OPERATOR)) {
                count -= pairs(x.sql.substring(x.start(t), Math.min(end, x.end(t))));
            }
        }
        return count;
    }

    private static int pairs(String operator) {
        return (operator.length() - operator.replace("??", "").length()) / 2;
    }
}
