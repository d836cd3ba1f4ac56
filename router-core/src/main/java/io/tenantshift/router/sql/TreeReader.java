package io.tenantshift.router.sql;

import net.sf.jsqlparser.statement.Statement;
import net.sf.jsqlparser.statement.delete.Delete;
import net.sf.jsqlparser.statement.insert.Insert;
import net.sf.jsqlparser.statement.merge.Merge;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.update.Update;

/**
 * Reads the shapes that {@link FlatReader} does not, by JSqlParser. Its tree is a second opinion: the caller believes it only if its
 * tables are those that the scan of the tokens has found, each as often. Within limits: its work grows fast with length and depth.
 */
final class TreeReader {
    private static final int MOST_TOKENS = 2_000;
    private static final int DEEPEST = 30;
    private static final int LONGEST_RUN = 20;

    private TreeReader() {}

    /** Reads the statement that begins at {@code begin}; false if it was not parsed or is of a kind that is not read. */
    static boolean read(Tokens x, int begin, TableScan scan, TenantReading reading) {
        if (!isWithinLimits(x, begin)) {
            return false;
        }
        TenantLiterals literals = new TenantLiterals(x, reading.type);
        ParserText text = new ParserText(x, literals, begin, scan.places());
        if (text.isForeign()) {
            return false;
        }
        try {
            Statement statement = BoundedParser.parse(text.toString(), x.size() - begin);
            return statement != null && read(statement, new TreeQueries(x, reading, literals, text));
        } catch (RuntimeException | StackOverflowError e) {
            // Of a text that is no SQL the parser may fail in any way, or make a tree that is not what its types say.
            // The limits leave
            // room for the usual stack; a caller deep in its own may have less.
            return false;
        }
    }

    private static boolean read(Statement statement, TreeQueries queries) {
        TreeModifications modifications = new TreeModifications(queries);
        if (statement instanceof Select select) {
            queries.read(select, null, null);
        } else if (statement instanceof Insert insert) {
            modifications.insert(insert, null);
        } else if (statement instanceof Update update) {
            modifications.update(update, null);
        } else if (statement instanceof Delete delete) {
            modifications.delete(delete, null);
        } else if (statement instanceof Merge merge) {
            new TreeMerges(queries).read(merge);
        } else {
            return false;
        }
        queries.withs().check();
        return true;
    }

    /** Whether the parser can be trusted with the text: without braces and semicolons, not deep, not long. */
    static boolean isWithinLimits(Tokens x, int begin) {
        int depth = 0;
        int cases = 0;
        int run = 0;
        for (int t = begin; t < x.size(); t++) {
            boolean opens = x.isPunctuation(t, '(') || x.isPunctuation(t, '[');
            boolean closes = x.isPunctuation(t, ')') || x.isPunctuation(t, ']');
            depth += opens ? 1 : closes ? -1 : 0;
            cases += x.isKeyword(t, "case") ? 1 : x.isKeyword(t, "end") ? -1 : 0;
            boolean prefix = x.isKeyword(t, "not") || x.isType(t, Tokens.Type.OPERATOR);
            run = prefix ? run + 1 : 0;
            boolean foreign = x.isPunctuation(t, '{') || x.isPunctuation(t, ';');
            if (foreign || depth > DEEPEST || cases > DEEPEST || run > LONGEST_RUN) {
                return false;
            }
        }
        return x.size() - begin <= MOST_TOKENS;
    }
}
