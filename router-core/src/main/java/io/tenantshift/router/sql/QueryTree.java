package io.tenantshift.router.sql;

import net.sf.jsqlparser.statement.Statement;
import net.sf.jsqlparser.statement.delete.Delete;
import net.sf.jsqlparser.statement.select.Join;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.update.Update;
import org.jspecify.annotations.Nullable;

/**
 * A statement as JSqlParser's tree, for siblings that judge shapes. A second opinion and never the only one: believe it where its tables are
 * those of {@link SqlAnalyzer}, and where every node of it is of a kind that is known. Pure.
 */
public final class QueryTree {
    private QueryTree() {}

    /** The tree of a text that is one query; null if the text is anything else, was not understood, or would take too long. */
    public static @Nullable Select parse(String sql) {
        return statement(sql) instanceof Select select ? select : null;
    }

    /** The tree of a text that is one UPDATE; null as {@link #parse}. */
    public static @Nullable Update parseUpdate(String sql) {
        return statement(sql) instanceof Update update ? update : null;
    }

    /** The tree of a text that is one DELETE; null as {@link #parse}. */
    public static @Nullable Delete parseDelete(String sql) {
        return statement(sql) instanceof Delete delete ? delete : null;
    }

    private static @Nullable Statement statement(String sql) {
        Tokens x = SqlLexer.scan(sql);
        if (x.problem() != null || x.size() == 0 || !TreeReader.isWithinLimits(x, 0)) {
            return null;
        }
        try {
            return BoundedParser.parse(sql, x.size());
        } catch (RuntimeException | StackOverflowError e) {
            // Of a text that is no SQL the parser may fail in any way.
            return null;
        }
    }

    /** Whether a join is of PostgreSQL's kinds, with the one condition that its kind has. The parser knows joins of other databases too. */
    public static boolean isUnderstood(Join join) {
        boolean side = join.isLeft() || join.isRight() || join.isFull();
        boolean foreign = join.isApply()
                || join.isSemi()
                || join.isAny()
                || join.isAll()
                || join.isAsOf()
                || join.isArray()
                || join.isFetch()
                || join.isStraight()
                || join.isGlobal()
                || join.isNatural()
                || join.isWindowJoin()
                || join.getJoinHint() != null
                || (join.isOuter() && !side);
        int conditions =
                join.getOnExpressions().size() + (join.getUsingColumns().isEmpty() ? 0 : 1);
        return !foreign && conditions == (join.isSimple() || join.isCross() ? 0 : 1);
    }
}
