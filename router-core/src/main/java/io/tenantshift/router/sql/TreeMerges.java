package io.tenantshift.router.sql;

import io.tenantshift.router.sql.TenantReading.Reach;
import java.util.List;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.statement.merge.Merge;
import net.sf.jsqlparser.statement.merge.MergeDelete;
import net.sf.jsqlparser.statement.merge.MergeInsert;
import net.sf.jsqlparser.statement.merge.MergeOperation;
import net.sf.jsqlparser.statement.merge.MergeSide;
import net.sf.jsqlparser.statement.merge.MergeUpdate;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code MERGE} from a parsed tree. Its condition restricts the rows of the target that it touches, but none of the source, whose
 * rows without a match may be inserted. For one thread, for one statement.
 */
final class TreeMerges {
    private final TreeQueries queries;
    private final TreeModifications modifications;
    private final TenantReading reading;

    TreeMerges(TreeQueries queries) {
        this.queries = queries;
        this.modifications = new TreeModifications(queries);
        this.reading = queries.reading();
    }

    void read(Merge merge) {
        WithNames names = queries.withs().read(merge.getWithItemsList(), null, null);
        if (merge.getFromItem() == null || merge.getOutputClause() != null) {
            reading.doubt("a MERGE was not understood");
            return;
        }
        TableName table = queries.relations().name(merge.getTable());
        QueryLevel level = new QueryLevel(null, names);
        queries.relations().target(merge.getTable(), level);
        queries.relations().list(merge.getFromItem(), null, level);
        queries.conditions().read(merge.getOnCondition(), new Reach(level, 0, 1));
        queries.subSelects().in(merge.getOnCondition(), level);
        for (MergeOperation operation : merge.getOperations()) {
            if (table != null) {
                operation(operation, table, level);
            }
        }
        if (merge.getReturningClause() != null) {
            queries.items(merge.getReturningClause(), level);
        }
    }

    private void operation(MergeOperation operation, TableName table, QueryLevel level) {
        if (operation instanceof MergeUpdate update) {
            condition(update.getAndPredicate(), update.getWhereCondition(), update.getSide(), level);
            modifications.assignments(update.getUpdateSets(), level);
            if (update.getDeleteWhereCondition() != null) {
                reading.doubt("a MERGE has a clause of another database");
            }
        } else if (operation instanceof MergeDelete delete) {
            condition(delete.getAndPredicate(), null, delete.getSide(), level);
        } else if (operation instanceof MergeInsert insert) {
            condition(insert.getAndPredicate(), insert.getWhereCondition(), insert.getSide(), level);
            insert(insert, table, level);
        } else {
            reading.doubt("a MERGE was not understood");
        }
    }

    private void condition(
            @Nullable Expression and, @Nullable Expression where, @Nullable MergeSide side, QueryLevel level) {
        queries.subSelects().in(and, level);
        if (where != null || side == MergeSide.SOURCE) {
            reading.doubt("a MERGE touches rows without a match in its source");
        }
    }

    private void insert(MergeInsert insert, TableName table, QueryLevel level) {
        queries.subSelects().inAll(insert.getValues(), level);
        TenantTables.Column tenant = reading.tables.column(table);
        if (tenant == null) {
            return;
        }
        List<@Nullable String> columns =
                insert.getColumns() == null ? List.of() : modifications.names(insert.getColumns());
        int place = columns.indexOf(tenant.name());
        if (columns.isEmpty()
                || (insert.getValues() != null && place >= insert.getValues().size())) {
            reading.doubt("the INSERT into \"%s\" has no list of columns".formatted(table));
        } else if (place < 0 || insert.getValues() == null) {
            reading.unbound(level, table);
        } else {
            Operand source = queries.conditions().operand(insert.getValues().get(place), level);
            reading.assigned(level, table, source);
        }
    }
}
