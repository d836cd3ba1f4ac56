package io.tenantshift.crossshard.internal.shape;

import io.tenantshift.crossshard.internal.shape.Expressions.Aggregates;
import io.tenantshift.crossshard.internal.shape.Verdict.Change;
import io.tenantshift.crossshard.internal.shape.Verdict.Refused;
import io.tenantshift.router.sql.Modification;
import io.tenantshift.router.sql.QueryTree;
import io.tenantshift.router.sql.SqlAnalyzer;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.StatementKind;
import io.tenantshift.router.sql.TableName;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.operators.relational.ExpressionList;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.schema.Table;
import net.sf.jsqlparser.statement.delete.Delete;
import net.sf.jsqlparser.statement.update.Update;
import net.sf.jsqlparser.statement.update.UpdateSet;
import org.jspecify.annotations.Nullable;

/**
 * The list of changes that many shards make to their rows as one database would make them to all: one table of the tenants', and what becomes of a
 * row depends on that row, on rows of its tenant and on what is bound. Read twice, as {@link ShapeRules} does. Immutable.
 */
public final class ChangeRules {
    private final Tables tables;

    public ChangeRules(Tables tables) {
        this.tables = tables;
    }

    /** Whether a statement is of a kind that this list is about. */
    public static boolean isChange(String sql) {
        StatementKind kind = SqlAnalyzer.analyze(sql).kind();
        return kind == StatementKind.UPDATE || kind == StatementKind.DELETE;
    }

    /** Whether an UPDATE or DELETE may be sent to every shard. */
    public Verdict judge(String sql) {
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        Modification modification = facts.modification();
        if (ShapeRules.speaksToShardingSphere(sql)) {
            return new Refused(Rule.NOT_UNDERSTOOD, "a word to ShardingSphere");
        }
        if (!facts.sure() || facts.jdbcEscape() || facts.touchesSession() || modification == null) {
            return new Refused(Rule.NOT_UNDERSTOOD, "the statement");
        }
        if (facts.leadingWith()) {
            return new Refused(Rule.WITH, "WITH");
        }
        try {
            Reading reading = new Reading(facts, modification);
            Update update = QueryTree.parseUpdate(sql);
            if (update != null) {
                return reading.of(update);
            }
            Delete delete = QueryTree.parseDelete(sql);
            return delete == null ? new Refused(Rule.NOT_UNDERSTOOD, "the statement") : reading.of(delete);
        } catch (Refusal e) {
            return new Refused(e.rule, e.found);
        }
    }

    /** One statement. */
    private final class Reading {
        private final SqlFacts facts;
        private final Modification modification;
        private final Set<String> used = new TreeSet<>();
        private final Queries queries = new Queries(tables, used);

        Reading(SqlFacts facts, Modification modification) {
            this.facts = facts;
            this.modification = modification;
        }

        Verdict of(Update update) {
            boolean foreign = update.getStartJoins() != null
                    || update.isFromBeforeSet()
                    || update.getLimit() != null
                    || update.getOrderByElements() != null
                    || update.getPreferringClause() != null
                    || update.getOutputClause() != null
                    || update.getForPortionClause() != null
                    || update.getModifierPriority() != null
                    || update.isModifierIgnore()
                    || update.getOracleHint() != null;
            plain(foreign, update.getFromItem() != null || !isEmpty(update.getJoins()), update.getWithItemsList());
            Level level = target(update.getTable(), update.getWhere(), update.getReturningClause() != null);
            String tenantColumn =
                    tables.tenantColumns().get(modification.target().name());
            if (modification.assignedColumns().contains(tenantColumn)) {
                throw new Refusal(Rule.WRITE_OF_TENANT, "\"%s\"".formatted(tenantColumn));
            }
            for (UpdateSet set : update.getUpdateSets()) {
                for (Column column : set.getColumns()) {
                    String name = Names.of(column.getColumnName());
                    if (!isBare(column) || !modification.assignedColumns().contains(name)) {
                        throw new Refusal(Rule.NOT_UNDERSTOOD, "the column \"%s\" that is set".formatted(name));
                    }
                }
                requireNoDefault(set.getValues());
                if (set.getColumns().size() > 1) {
                    // ShardingSphere's parser fails with it.
                    throw new Refusal(Rule.NOT_UNDERSTOOD, "several columns that are set as one");
                }
                queries.expressions().readAll(set.getValues(), level, Aggregates.NONE);
            }
            return agreed();
        }

        Verdict of(Delete delete) {
            boolean foreign = delete.getLimit() != null
                    || delete.getOrderByElements() != null
                    || delete.getPreferringClause() != null
                    || delete.getOutputClause() != null
                    || delete.getForPortionClause() != null
                    || delete.getModifierPriority() != null
                    || delete.isModifierIgnore()
                    || delete.isModifierQuick()
                    || delete.getOracleHint() != null
                    || !isEmpty(delete.getTables());
            plain(
                    foreign,
                    !isEmpty(delete.getUsingFromItemList()) || !isEmpty(delete.getJoins()),
                    delete.getWithItemsList());
            target(delete.getTable(), delete.getWhere(), delete.getReturningClause() != null);
            return agreed();
        }

        private void plain(boolean foreign, boolean several, @Nullable List<?> with) {
            if (!isEmpty(with)) {
                throw new Refusal(Rule.WITH, "WITH");
            }
            if (several) {
                throw new Refusal(Rule.WRITE_FROM, "FROM or USING");
            }
            if (foreign || modification.only()) {
                throw new Refusal(Rule.NOT_UNDERSTOOD, "a clause");
            }
        }

        private Level target(Table table, @Nullable Expression where, boolean returning) {
            if (returning || !modification.returning().isEmpty()) {
                throw new Refusal(Rule.WRITE_RETURNING, "RETURNING");
            }
            if (where == null) {
                throw new Refusal(Rule.WRITE_WITHOUT_CONDITION, "no WHERE");
            }
            Level level = queries.target(table, where);
            if (!level.hasTenants()) {
                throw new Refusal(
                        Rule.WRITE_TARGET,
                        "\"%s\"".formatted(modification.target().name()));
            }
            return level;
        }

        private Verdict agreed() {
            tables.requireAgreement(facts, used);
            for (TableName table : facts.tables()) {
                if (tables.references().contains(table.name())) {
                    // ShardingSphere takes it for a second table that is written.
                    throw new Refusal(Rule.WRITE_FROM, "reference table \"%s\"".formatted(table.name()));
                }
            }
            if (!used.contains(modification.target().name())) {
                throw new Refusal(Rule.NOT_UNDERSTOOD, "what is written");
            }
            return new Change(modification.target().name());
        }

        private static void requireNoDefault(Iterable<? extends Expression> values) {
            for (Expression each : values) {
                boolean written = each instanceof Column column
                        && isBare(column)
                        && column.getColumnName().equalsIgnoreCase("default");
                if (written) {
                    throw new Refusal(Rule.WRITE_DEFAULT, "DEFAULT");
                }
                if (each instanceof ExpressionList<?> list) {
                    requireNoDefault(list);
                }
            }
        }

        private static boolean isBare(Column column) {
            return column.getTable() == null || column.getTable().getName() == null;
        }

        private static boolean isEmpty(@Nullable List<?> list) {
            return list == null || list.isEmpty();
        }
    }
}
