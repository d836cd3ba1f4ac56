package io.tenantshift.crossshard.internal.shape;

import io.tenantshift.crossshard.internal.shape.Level.Place;
import io.tenantshift.crossshard.internal.shape.Level.Relation;
import io.tenantshift.router.sql.QueryTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.operators.conditional.AndExpression;
import net.sf.jsqlparser.expression.operators.relational.EqualsTo;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.schema.Table;
import net.sf.jsqlparser.statement.select.FromItem;
import net.sf.jsqlparser.statement.select.Join;
import net.sf.jsqlparser.statement.select.LateralSubSelect;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import org.jspecify.annotations.Nullable;

/** Reads FROM lists, and which tenant columns are equal by their conditions. For one thread, for one statement. */
final class Relations {
    private final Queries queries;
    private final Tables tables;
    private final Set<String> used;

    /** @param used collects the tenants' tables */
    Relations(Queries queries, Tables tables, Set<String> used) {
        this.queries = queries;
        this.tables = tables;
        this.used = used;
    }

    void read(FromItem first, @Nullable List<Join> joins, Level level) {
        level.add(relation(first));
        for (Join join : joins == null ? List.<Join>of() : joins) {
            join(join, level);
        }
    }

    private void join(Join join, Level level) {
        if (!QueryTree.isUnderstood(join)) {
            throw new Refusal(Rule.NOT_UNDERSTOOD, "a join");
        }
        Relation next = relation(join.getFromItem());
        List<Relation> before = List.copyOf(level.relations);
        boolean keepsNext = join.isRight() || join.isFull();
        boolean keepsBefore = join.isLeft() || join.isFull();
        if ((keepsNext && !next.ofTenants) || (keepsBefore && before.stream().noneMatch(each -> each.ofTenants))) {
            throw new Refusal(Rule.KEPT_REFERENCE_ROWS, "relation \"%s\"".formatted(next.name));
        }
        level.add(next);
        for (Column column : join.getUsingColumns()) {
            using(Names.of(column.getColumnName()), before, next, level);
        }
        for (Expression condition : join.getOnExpressions()) {
            equalities(condition, level, keepsNext || keepsBefore ? next : null);
            queries.expressions().read(condition, level, Expressions.Aggregates.NONE);
        }
        next.nullable |= keepsBefore;
        if (keepsNext) {
            before.forEach(each -> each.nullable = true);
        }
    }

    private void using(String column, List<Relation> before, Relation next, Level level) {
        if (!next.tenantColumns.contains(column)) {
            return;
        }
        List<Relation> others = before.stream()
                .filter(each -> each.tenantColumns.contains(column))
                .toList();
        boolean one = others.stream().map(each -> each.circle).distinct().count() == 1;
        if (one) {
            level.equal(new Place(level, others.get(0)), new Place(level, next));
        }
    }

    /**
     * Takes in which tenant columns a condition makes equal.
     *
     * @param only for the condition of an outer join: the relation that it joins. What it says of others is no filter on them
     */
    void equalities(@Nullable Expression condition, Level level, @Nullable Relation only) {
        if (condition instanceof AndExpression and) {
            equalities(and.getLeftExpression(), level, only);
            equalities(and.getRightExpression(), level, only);
        } else if (condition instanceof ParenthesedExpressionList<?> list && list.size() == 1) {
            equalities(list.get(0), level, only);
        } else if (condition instanceof EqualsTo equals) {
            equal(equals.getLeftExpression(), equals.getRightExpression(), level, only);
        }
    }

    private void equal(Expression left, Expression right, Level level, @Nullable Relation only) {
        if (left instanceof ParenthesedExpressionList<?> one
                && right instanceof ParenthesedExpressionList<?> other
                && one.size() == other.size()) {
            for (int i = 0; i < one.size(); i++) {
                equal(one.get(i), other.get(i), level, only);
            }
            return;
        }
        Place first = place(left, level);
        Place second = place(right, level);
        if (first == null || second == null) {
            return;
        }
        boolean meant = only == null || first.relation() == only || second.relation() == only;
        if (meant && (first.level() == level || second.level() == level)) {
            level.equal(first, second);
        }
    }

    static @Nullable Place place(Expression e, Level level) {
        if (e instanceof ParenthesedExpressionList<?> list && list.size() == 1) {
            return place(list.get(0), level);
        }
        return e instanceof Column column ? level.tenantColumn(column) : null;
    }

    private Relation relation(FromItem item) {
        if (item.getPivot() != null || item.getUnPivot() != null || item.getSampleClause() != null) {
            throw new Refusal(Rule.NOT_UNDERSTOOD, "a relation's clause");
        }
        if (item instanceof Table table) {
            return table(table);
        } else if (item instanceof ParenthesedSelect derived && !(item instanceof LateralSubSelect)) {
            if (derived.getAlias() == null || derived.getAlias().getAliasColumns() != null) {
                throw new Refusal(
                        Rule.NOT_UNDERSTOOD, "a sub-query in FROM without a name, or with names for its columns");
            }
            List<String> columns = new ArrayList<>();
            List<String> ownNames = new ArrayList<>();
            boolean ofTenants = queries.derived(derived, columns, ownNames);
            return new Relation(
                    Names.of(derived.getAlias().getName()), ofTenants, Set.copyOf(columns), Set.copyOf(ownNames));
        }
        throw new Refusal(Rule.LATERAL, item.getClass().getSimpleName());
    }

    Relation table(Table table) {
        String name = Names.of(table.getName());
        boolean plain = table.getSchemaName() == null
                && table.getDatabaseName() == null
                && table.getIndexHint() == null
                && table.getSqlServerHints() == null
                && (table.getAlias() == null || table.getAlias().getAliasColumns() == null);
        String tenantColumn = tables.tenantColumns().get(name);
        boolean reference = tables.references().contains(name);
        if (!plain || (tenantColumn == null && !reference)) {
            throw new Refusal(Rule.UNKNOWN_TABLE, "\"%s\"".formatted(table.getFullyQualifiedName()));
        }
        String alias =
                table.getAlias() == null ? name : Names.of(table.getAlias().getName());
        if (tenantColumn == null) {
            return new Relation(alias, false, Set.of(), null);
        }
        used.add(name);
        return new Relation(alias, true, Set.of(tenantColumn), null);
    }
}
