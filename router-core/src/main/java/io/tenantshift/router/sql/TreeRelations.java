package io.tenantshift.router.sql;

import io.tenantshift.router.sql.TenantReading.Reach;
import java.util.ArrayList;
import java.util.List;
import net.sf.jsqlparser.expression.Alias;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.Function;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.schema.Table;
import net.sf.jsqlparser.statement.select.FromItem;
import net.sf.jsqlparser.statement.select.Join;
import net.sf.jsqlparser.statement.select.LateralSubSelect;
import net.sf.jsqlparser.statement.select.ParenthesedFromItem;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.TableFunction;
import net.sf.jsqlparser.statement.select.Values;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code FROM} and {@code USING} lists from a parsed tree, and the conditions of the joins. An outer join's condition restricts only
 * the side that may be missing. For one thread, for one statement.
 */
final class TreeRelations {
    private final TreeQueries queries;

    TreeRelations(TreeQueries queries) {
        this.queries = queries;
    }

    /** Reads a list: the first relation and what is joined to it, by comma or otherwise. */
    void list(FromItem first, @Nullable List<Join> joins, QueryLevel level) {
        int low = level.size();
        item(first, level);
        for (Join join : joins == null ? List.<Join>of() : joins) {
            int right = level.size();
            low = join.isSimple() ? right : low;
            item(join.getFromItem(), level);
            join(join, level, low, right);
        }
    }

    private void join(Join join, QueryLevel level, int low, int right) {
        if (!QueryTree.isUnderstood(join)) {
            queries.reading().doubt("a join was not understood");
            return;
        }
        Reach reach = new Reach(level, low, level.size());
        if (join.isFull()) {
            reach = reach.none();
        } else if (join.isLeft()) {
            reach = new Reach(level, right, level.size());
        } else if (join.isRight()) {
            reach = new Reach(level, low, right);
        }
        for (Expression condition : join.getOnExpressions()) {
            queries.conditions().read(condition, reach);
            queries.subSelects().in(condition, level);
        }
        for (Column column : join.getUsingColumns()) {
            String name = queries.text().name(column.getColumnName());
            if (name == null) {
                queries.reading().doubt("a join was not understood");
            } else {
                queries.reading().using(name, low, right, reach);
            }
        }
    }

    private void item(FromItem item, QueryLevel level) {
        if (item.getPivot() != null || item.getUnPivot() != null || item.getSampleClause() != null) {
            queries.reading().doubt("a relation has a clause that is not read");
        }
        if (item instanceof Table table) {
            table(table, level);
        } else if (item instanceof ParenthesedFromItem parenthesed) {
            parenthesed(parenthesed, level);
        } else if (item instanceof TableFunction function) {
            function(function, level);
        } else if (item instanceof ParenthesedSelect select) {
            boolean lateral = item instanceof LateralSubSelect;
            QueryOutput output = queries.read(select, lateral ? level : level.outer(), level.names());
            derived(output, select.getAlias(), level);
        } else if (item instanceof Values values) {
            derived(queries.read(values, level.outer(), level.names()), values.getAlias(), level);
        } else {
            queries.reading().doubt("a relation of an unknown kind");
        }
    }

    private void parenthesed(ParenthesedFromItem item, QueryLevel level) {
        boolean alone = item.getJoins() == null || item.getJoins().isEmpty();
        if (item.getAlias() == null) {
            list(item.getFromItem(), item.getJoins(), level);
        } else if (alone && item.getFromItem() instanceof Values values && values.getAlias() == null) {
            derived(queries.read(values, level.outer(), level.names()), item.getAlias(), level);
        } else {
            queries.reading().doubt("a join has an alias");
        }
    }

    /** The table that is written. A name of a {@code WITH} does not hide it. */
    void target(Table table, QueryLevel level) {
        TableName name = name(table);
        if (name != null) {
            table(table, name, level);
        }
    }

    /** A table, or the query that {@code WITH} has given its name. */
    void table(Table table, QueryLevel level) {
        TableName name = name(table);
        QueryOutput query = name != null && name.schema() == null ? WithNames.find(level.names(), name.name()) : null;
        if (query != null && name != null) {
            String called = alias(table.getAlias());
            query.named(columns(table.getAlias())).addTo(level, called == null ? name.name() : called);
        } else if (name != null) {
            table(table, name, level);
        }
    }

    private void table(Table table, TableName name, QueryLevel level) {
        Alias alias = table.getAlias();
        if (!columns(alias).isEmpty() && queries.reading().tables.isTenantTable(name)) {
            queries.reading().doubt("the columns of \"%s\" are renamed".formatted(name));
        }
        queries.reading().table(level, name, alias(alias));
    }

    private @Nullable String alias(@Nullable Alias alias) {
        String called = alias == null ? null : queries.text().name(alias.getName());
        if (alias != null && called == null) {
            queries.reading().doubt("an alias cannot be told");
        }
        return called;
    }

    /** The table's name; null, and a doubt, if it cannot be told. */
    @Nullable
    TableName name(Table table) {
        String name = queries.text().name(table.getName());
        String schema = queries.text().name(table.getSchemaName());
        boolean plain = table.getIndexHint() == null
                && table.getSqlServerHints() == null
                && table.getTimeTravel() == null
                && table.getTimeTravelStrAfterAlias() == null
                && table.getSampleClause() == null
                && table.getPivot() == null
                && table.getUnPivot() == null;
        if (name == null || !plain || (schema == null && table.getSchemaName() != null)) {
            queries.reading().doubt("a table was not understood");
            return null;
        }
        return new TableName(schema, name);
    }

    private void derived(QueryOutput output, @Nullable Alias alias, QueryLevel level) {
        output.named(columns(alias)).addTo(level, alias(alias));
    }

    private List<@Nullable String> columns(@Nullable Alias alias) {
        List<@Nullable String> columns = new ArrayList<>();
        if (alias != null && alias.getAliasColumns() != null) {
            alias.getAliasColumns().forEach(column -> columns.add(queries.text().name(column.name)));
        }
        return columns;
    }

    private void function(TableFunction function, QueryLevel level) {
        String called = function.getAlias() == null
                ? null
                : queries.text().name(function.getAlias().getName());
        for (Function part : function.getFunctions()) {
            queries.subSelects().in(part, level);
            String name =
                    part.getMultipartName() == null || part.getMultipartName().isEmpty()
                            ? null
                            : queries.text()
                                    .name(part.getMultipartName()
                                            .get(part.getMultipartName().size() - 1));
            called = called == null && !function.isRowsFrom() ? name : called;
        }
        level.add(null, called);
    }
}
