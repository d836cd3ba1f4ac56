package io.tenantshift.crossshard.internal.shape;

import net.sf.jsqlparser.expression.AnalyticExpression;
import net.sf.jsqlparser.expression.AnalyticType;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.ExpressionVisitorAdapter;
import net.sf.jsqlparser.expression.Function;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.Select;
import org.jspecify.annotations.Nullable;

/** Looks for aggregates in an expression, not in the queries inside it. For one thread. */
final class AggregateSearch extends ExpressionVisitorAdapter<@Nullable Void> {
    private boolean found;
    private boolean overWindow;

    private AggregateSearch() {}

    static boolean has(Expression e) {
        AggregateSearch search = new AggregateSearch();
        e.accept(search, null);
        return search.found;
    }

    /** Whether an aggregate stands before OVER. */
    static boolean hasOverWindow(Expression e) {
        AggregateSearch search = new AggregateSearch();
        e.accept(search, null);
        return search.overWindow;
    }

    @Override
    public <S> @Nullable Void visit(Function function, S context) {
        found |= Functions.AGGREGATES.contains(Expressions.name(function));
        return super.visit(function, context);
    }

    @Override
    public <S> @Nullable Void visit(AnalyticExpression window, S context) {
        boolean over = window.getType() == AnalyticType.OVER;
        found |= !over;
        overWindow |= over && Functions.AGGREGATES.contains(Names.of(window.getName()));
        return super.visit(window, context);
    }

    @Override
    public <S> @Nullable Void visit(ParenthesedSelect select, S context) {
        return null;
    }

    @Override
    public <S> @Nullable Void visit(Select select, S context) {
        return null;
    }
}
