package io.tenantshift.crossshard.internal.shape;

import io.tenantshift.crossshard.internal.shape.Expressions.Aggregates;
import io.tenantshift.crossshard.internal.shape.Verdict.Allowed;
import io.tenantshift.crossshard.internal.shape.Verdict.Purpose;
import io.tenantshift.crossshard.internal.shape.Verdict.Refused;
import io.tenantshift.crossshard.internal.shape.Verdict.Use;
import io.tenantshift.router.sql.QueryTree;
import io.tenantshift.router.sql.SqlAnalyzer;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.StatementKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import net.sf.jsqlparser.expression.AnalyticExpression;
import net.sf.jsqlparser.expression.AnalyticType;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.Function;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.statement.select.AllColumns;
import net.sf.jsqlparser.statement.select.OrderByElement;
import net.sf.jsqlparser.statement.select.PlainSelect;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.select.SelectItem;

/**
 * The list of shapes that give the same answer from many shards as from one database. A statement is on it only if every part of it was
 * understood, by two readers: the router's own, which says what the statement does and to which tables, and JSqlParser's tree, of which
 * every node must be of a known kind. Immutable.
 *
 * <p>Why a list of what is allowed: ShardingSphere sends what it does not know to every shard and hands out what comes back.
 */
public final class ShapeRules {
    private final Tables tables;

    public ShapeRules(Tables tables) {
        this.tables = tables;
    }

    /** Whether a statement may be fanned out. */
    public Verdict judge(String sql) {
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        if (facts.kind() == StatementKind.LOCKING_READ) {
            return new Refused(Rule.LOCKING, "FOR UPDATE, FOR SHARE or LOCK");
        }
        if (facts.kind() != StatementKind.READ) {
            return new Refused(Rule.NOT_A_QUERY, facts.kind().toString());
        }
        if (speaksToShardingSphere(sql)) {
            return new Refused(Rule.NOT_UNDERSTOOD, "a word to ShardingSphere");
        }
        Select tree = QueryTree.parse(sql);
        if (!facts.sure() || facts.jdbcEscape() || facts.touchesSession() || tree == null) {
            return new Refused(Rule.NOT_UNDERSTOOD, "the statement");
        }
        try {
            return new Reading(facts).of(tree);
        } catch (Refusal e) {
            return new Refused(e.rule, e.found);
        }
    }

    /** In a comment it is told where to send the statement, and to leave its merging. */
    static boolean speaksToShardingSphere(String sql) {
        return sql.toLowerCase(Locale.ROOT).contains("shardingsphere");
    }

    /** One statement. */
    private final class Reading {
        private final SqlFacts facts;
        private final Set<String> used = new TreeSet<>();
        private final Queries queries = new Queries(tables, used);
        private final List<Use> uses = new ArrayList<>();

        Reading(SqlFacts facts) {
            this.facts = facts;
        }

        Verdict of(Select tree) {
            PlainSelect select = Queries.plain(tree);
            Level level = queries.source(select, null);
            if (!level.hasTenants()) {
                throw new Refusal(Rule.NO_TENANT_TABLE, "no table of a group in FROM");
            }
            if (Queries.isGrouped(select)) {
                grouped(select, level);
            } else {
                for (SelectItem<?> item : select.getSelectItems()) {
                    if (!(item.getExpression() instanceof AllColumns)) {
                        queries.expressions().read(item.getExpression(), level, Aggregates.NONE);
                    }
                }
            }
            windows(select);
            labels(select);
            distinct(select, level);
            order(select, level);
            Queries.limit(select);
            tables.requireAgreement(facts, used);
            return new Allowed(used, uses);
        }

        /** ShardingSphere takes an aggregate before OVER for one of the whole. */
        private void windows(PlainSelect select) {
            for (SelectItem<?> item : select.getSelectItems()) {
                if (AggregateSearch.hasOverWindow(item.getExpression())) {
                    throw new Refusal(Rule.WINDOW, "an aggregate before OVER");
                }
            }
        }

        /** ShardingSphere finds columns by their names, and takes the one that is called so for the one that was. */
        private void labels(PlainSelect select) {
            for (SelectItem<?> item : select.getSelectItems()) {
                for (SelectItem<?> other : select.getSelectItems()) {
                    boolean swapped = other != item
                            && item.getAlias() != null
                            && other.getExpression() instanceof Column column
                            && Names.of(column.getColumnName())
                                    .equalsIgnoreCase(Names.of(item.getAlias().getName()));
                    if (swapped) {
                        throw new Refusal(
                                Rule.SAME_LABEL,
                                "\"%s\"".formatted(item.getAlias().getName()));
                    }
                }
            }
        }

        private void distinct(PlainSelect select, Level level) {
            if (select.getDistinct() == null) {
                return;
            }
            if (select.getDistinct().getOnSelectItems() != null) {
                throw new Refusal(Rule.DISTINCT_ON, "DISTINCT ON");
            }
            if (Queries.isGrouped(select)) {
                throw new Refusal(Rule.GROUPING, "DISTINCT beside groups");
            }
            boolean ownNames = select.getSelectItems().stream()
                    .allMatch(item -> item.getExpression() instanceof AllColumns
                            ? level.relations.stream().allMatch(relation -> relation.ownNames == null)
                            : Queries.hasOwnName(item, level));
            Purpose purpose = queries.selectsTenant(select, level) ? Purpose.LOCAL_GROUP : Purpose.GROUP;
            uses.add(new Use(-1, "", purpose, ownNames));
        }

