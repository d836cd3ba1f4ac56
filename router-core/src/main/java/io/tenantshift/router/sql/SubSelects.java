package io.tenantshift.router.sql;

import java.util.Collection;
import java.util.function.BiConsumer;
import net.sf.jsqlparser.expression.AnalyticExpression;
import net.sf.jsqlparser.expression.AnyComparisonExpression;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.ExpressionVisitorAdapter;
import net.sf.jsqlparser.statement.select.OrderByElement;
import net.sf.jsqlparser.statement.select.Select;
import org.jspecify.annotations.Nullable;

/**
 * Finds the queries inside expressions. One that it does not find is missed in the count of tables, which its caller compares with another.
 * For one thread, while a statement is read.
 */
final class SubSelects extends ExpressionVisitorAdapter<@Nullable Void> {
    private final BiConsumer<Select, QueryLevel> found;
    private boolean window;

    SubSelects(BiConsumer<Select, QueryLevel> found) {
        this.found = found;
    }

    void in(@Nullable Expression expression, QueryLevel level) {
        if (expression != null) {
            expression.accept(this, level);
        }
    }

    void inAll(@Nullable Collection<? extends Expression> expressions, QueryLevel level) {
        if (expressions != null) {
            expressions.forEach(expression -> in(expression, level));
        }
    }

    void inOrder(@Nullable Collection<OrderByElement> order, QueryLevel level) {
        if (order != null) {
            order.forEach(element -> in(element.getExpression(), level));
        }
    }

    /** Whether a window or an ordered-set function has been seen since this was last asked. */
    boolean tookWindow() {
        boolean was = window;
        window = false;
        return was;
    }

    /** After a query inside has been read: what was seen before it. */
    void restoreWindow(boolean was) {
        window = was;
    }

    @Override
    public <S> @Nullable Void visit(Select select, S context) {
        if (context instanceof QueryLevel level) {
            found.accept(select, level);
        }
        return null;
    }

    @Override
    public <S> @Nullable Void visit(AnyComparisonExpression any, S context) {
        if (any.getSelect() != null) {
            any.getSelect().accept(this, context);
        }
        return null;
    }

    @Override
    public <S> @Nullable Void visit(AnalyticExpression analytic, S context) {
        window = true;
        if (context instanceof QueryLevel level) {
            in(analytic.getFilterExpression(), level);
            inAll(analytic.getPartitionExpressionList(), level);
            inOrder(analytic.getFuncOrderBy(), level);
            inOrder(analytic.getOrderByElements(), level);
            in(analytic.getExpression(), level);
            in(analytic.getDefaultValue(), level);
            in(analytic.getOffset(), level);
        }
        return null;
    }
}
