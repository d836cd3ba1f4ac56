package io.tenantshift.crossshard.internal.shape;

import java.util.List;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.LongValue;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.statement.select.AllColumns;
import net.sf.jsqlparser.statement.select.AllTableColumns;
import net.sf.jsqlparser.statement.select.PlainSelect;
import net.sf.jsqlparser.statement.select.SelectItem;
import org.jspecify.annotations.Nullable;

/** Finds the output column that a key of GROUP BY or ORDER BY means. */
final class Outputs {
    private Outputs() {}

    /**
     * The position of the output column that a key of GROUP BY means; 0 if there is none. A bare name is a column of a table there if there is
     * one, and only else an output column: what is selected under this name must be that column.
     */
    static int grouped(PlainSelect select, Expression key) {
        if (key instanceof LongValue) {
            return position(select, key);
        }
        List<SelectItem<?>> items = select.getSelectItems();
        for (int i = 0; i < items.size(); i++) {
            if (isSame(items.get(i).getExpression(), key)) {
                return withoutTwin(items, i, key);
            }
        }
        return 0;
    }

    private static boolean isSame(Expression one, Expression other) {
        if (one instanceof Column first && other instanceof Column second) {
            return Names.of(first.getColumnName()).equals(Names.of(second.getColumnName()))
                    && relation(first).equals(relation(second));
        }
        return one.toString().equals(other.toString());
    }

    private static String relation(Column column) {
        return column.getTable() == null ? "" : Names.of(column.getTable().getName());
    }

    /**
     * The position of an item that a key means; 0 if there is another that differs from the key in upper and lower case only: ShardingSphere sees no
     * difference, not even in literals.
     */
    private static int withoutTwin(List<SelectItem<?>> items, int index, Expression key) {
        for (SelectItem<?> item : items) {
            Expression e = item.getExpression();
            if (!isSame(e, key) && e.toString().equalsIgnoreCase(key.toString())) {
                return 0;
            }
        }
        return index + 1;
    }

    /** The output column of a key of GROUP BY; null if it is none. */
    static @Nullable SelectItem<?> item(PlainSelect select, Expression key) {
        int position = grouped(select, key);
        return position == 0 ? null : select.getSelectItems().get(position - 1);
    }

    /**
     * Whether a column, as a key of ORDER BY beside a star, is what the answer has under this name, if it has the name once. A bare name is; one of
     * a relation only if the star is of that relation too, or the column is selected by itself.
     */
    static boolean isUnderItsName(PlainSelect select, Column key) {
        if (key.getTable() == null) {
            return true;
        }
        String relation = Names.of(key.getTable().getName());
        for (SelectItem<?> item : select.getSelectItems()) {
            boolean found;
            if (item.getExpression() instanceof AllTableColumns some) {
                found = Names.of(some.getTable().getName()).equals(relation);
            } else {
                found = item.getExpression() instanceof AllColumns
                        || (item.getAlias() == null
                                && item.getExpression() instanceof Column column
                                && isSame(column, key));
            }
            if (found) {
                return true;
            }
        }
        return false;
    }

    /** The position of the output column that a key means, from 1; 0 if there is none. */
    static int position(PlainSelect select, Expression key) {
        List<SelectItem<?>> items = select.getSelectItems();
        if (key instanceof LongValue number) {
            return number.getValue() >= 1 && number.getValue() <= items.size() ? (int) number.getValue() : 0;
        }
        String name = key instanceof Column column && column.getTable() == null ? Names.of(column.getColumnName()) : "";
        for (int i = 0; i < items.size(); i++) {
            if (!name.isEmpty() && name.equals(Queries.label(items.get(i)))) {
                return i + 1;
            }
        }
        for (int i = 0; i < items.size(); i++) {
            if (isSame(items.get(i).getExpression(), key)) {
                return withoutTwin(items, i, key);
            }
        }
        return 0;
    }
}
