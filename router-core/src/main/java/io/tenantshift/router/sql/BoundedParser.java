package io.tenantshift.router.sql;

import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.parser.ParseException;
import net.sf.jsqlparser.parser.StringProvider;
import net.sf.jsqlparser.parser.TokenMgrException;
import net.sf.jsqlparser.statement.Statement;
import org.jspecify.annotations.Nullable;

/**
 * JSqlParser in the caller's thread and with an end: its looking ahead may take time that grows exponentially with the text, and its own
 * way to stop is a second thread. It passes the question overridden here each time that it tries an operand, while parsing and while
 * looking ahead; so many times and no more. For one text.
 */
final class BoundedParser extends CCJSqlParser {
    /** Ordinary statements need less than two for each token. */
    private static final int WORK_PER_TOKEN = 10;

    private static final int LEAST_WORK = 1_000;

    /** Without a stack trace: it is thrown from deep inside and caught at once. */
    private static final class TooMuchWork extends RuntimeException {
        TooMuchWork() {
            super("too much work", null, false, false);
        }
    }

    private int left;

    private BoundedParser(String text, int work) {
        super(new StringProvider(text));
        this.left = work;
    }

    /**
     * The parsed statement; null if the parser does not understand the text or would take too long.
     *
     * @param tokens how many tokens the text has: the work allowed is a multiple of it
     */
    static @Nullable Statement parse(String text, int tokens) {
        int work = LEAST_WORK + tokens * WORK_PER_TOKEN;
        Statement simple = parse(text, false, work);
        return simple != null ? simple : parse(text, true, work);
    }

    private static @Nullable Statement parse(String text, boolean complex, int work) {
        BoundedParser parser = new BoundedParser(text, work);
        parser.withAllowComplexParsing(complex);
        try {
            Statement statement = parser.Statement();
            return parser.getNextToken().kind == EOF ? statement : null;
        } catch (ParseException | TokenMgrException | TooMuchWork e) {
            return null;
        }
    }

    @Override
    protected boolean isCaseExpressionAhead() {
        if (--left < 0) {
            interrupted = true;
            throw new TooMuchWork();
        }
        return super.isCaseExpressionAhead();
    }
}
