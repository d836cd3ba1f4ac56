package io.tenantshift.router.sql;

import io.tenantshift.router.sql.QueryOutput.Item;
import io.tenantshift.router.sql.TenantReading.Reach;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.operators.relational.ExpressionList;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.statement.select.AllColumns;
import net.sf.jsqlparser.statement.select.AllTableColumns;
import net.sf.jsqlparser.statement.select.Distinct;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.PlainSelect;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.select.SelectItem;
import net.sf.jsqlparser.statement.select.SetOperationList;
import net.sf.jsqlparser.statement.select.TableStatement;
import net.sf.jsqlparser.statement.select.Values;
import org.jspecify.annotations.Nullable;

/**
 * Reads queries of any depth from a parsed tree: selects, set operations, {@code VALUES}, and what stands inside their expressions. For
 * one thread, for one statement.
 */
final class TreeQueries {
    private final TenantReading reading;
    private final ParserText text;
    private final TreeConditions conditions;
    private final TreeRelations relations;
    private final TreeWiths withs;
    private final SubSelects subSelects = new SubSelects(this::once);
    private final Set<Select> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    TreeQueries(Tokens x, TenantReading reading, TenantLiterals literals, ParserText text) {
        this.reading = reading;
        this.text = text;
        this.conditions = new TreeConditions(x, reading, literals, text, this::inside);
        this.relations = new TreeRelations(this);
        this.withs = new TreeWiths(this);
    }

    TenantReading reading() {
        return reading;
    }

    ParserText text() {
        return text;
    }

    TreeConditions conditions() {
        return conditions;
    }

    TreeRelations relations() {
        return relations;
    }

    TreeWiths withs() {
        return withs;
    }

    SubSelects subSelects() {
        return subSelects;
    }

    private void once(Select select, QueryLevel level) {
        if (!seen.contains(select)) {
            inside(select, level);
        }
    }

    /** A query inside an expression of {@code level}. */
    private QueryOutput inside(Select select, QueryLevel level) {
        seen.add(select);
        boolean window = subSelects.tookWindow();
        QueryOutput output = read(select, level, level.names());
        subSelects.restoreWindow(window);
        return output;
    }

    /** A query whose expressions see {@code outer}, and what it gives. */
    QueryOutput read(Select select, @Nullable QueryLevel outer, @Nullable WithNames names) {
        WithNames inner = withs.read(select.getWithItemsList(), outer, names);
        if (select.getLimitBy() != null || select.getInterpolate() != null || select.isOracleSiblings()) {
            reading.doubt("a query has a clause of another database");
        }
        QueryOutput output;
        if (select instanceof PlainSelect plain) {
            output = plain(plain, outer, inner);
        } else if (select instanceof SetOperationList set) {
            output = set(set, outer, inner);
        } else if (select instanceof ParenthesedSelect parenthesed && parenthesed.getSelect() != null) {
            output = read(parenthesed.getSelect(), outer, inner);
        } else if (select instanceof Values values) {
            output = values(values, new QueryLevel(outer, inner));
        } else if (select instanceof TableStatement table) {
            QueryLevel level = new QueryLevel(outer, inner);
            relations.table(table.getTable(), level);
            output = star(level, 0, 1);
        } else {
            reading.doubt("a query of an unknown kind");
            output = QueryOutput.NOTHING_KNOWN;
        }
        return isCut(select, outer, inner) ? output.notFilterable() : output;
    }

    /** Whether rows are left out by their number; reads the sub-selects there. */
    private boolean isCut(Select select, @Nullable QueryLevel outer, @Nullable WithNames names) {
        QueryLevel level = new QueryLevel(outer, names);
        if (!(select instanceof PlainSelect)) {
            subSelects.inOrder(select.getOrderByElements(), level);
        }
        if (select.getLimit() != null) {
            subSelects.in(select.getLimit().getRowCount(), level);
            subSelects.in(select.getLimit().getOffset(), level);
        }
        if (select.getOffset() != null) {
            subSelects.in(select.getOffset().getOffset(), level);
        }
        if (select.getFetch() != null) {
            subSelects.in(select.getFetch().getExpression(), level);
        }
        return select.getLimit() != null || select.getOffset() != null || select.getFetch() != null;
    }

    private QueryOutput set(SetOperationList set, @Nullable QueryLevel outer, @Nullable WithNames names) {
        List<QueryOutput> parts = new ArrayList<>();
        for (Select part : set.getSelects()) {
            parts.add(read(part, outer, names));
        }
        return QueryOutput.union(parts);
    }

