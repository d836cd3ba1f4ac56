package io.tenantshift.router.sql;

import io.tenantshift.router.sql.TenantReading.Reach;
import java.util.ArrayList;
import java.util.List;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.statement.ReturningClause;
import net.sf.jsqlparser.statement.delete.Delete;
import net.sf.jsqlparser.statement.insert.ConflictActionType;
import net.sf.jsqlparser.statement.insert.Insert;
import net.sf.jsqlparser.statement.insert.InsertConflictAction;
import net.sf.jsqlparser.statement.select.FromItem;
import net.sf.jsqlparser.statement.select.Join;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.select.Values;
import net.sf.jsqlparser.statement.update.Update;
import net.sf.jsqlparser.statement.update.UpdateSet;
import org.jspecify.annotations.Nullable;

/** Reads {@code INSERT}, {@code UPDATE} and {@code DELETE} from a parsed tree. For one thread, for one statement. */
final class TreeModifications {
    private final TreeQueries queries;
    private final TenantReading reading;

    TreeModifications(TreeQueries queries) {
        this.queries = queries;
        this.reading = queries.reading();
    }

    QueryOutput update(Update update, @Nullable WithNames before) {
        WithNames names = queries.withs().read(update.getWithItemsList(), null, before);
        boolean foreign = update.getStartJoins() != null
                || update.isFromBeforeSet()
                || update.getLimit() != null
                || update.getOrderByElements() != null
                || update.getPreferringClause() != null
                || update.getOutputClause() != null
                || update.getForPortionClause() != null;
        if (foreign) {
            reading.doubt("an UPDATE has a clause of another database");
        }
        QueryLevel level = new QueryLevel(null, names);
        queries.relations().target(update.getTable(), level);
        if (update.getFromItem() != null) {
            queries.relations().list(update.getFromItem(), update.getJoins(), level);
        }
        assignments(update.getUpdateSets(), level);
        return where(update.getWhere(), update.getReturningClause(), level);
    }

    QueryOutput delete(Delete delete, @Nullable WithNames before) {
        WithNames names = queries.withs().read(delete.getWithItemsList(), null, before);
        List<FromItem> using = delete.getUsingFromItemList();
        List<Join> joins = delete.getJoins();
        boolean several = using != null && using.size() > 1 && joins != null && !joins.isEmpty();
        boolean foreign = !isEmpty(delete.getTables())
                || delete.getLimit() != null
                || delete.getOrderByElements() != null
                || delete.getPreferringClause() != null
                || delete.getOutputClause() != null
                || delete.getForPortionClause() != null
                || (isEmpty(using) && !isEmpty(joins));
        if (foreign || several) {
            reading.doubt("a DELETE was not understood");
        }
        QueryLevel level = new QueryLevel(null, names);
        queries.relations().target(delete.getTable(), level);
        for (FromItem item : using == null ? List.<FromItem>of() : using) {
            queries.relations().list(item, joins, level);
        }
        return where(delete.getWhere(), delete.getReturningClause(), level);
    }

    private QueryOutput where(@Nullable Expression where, @Nullable ReturningClause returning, QueryLevel level) {
        queries.conditions().read(where, Reach.of(level));
        queries.subSelects().in(where, level);
        return returning == null ? QueryOutput.NOTHING_KNOWN : queries.items(returning, level);
    }

    private static boolean isEmpty(@Nullable List<?> list) {
        return list == null || list.isEmpty();
    }

    /** The items of a {@code SET}, of which those count that set the tenant column of the relation at place 0. */
    void assignments(List<UpdateSet> sets, QueryLevel level) {
        for (UpdateSet set : sets) {
            queries.subSelects().inAll(set.getValues(), level);
            List<? extends Expression> values = set.getValues();
            boolean row = set.getColumns().size() > 1 && values.size() == 1;
            if (row && values.get(0) instanceof ParenthesedExpressionList<?> items) {
                values = items;
            }
            boolean fits = values.size() == set.getColumns().size();
            for (int i = 0; i < set.getColumns().size(); i++) {
                String column = queries.text().name(set.getColumn(i).getColumnName());
                if (column == null) {
                    reading.doubt("a column that is set cannot be told");
                }
                Operand source = fits ? queries.conditions().operand(values.get(i), level) : Operand.OTHER;
                reading.assign(level, column, source);
            }
        }
    }

    QueryOutput insert(Insert insert, @Nullable WithNames before) {
        WithNames names = queries.withs().read(insert.getWithItemsList(), null, before);
        TableName table = queries.relations().name(insert.getTable());
        boolean foreign = !isEmpty(insert.getDuplicateUpdateSets())
                || insert.getDuplicateAction() != null
                || !isEmpty(insert.getSetUpdateSets())
                || !isEmpty(insert.getPartitions())
                || insert.getOutputClause() != null
                || insert.getRowAlias() != null
                || insert.isOracleMultiInsert()
                || insert.isOverwrite();
        if (foreign || table == null) {
            reading.doubt("an INSERT was not understood");
            return QueryOutput.NOTHING_KNOWN;
        }
        String alias = insert.getTable().getAlias() == null
                ? null
                : queries.text().name(insert.getTable().getAlias().getName());
        QueryLevel level = new QueryLevel(null, names);
        InsertedRows rows = new InsertedRows(reading, level, table, alias, columns(insert));
        Select select = insert.getSelect();
        if (insert.isOnlyDefaultValues()) {
            rows.row(0, i -> Operand.OTHER);
        } else if (select instanceof Values values && values.getWithItemsList() == null) {
            for (List<? extends Expression> row : queries.rows(values)) {
                queries.subSelects().inAll(row, level);
                rows.row(row.size(), i -> queries.conditions().operand(row.get(i), level));
            }
        } else if (select == null) {
            reading.doubt("an INSERT was not understood");
        } else {
            QueryOutput output = queries.read(select, null, names);
            boolean positional = output.positional();
            int size = positional ? output.items().size() : Integer.MAX_VALUE;
            rows.row(size, i -> positional ? output.items().get(i).operand() : Operand.OTHER);
        }
        conflict(insert, rows);
        if (insert.getReturningClause() == null) {
            return QueryOutput.NOTHING_KNOWN;
        }
        QueryLevel returned = rows.returned(names);
        return queries.items(insert.getReturningClause(), returned);
    }

    private @Nullable List<@Nullable String> columns(Insert insert) {
        if (insert.getColumns() == null) {
            return null;
        }
        return names(insert.getColumns());
    }

    List<@Nullable String> names(List<Column> columns) {
        List<@Nullable String> names = new ArrayList<>();
        for (Column column : columns) {
            names.add(queries.text().name(column.getColumnName()));
        }
        return names;
    }

    private void conflict(Insert insert, InsertedRows rows) {
        InsertConflictAction action = insert.getConflictAction();
        List<@Nullable String> conflicting = new ArrayList<>();
        if (insert.getConflictTarget() != null) {
            QueryLevel target = new QueryLevel();
            queries.subSelects().in(insert.getConflictTarget().getWhereExpression(), target);
            for (String column : insert.getConflictTarget().getIndexColumnNames()) {
                conflicting.add(queries.text().name(column));
            }
        }
        if (action == null || action.getConflictActionType() == ConflictActionType.DO_NOTHING) {
            return;
        }
        QueryLevel scope = rows.conflict(conflicting);
        assignments(action.getUpdateSets(), scope);
        queries.conditions().read(action.getWhereExpression(), new Reach(scope, 0, 1));
        queries.subSelects().in(action.getWhereExpression(), scope);
    }
}
