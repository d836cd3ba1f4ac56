package io.tenantshift.crossshard.internal.shape;

import io.tenantshift.crossshard.internal.shape.Expressions.Aggregates;
import io.tenantshift.crossshard.internal.shape.Level.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.LongValue;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.schema.Table;
import net.sf.jsqlparser.statement.select.AllColumns;
import net.sf.jsqlparser.statement.select.GroupByElement;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.PlainSelect;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.select.SelectItem;
import net.sf.jsqlparser.statement.select.SetOperationList;
import org.jspecify.annotations.Nullable;

/**
 * Reads queries of any depth. A query inside another one is right on each shard by itself if it is bound to its row's tenant, or if what it
 * puts out for a tenant depends on that tenant's rows only. For one thread, for one statement.
 */
final class Queries {
    private final Expressions expressions = new Expressions(this);
    private final Relations relations;

    Queries(Tables tables, Set<String> used) {
        this.relations = new Relations(this, tables, used);
    }

    Expressions expressions() {
        return expressions;
    }

    /** The plain SELECT that a query is. */
    static PlainSelect plain(Select select) {
        if (select.getWithItemsList() != null) {
            throw new Refusal(Rule.WITH, "WITH");
        }
        if (select instanceof SetOperationList) {
            throw new Refusal(Rule.SET_OPERATION, "a set operation");
        }
        boolean clauses = select.getFetch() != null
                || select.getLimitBy() != null
                || select.getInterpolate() != null
                || select.getIsolation() != null
                || select.isOracleSiblings()
                || select.getForClause() != null;
        if (select instanceof ParenthesedSelect parenthesed && parenthesed.getSelect() != null && !clauses) {
            boolean bare =
                    select.getLimit() == null && select.getOffset() == null && select.getOrderByElements() == null;
            if (bare) {
                return plain(parenthesed.getSelect());
            }
        }
        if (!(select instanceof PlainSelect plain) || clauses) {
            throw new Refusal(Rule.NOT_UNDERSTOOD, select.getClass().getSimpleName());
        }
        boolean foreign = plain.getLateralViews() != null
                || plain.getQualify() != null
                || plain.getPreWhere() != null
                || plain.getSkip() != null
                || plain.getFirst() != null
                || plain.getTop() != null
                || plain.getOracleHierarchical() != null
                || plain.getPreferringClause() != null
                || plain.getKsqlWindow() != null
                || plain.getIntoTables() != null
                || plain.getIntoTempTable() != null
                || plain.getSampleClause() != null
                || plain.isUsingFinal()
                || plain.isUsingOnly()
                || plain.getWindowDefinitions() != null;
        if (plain.getForMode() != null) {
            throw new Refusal(Rule.LOCKING, "FOR UPDATE or FOR SHARE");
        }
        if (foreign) {
            throw new Refusal(Rule.NOT_UNDERSTOOD, "a clause");
        }
        return plain;
    }

    /** FROM and WHERE of a query, whatever it does with their rows. */
    Level source(PlainSelect select, @Nullable Level around) {
        Level level = new Level(around);
        if (select.getFromItem() != null) {
            relations.read(select.getFromItem(), select.getJoins(), level);
        }
        relations.equalities(select.getWhere(), level, null);
        level.requireOneTenant(around != null);
        expressions.read(select.getWhere(), level, Aggregates.NONE);
        return level;
    }

    /** The table that a statement writes, and the condition on its rows. */
    Level target(Table table, @Nullable Expression where) {
        Level level = new Level(null);
        level.add(relations.table(table));
        expressions.read(where, level, Aggregates.NONE);
        return level;
    }

    /** A query in an expression: bound to the tenant of the row around it, or of reference tables only. */
    void inside(Select select, Level around) {
        PlainSelect plain = plain(select);
        Level level = source(plain, around);
        if (!level.hasTenants()) {
            requireWhole(plain);
        }
        rest(plain, level, Aggregates.LOCAL);
    }

    /** Refuses to take some of the rows of reference tables: each shard might take others. */
    private static void requireWhole(PlainSelect select) {
        boolean on = select.getDistinct() != null && select.getDistinct().getOnSelectItems() != null;
        if (select.getLimit() != null || select.getOffset() != null || on) {
            throw new Refusal(Rule.SUB_QUERY_NOT_LOCAL, "LIMIT over reference tables");
        }
    }

    /** A query behind IN: as {@link #inside}, or its tenant column is compared with the row's. */
    void in(Expression left, Select select, Level around) {
        PlainSelect plain = plain(select);
        int position = -1;
        List<? extends Expression> items = left instanceof ParenthesedExpressionList<?> row ? row : List.of(left);
        for (int i = 0; i < items.size(); i++) {
            Place place = Relations.place(items.get(i), around);
            // Where an outer join has left it out it is null, and the answer depends on whether there are rows of any
            // tenant.
            position = place != null && !place.relation().nullable ? i : position;
        }
        if (position >= 0 && plain.getSelectItems().size() == items.size()) {
            Level level = source(plain, null);
            Expression item = plain.getSelectItems().get(position).getExpression();
            if (level.hasTenants() && isTenantKey(item, level)) {
                requireLocal(plain, level);
                rest(plain, level, Aggregates.LOCAL);
                return;
            }
        }
        inside(plain, around);
    }