        private void order(PlainSelect select, Level level) {
            List<OrderByElement> elements = select.getOrderByElements();
            if (elements == null) {
                return;
            }
            boolean star =
                    select.getSelectItems().stream().anyMatch(item -> item.getExpression() instanceof AllColumns);
            for (int i = 0; i < elements.size(); i++) {
                OrderByElement element = elements.get(i);
                Expression key = element.getExpression();
                Purpose purpose = i == elements.size() - 1 ? Purpose.LAST_ORDER : Purpose.ORDER;
                if (element.isMysqlWithRollup()) {
                    throw new Refusal(Rule.GROUPING, "ROLLUP");
                }
                int position = star ? 0 : Outputs.position(select, key);
                if (position > 0) {
                    boolean ownName = Queries.hasOwnName(select.getSelectItems().get(position - 1), level);
                    uses.add(new Use(position, "", purpose, ownName));
                } else if (star && key instanceof Column column && Outputs.isUnderItsName(select, column)) {
                    String name = Names.of(column.getColumnName());
                    boolean ownName = level.hasOwnName(column)
                            && select.getSelectItems().stream()
                                    .allMatch(item ->
                                            !name.equals(Queries.label(item)) || Queries.hasOwnName(item, level));
                    uses.add(new Use(0, name, purpose, ownName));
                } else {
                    throw new Refusal(Rule.KEY_NOT_SELECTED, "a key of ORDER BY");
                }
            }
        }

        private void grouped(PlainSelect select, Level level) {
            boolean local = queries.groupsByTenant(select, level);
            if (select.getHaving() != null && !local) {
                throw new Refusal(Rule.HAVING, "HAVING");
            }
            Set<Integer> keys = new HashSet<>();
            Set<Integer> ownNames = new HashSet<>();
            for (Expression key : Queries.groups(select)) {
                int position = Outputs.grouped(select, key);
                if (position == 0) {
                    throw new Refusal(Rule.KEY_NOT_SELECTED, "a key of GROUP BY, by its position or as it is selected");
                }
                keys.add(position);
                // Groups are found by the key as it is written, whatever it is called.
                boolean written = key instanceof Column column && level.hasOwnName(column);
                if (written || Queries.hasOwnName(select.getSelectItems().get(position - 1), level)) {
                    ownNames.add(position);
                }
            }
            Purpose purpose =
                    local ? Purpose.LOCAL_GROUP : ordersOtherwise(select, keys) ? Purpose.HASHED_GROUP : Purpose.GROUP;
            keys.forEach(position -> uses.add(new Use(position, "", purpose, ownNames.contains(position))));
            for (int i = 0; i < select.getSelectItems().size(); i++) {
                Expression e = select.getSelectItems().get(i).getExpression();
                if (e instanceof AllColumns) {
                    throw new Refusal(Rule.NOT_GROUPED, "*");
                }
                if (keys.contains(i + 1)) {
                    queries.expressions().read(e, level, Aggregates.NONE);
                } else {
                    aggregate(e, i + 1, level, local);
                }
            }
            queries.expressions().read(select.getHaving(), level, Aggregates.LOCAL);
        }

        /** Whether the answer is put in another order than that of its groups: then ShardingSphere finds them by their hash. */
        private static boolean ordersOtherwise(PlainSelect select, Set<Integer> keys) {
            return select.getOrderByElements() != null
                    && select.getOrderByElements().stream()
                            .anyMatch(element -> !keys.contains(Outputs.position(select, element.getExpression())));
        }

        private void aggregate(Expression e, int position, Level level, boolean local) {
            wrapped(e, position);
            if (!(e instanceof Function function) || !Functions.AGGREGATES.contains(Expressions.name(function))) {
                if (!local) {
                    boolean aggregate = AggregateSearch.has(e) || e instanceof AnalyticExpression;
                    throw new Refusal(aggregate ? Rule.AGGREGATE : Rule.NOT_GROUPED, "output column " + position);
                }
                queries.expressions().read(e, level, Aggregates.LOCAL);
                return;
            }
            String name = Expressions.name(function);
            if (function.isDistinct()) {
                throw new Refusal(Rule.DISTINCT_AGGREGATE, name);
            }
            boolean merged = Functions.MERGED.contains(name) && function.getOrderByElements() == null;
            if (!merged && !local) {
                throw new Refusal(Rule.AGGREGATE, name);
            }
            queries.expressions().aggregate(function, level);
        }

        /**
         * An aggregate that is a whole output column, in parentheses and with a FILTER too: ShardingSphere sees neither and puts it together from
         * its parts, also where there is but one.
         */
        private void wrapped(Expression e, int position) {
            Expression inside = e;
            while (inside instanceof ParenthesedExpressionList<?> list && list.size() == 1) {
                inside = list.get(0);
            }
            String name;
            if (inside instanceof Function function) {
                name = Expressions.name(function);
            } else if (inside instanceof AnalyticExpression filtered
                    && filtered.getType() == AnalyticType.FILTER_ONLY) {
                name = Names.of(filtered.getName());
                if (filtered.isDistinct() || filtered.isUnique()) {
                    throw new Refusal(Rule.DISTINCT_AGGREGATE, name);
                }
            } else {
                return;
            }
            if (name.equals("avg")) {
                throw new Refusal(Rule.AVERAGE, name);
            }
            if (Functions.MERGED.contains(name)) {
                Purpose purpose =
                        name.equals("count") ? Purpose.COUNT : name.equals("sum") ? Purpose.SUM : Purpose.EXTREME;
                uses.add(new Use(position, "", purpose, false));
            }
        }
    }
}
