package io.tenantshift.crossshard.internal.shape;

import java.util.List;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.LongValue;
import net.sf.jsqlparser.schema.Column;
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
            if (items.get(i).getExpression().toString().equalsIgnoreCase(key.toString())) {
                return i + 1;
            }
        }
        return 0;
    }

    /** The output column of a key of GROUP BY; null if it is none. */
    static @Nullable SelectItem<?> item(PlainSelect select, Expression key) {
        int position = grouped(select, key);
        return position == 0 ? null : select.getSelectItems().get(position - 1);
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
            if (items.get(i).getExpression().toString().equalsIgnoreCase(key.toString())) {
                return i + 1;
            }
        }
        return 0;
    }
}
