package io.tenantshift.router.sql;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tenant column of one relation in one query level: of a table, or of a derived table that passes one on. Bound once its values are
 * known to be among those that the statement names. For one thread, while a statement is read.
 */
final class TenantColumn {
    /** {@code to} is bound as soon as {@code missing} more columns are. */
    private static final class Rule {
        final TenantColumn to;
        int missing;

        Rule(TenantColumn to, int missing) {
            this.to = to;
            this.missing = missing;
        }
    }

    /** Where the relation stands. */
    final QueryLevel level;

    /** The relation's place among those of its level. */
    final int place;

    /** The table, if the statement is restricted only when this column is bound; null for a column that is only passed on. */
    final @Nullable TableName table;

    private final List<Rule> rules = new ArrayList<>(2);
    private boolean bound;

    TenantColumn(QueryLevel level, int place, @Nullable TableName table) {
        this.level = level;
        this.place = place;
        this.table = table;
    }

    /** A column of no relation: of a query's result. */
    static TenantColumn passedOn() {
        return new TenantColumn(new QueryLevel(), 0, null);
    }

    boolean isBound() {
        return bound;
    }

    void bind() {
        Deque<TenantColumn> news = new ArrayDeque<>();
        news.add(this);
        while (!news.isEmpty()) {
            TenantColumn column = news.remove();
            if (!column.bound) {
                column.bound = true;
                for (Rule rule : column.rules) {
                    if (--rule.missing == 0) {
                        news.add(rule.to);
                    }
                }
            }
        }
    }

    /** This column is bound when all of {@code others} are, of which there is at least one. */
    void follow(List<TenantColumn> others) {
        Rule rule = new Rule(this, others.size());
        for (TenantColumn other : others) {
            if (other.bound) {
                rule.missing--;
            } else {
                other.rules.add(rule);
            }
        }
        if (rule.missing == 0) {
            bind();
        }
    }
}