    private QueryOutput plain(PlainSelect select, @Nullable QueryLevel outer, @Nullable WithNames names) {
        refuseForeign(select);
        QueryLevel level = new QueryLevel(outer, names);
        if (select.getFromItem() != null) {
            relations.list(select.getFromItem(), select.getJoins(), level);
        }
        conditions.read(select.getWhere(), Reach.of(level));
        conditions.read(select.getHaving(), Reach.of(level).none());
        subSelects.in(select.getWhere(), level);
        subSelects.in(select.getHaving(), level);
        boolean cut = select.getHaving() != null;
        if (select.getGroupBy() != null) {
            cut = true;
            subSelects.inAll(select.getGroupBy().getGroupByExpressionList(), level);
            select.getGroupBy().getGroupingSets().forEach(list -> subSelects.inAll(list, level));
        }
        Distinct distinct = select.getDistinct();
        if (distinct != null && distinct.getOnSelectItems() != null) {
            cut = true;
            distinct.getOnSelectItems().forEach(item -> subSelects.in(item.getExpression(), level));
        }
        subSelects.inOrder(select.getOrderByElements(), level);
        subSelects.tookWindow();
        QueryOutput output = items(select.getSelectItems(), level);
        return cut || subSelects.tookWindow() ? output.notFilterable() : output;
    }

    private void refuseForeign(PlainSelect select) {
        boolean foreign = select.getLateralViews() != null
                || select.getQualify() != null
                || select.getPreWhere() != null
                || select.getSkip() != null
                || select.getFirst() != null
                || select.getTop() != null
                || select.getOracleHierarchical() != null
                || select.getPreferringClause() != null
                || select.getKsqlWindow() != null
                || select.getIntoTables() != null
                || select.getIntoTempTable() != null
                || select.getSampleClause() != null
                || select.isUsingFinal()
                || select.isUsingOnly();
        if (foreign) {
            reading.doubt("a query has a clause of another database");
        }
    }

    /** An output list, of a query or of {@code RETURNING}. */
    QueryOutput items(List<? extends SelectItem<?>> list, QueryLevel level) {
        List<Item> items = new ArrayList<>();
        boolean positional = true;
        for (SelectItem<?> selected : list) {
            Expression expression = selected.getExpression();
            subSelects.in(expression, level);
            if (expression instanceof AllTableColumns star) {
                String relation = text.name(star.getTable().getName());
                int place = relation == null ? -1 : level.place(relation);
                items.addAll(
                        place < 0 ? List.of() : star(level, place, place + 1).items());
                positional = false;
            } else if (expression instanceof AllColumns) {
                items.addAll(star(level, 0, level.size()).items());
                positional = false;
            } else {
                String name = selected.getAlias() != null
                        ? text.name(selected.getAlias().getName())
                        : expression instanceof Column column ? text.name(column.getColumnName()) : null;
                items.add(new Item(name, own(conditions.operand(expression, level), level)));
            }
        }
        return new QueryOutput(items, positional, true);
    }

    /** A column of a level further out is passed on without a way back: what is asked of it here does not restrict it there. */
    private static Operand own(Operand operand, QueryLevel level) {
        if (operand instanceof Operand.Column column
                && !column.columns().get(0).level.equals(level)) {
            TenantColumn passed = TenantColumn.passedOn();
            passed.follow(column.columns());
            return Operand.Column.of(passed);
        }
        return operand;
    }

    /** All columns of the relations from {@code low} to before {@code high}, as far as they matter. */
    private static QueryOutput star(QueryLevel level, int low, int high) {
        List<Item> items = new ArrayList<>();
        for (int place = low; place < high; place++) {
            for (Map.Entry<String, Operand> column : level.columns(place).entrySet()) {
                if (!level.isMerged(column.getKey())) {
                    items.add(new Item(column.getKey(), column.getValue()));
                }
            }
        }
        return new QueryOutput(items, false, true);
    }

    private QueryOutput values(Values values, QueryLevel level) {
        List<QueryOutput> rows = new ArrayList<>();
        for (List<? extends Expression> row : rows(values)) {
            List<Item> items = new ArrayList<>();
            for (Expression item : row) {
                subSelects.in(item, level);
                items.add(new Item("column" + (items.size() + 1), own(conditions.operand(item, level), level)));
            }
            rows.add(new QueryOutput(items, true, false));
        }
        return rows.isEmpty() ? QueryOutput.NOTHING_KNOWN : QueryOutput.union(rows);
    }

    /** The rows of {@code VALUES}; none if they cannot be told. */
    List<List<? extends Expression>> rows(Values values) {
        ExpressionList<?> list = values.getExpressions();
        List<List<? extends Expression>> rows = new ArrayList<>();
        if (list instanceof ParenthesedExpressionList<?> only) {
            rows.add(only);
            return rows;
        }
        for (Expression row : list) {
            if (!(row instanceof ParenthesedExpressionList<?> items)) {
                reading.doubt("a VALUES list was not understood");
                return List.of();
            }
            rows.add(items);
        }
        return rows;
    }
}
