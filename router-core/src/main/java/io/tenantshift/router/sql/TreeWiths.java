package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.List;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.statement.ParenthesedStatement;
import net.sf.jsqlparser.statement.delete.ParenthesedDelete;
import net.sf.jsqlparser.statement.insert.ParenthesedInsert;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.select.SelectItem;
import net.sf.jsqlparser.statement.select.SetOperationList;
import net.sf.jsqlparser.statement.select.WithItem;
import net.sf.jsqlparser.statement.update.ParenthesedUpdate;
import org.jspecify.annotations.Nullable;

/** Reads {@code WITH} clauses, recursive and writing ones too, from a parsed tree. For one thread, for one statement. */
final class TreeWiths {
    /** What a recursive query was taken to give when its second part was read, and what it gives. */
    private record Assumption(Operand assumed, Operand proved) {}

    private final TreeQueries queries;
    private final List<Assumption> assumptions = new ArrayList<>();

    TreeWiths(TreeQueries queries) {
        this.queries = queries;
    }

    /** The names in force behind the clause. */
    @Nullable
    WithNames read(@Nullable List<WithItem<?>> items, @Nullable QueryLevel outer, @Nullable WithNames before) {
        WithNames names = before;
        boolean recursive = false;
        for (WithItem<?> item : items == null ? List.<WithItem<?>>of() : items) {
            recursive |= item.isRecursive();
            String name = item.getAlias() == null
                    ? null
                    : queries.text().name(item.getAlias().getName());
            boolean plain = item.getSearchClause() == null
                    && item.getCycleClause() == null
                    && item.getWithFunctionDeclaration() == null;
            if (name == null || !plain) {
                queries.reading().doubt("a WITH was not understood");
                return names;
            }
            names = new WithNames(names, name, body(item, name, recursive, outer, names));
        }
        return names;
    }

    /**
     * Ends the reading: a recursive query of which more was assumed than has turned out is not understood. The second part may rest on
     * the assumption, for what it reads are rows that either part gave before.
     */
    void check() {
        for (Assumption assumption : assumptions) {
            boolean proved = assumption.assumed instanceof Operand.Values values
                    ? assumption.proved instanceof Operand.Values same
                            && values.values().containsAll(same.values())
                    : !isBound(assumption.assumed) || isBound(assumption.proved);
            if (!proved) {
                queries.reading().doubtIfAll("a recursive WITH does not keep its tenant column");
            }
        }
    }

    private static boolean isBound(Operand operand) {
        return operand instanceof Operand.Column column
                && column.columns().get(0).isBound();
    }

    private QueryOutput body(
            WithItem<?> item, String name, boolean recursive, @Nullable QueryLevel outer, @Nullable WithNames names) {
        List<@Nullable String> columns = columns(item);
        ParenthesedStatement body = item.getParenthesedStatement();
        if (body instanceof ParenthesedSelect query) {
            Select select = query.getSelect();
            boolean cut = query.getLimit() != null || query.getOffset() != null || query.getFetch() != null;
            if (recursive && !cut && select instanceof SetOperationList set && set.getWithItemsList() == null) {
                return recursive(set, name, columns, outer, names);
            }
            return queries.read(query, outer, names).named(columns).notFilterable();
        }
        TreeModifications modifications = new TreeModifications(queries);
        QueryOutput output = QueryOutput.NOTHING_KNOWN;
        if (body instanceof ParenthesedInsert insert) {
            output = modifications.insert(insert.getInsert(), names);
        } else if (body instanceof ParenthesedUpdate update) {
            output = modifications.update(update.getUpdate(), names);
        } else if (body instanceof ParenthesedDelete delete) {
            output = modifications.delete(delete.getDelete(), names);
        } else {
            queries.reading().doubt("a WITH was not understood");
        }
        return output.named(columns).notFilterable();
    }

    private List<@Nullable String> columns(WithItem<?> item) {
        List<@Nullable String> columns = new ArrayList<>();
        for (SelectItem<?> column :
                item.getWithItemList() == null ? List.<SelectItem<?>>of() : item.getWithItemList()) {
            boolean named = column.getExpression() instanceof Column;
            columns.add(named ? queries.text().name(((Column) column.getExpression()).getColumnName()) : null);
        }
        return columns;
    }

    /** The last part may read what the whole has given so far; the parts before it begin. */
    private QueryOutput recursive(
            SetOperationList set,
            String name,
            List<@Nullable String> columns,
            @Nullable QueryLevel outer,
            @Nullable WithNames names) {
        List<Select> parts = set.getSelects();
        List<QueryOutput> begun = new ArrayList<>();
        for (Select part : parts.subList(0, parts.size() - 1)) {
            begun.add(queries.read(part, outer, names).notFilterable());
        }
        QueryOutput assumed = QueryOutput.union(begun).named(columns);
        WithNames inner = new WithNames(names, name, assumed);
        begun.add(queries.read(parts.get(parts.size() - 1), outer, inner).notFilterable());
        QueryOutput whole = QueryOutput.union(begun).named(columns);
        for (int i = 0; i < assumed.items().size(); i++) {
            Operand proved = i < whole.items().size() ? whole.items().get(i).operand() : Operand.OTHER;
            Operand taken = assumed.items().get(i).operand();
            if (!taken.equals(Operand.OTHER)) {
                assumptions.add(new Assumption(taken, proved));
            }
        }
        if (set.getLimit() != null || set.getOffset() != null || set.getFetch() != null) {
            queries.reading().doubt("a recursive WITH is cut");
        }
        return whole.notFilterable();
    }
}