    /**
     * A query in FROM.
     *
     * @param columns gets the names of the tenant columns that it puts out
     * @param ownNames gets those of them that are a table's column under its own name
     * @return whether it reads tenants' tables
     */
    boolean derived(ParenthesedSelect parenthesed, List<String> columns, List<String> ownNames) {
        PlainSelect plain = plain(parenthesed);
        Level level = source(plain, null);
        if (level.hasTenants()) {
            requireLocal(plain, level);
        } else {
            requireWhole(plain);
        }
        rest(plain, level, Aggregates.LOCAL);
        for (SelectItem<?> item : plain.getSelectItems()) {
            if (isTenantKey(item.getExpression(), level)) {
                columns.add(label(item));
                if (hasOwnName(item, level)) {
                    ownNames.add(label(item));
                }
            }
        }
        return level.hasTenants();
    }

    /** Refuses a query whose output for a tenant depends on other tenants' rows. */
    private void requireLocal(PlainSelect select, Level level) {
        boolean cut = select.getLimit() != null || select.getOffset() != null;
        boolean grouped = isGrouped(select) && !groupsByTenant(select, level);
        boolean distinct = select.getDistinct() != null
                && (select.getDistinct().getOnSelectItems() != null || !selectsTenant(select, level));
        if (cut || grouped || distinct) {
            throw new Refusal(
                    Rule.SUB_QUERY_NOT_LOCAL,
                    cut ? "LIMIT" : grouped ? "its groups span tenants" : "its DISTINCT spans tenants");
        }
    }

    /** Output, groups and order of a query inside another one. */
    private void rest(PlainSelect select, Level level, Aggregates aggregates) {
        for (SelectItem<?> item : select.getSelectItems()) {
            if (!(item.getExpression() instanceof AllColumns)) {
                expressions.read(item.getExpression(), level, aggregates);
            }
        }
        expressions.readAll(groups(select), level, Aggregates.NONE);
        expressions.read(select.getHaving(), level, aggregates);
        if (select.getOrderByElements() != null) {
            select.getOrderByElements().forEach(each -> expressions.read(each.getExpression(), level, aggregates));
        }
        limit(select);
    }

    /** Refuses a limit that is no plain number. */
    static void limit(PlainSelect select) {
        boolean plain = true;
        if (select.getLimit() != null) {
            plain = select.getLimit().getByExpressions() == null
                    && isNumber(select.getLimit().getRowCount())
                    && (select.getLimit().getOffset() == null);
        }
        if (select.getOffset() != null) {
            plain &= isNumber(select.getOffset().getOffset())
                    && select.getOffset().getOffsetParam() == null;
        }
        if (!plain) {
            throw new Refusal(Rule.LIMIT, "LIMIT or OFFSET");
        }
    }

    private static boolean isNumber(@Nullable Expression e) {
        return e instanceof LongValue || e instanceof net.sf.jsqlparser.expression.JdbcParameter;
    }

    /** Whether a query has groups, be it one of all its rows. */
    static boolean isGrouped(PlainSelect select) {
        return select.getGroupBy() != null
                || select.getHaving() != null
                || select.getSelectItems().stream().anyMatch(item -> AggregateSearch.has(item.getExpression()));
    }

    /** The expressions behind GROUP BY. */
    static List<Expression> groups(PlainSelect select) {
        GroupByElement by = select.getGroupBy();
        List<Expression> groups = new ArrayList<>();
        if (by != null) {
            boolean plain = by.getGroupingSets() == null || by.getGroupingSets().isEmpty();
            if (!plain || by.isMysqlWithRollup()) {
                throw new Refusal(Rule.GROUPING, "GROUPING SETS");
            }
            by.getGroupByExpressionList().forEach(each -> groups.add(each));
            for (Expression each : groups) {
                if (each instanceof net.sf.jsqlparser.expression.Function function
                        && Set.of("rollup", "cube").contains(Expressions.name(function))) {
                    throw new Refusal(Rule.GROUPING, "ROLLUP or CUBE");
                }
            }
        }
        return groups;
    }

    boolean groupsByTenant(PlainSelect select, Level level) {
        for (Expression each : groups(select)) {
            SelectItem<?> item = Outputs.item(select, each);
            if (isTenantKey(each, level) || (item != null && isTenantKey(item.getExpression(), level))) {
                return true;
            }
        }
        return false;
    }

    boolean selectsTenant(PlainSelect select, Level level) {
        return select.getSelectItems().stream().anyMatch(item -> isTenantKey(item.getExpression(), level));
    }

    /** Whether an expression is the tenant column of the rows of this level, and never left out. */
    boolean isTenantKey(Expression e, Level level) {
        Place place = Relations.place(e, level);
        return place != null && place.level() == level && place.relation().ofTenants && !place.relation().nullable;
    }

    /**
     * Whether an output column is a table's, under its own name. Only of such a column does ShardingSphere know that its text is not to be
     * compared without regard to case.
     */
    static boolean hasOwnName(SelectItem<?> item, Level level) {
        return item.getExpression() instanceof Column column
                && Names.of(column.getColumnName()).equals(label(item))
                && level.hasOwnName(column);
    }

    /** The name of an output column. */
    static String label(SelectItem<?> item) {
        if (item.getAlias() != null) {
            return Names.of(item.getAlias().getName());
        }
        return item.getExpression() instanceof Column column ? Names.of(column.getColumnName()) : "";
    }
}
