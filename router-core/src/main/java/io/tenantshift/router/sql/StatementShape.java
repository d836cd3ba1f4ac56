package io.tenantshift.router.sql;

/**
 * A statement without what differs from one execution to the next: comments and spare space left out, literals and parameters as {@code ?},
 * lists of them as one. Never holds a value. Pure.
 */
public final class StatementShape {
    private static final int LONGEST = 2_000;

    private StatementShape() {}

    /** The shape of a text; of one that is not understood its beginning, up to where a value or a comment may begin. */
    public static String of(String sql) {
        Tokens x = SqlLexer.scan(sql);
        if (x.problem() != null) {
            int end = 0;
            while (end < sql.length() && "'\"$-/".indexOf(sql.charAt(end)) < 0) {
                end++;
            }
            String begin = sql.substring(0, end).replaceAll("[0-9]+", "?").strip();
            return cut(begin.replaceAll("\\s+", " ")) + " ... (not understood)";
        }
        StringBuilder out = new StringBuilder(sql.length());
        for (int t = 0; t < x.size() && out.length() <= LONGEST; t++) {
            String text = isValue(x, t) ? "?" : word(x, t);
            boolean glued = out.length() == 0
                    || text.equals(",")
                    || text.equals(")")
                    || text.equals("]")
                    || text.equals(".")
                    || text.equals("::")
                    || text.equals(";")
                    || endsWith(out, "(")
                    || endsWith(out, "[")
                    || endsWith(out, ".")
                    || endsWith(out, "::")
                    || (text.equals("(")
                            && x.isName(t - 1)
                            && !x.isKeyword(t - 1, "in")
                            && !x.isKeyword(t - 1, "values"));
            out.append(glued ? "" : " ").append(text);
            collapse(out);
        }
        return cut(out.toString());
    }

    private static boolean isValue(Tokens x, int t) {
        return x.isType(t, Tokens.Type.STRING) || x.isType(t, Tokens.Type.NUMBER) || x.isType(t, Tokens.Type.PARAMETER);
    }

    private static String word(Tokens x, int t) {
        return x.isType(t, Tokens.Type.WORD) ? x.word(t) : x.sql.substring(x.start(t), x.end(t));
    }

    /** A list of values as one value, a list of rows as one row. */
    private static void collapse(StringBuilder out) {
        while (endsWith(out, "?, ?")) {
            out.setLength(out.length() - 3);
        }
        while (endsWith(out, "(?), (?)")) {
            out.setLength(out.length() - 5);
        }
    }

    private static boolean endsWith(StringBuilder out, String end) {
        return out.length() >= end.length() && out.indexOf(end, out.length() - end.length()) >= 0;
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + " ...";
    }
}
