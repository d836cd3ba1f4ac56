package io.tenantshift.router.sql;

import io.tenantshift.router.TenantType;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What has been found so far about the tenants of one statement: the common ground of the readers, which differ in how they take the
 * text apart. For one thread, while a statement is read.
 */
final class TenantReading {
    /**
     * The relations that a condition restricts when it must be true: those of {@code level} from {@code low} to before {@code high}.
     * Empty for a condition that restricts nothing, such as one below {@code OR}.
     */
    record Reach(QueryLevel level, int low, int high) {
        static Reach of(QueryLevel level) {
            return new Reach(level, 0, level.size());
        }

        Reach none() {
            return new Reach(level, 0, 0);
        }

        boolean isSome() {
            return low < high;
        }

        boolean has(TenantColumn column) {
            return column.level.equals(level) && column.place >= low && column.place < high;
        }
    }

    /** The place of a row that is written and not one of the relations. */
    private static final int WRITTEN = -1;

    final TenantTables tables;
    final TenantType type;
    private final Set<TenantValue> values = new LinkedHashSet<>();
    private final List<TenantColumn> required = new ArrayList<>();
    /** Each use of a table, in the order of reading. */
    private final List<TableName> uses = new ArrayList<>();

    private @Nullable String doubt;
    private @Nullable String doubtIfAll;

    TenantReading(TenantTables tables, TenantType type) {
        this.tables = tables;
        this.type = type;
    }

    /** Notes that a part was not understood; the first reason counts. */
    void doubt(String reason) {
        doubt = doubt == null ? reason : doubt;
    }

    /** Notes that not everything is bound that seems to be. */
    void doubtIfAll(String reason) {
        doubtIfAll = reason;
    }

    List<TableName> uses() {
        return uses;
    }

    /** Adds a table to a level and returns its place. */
    int table(QueryLevel level, TableName table, @Nullable String alias) {
        uses.add(table);
        int place = level.add(table, alias);
        if (tables.isTenantTable(table)) {
            TenantTables.Column column = tables.column(table);
            if (column == null) {
                doubt("\"%s\" may be several tables with different tenant columns".formatted(table));
            } else {
                required(level, place, column.name(), table);
            }
        }
        return place;
    }

    /** The target of an {@code INSERT} as a use; gives its tenant column if it has one. */
    TenantTables.@Nullable Column target(TableName table) {
        uses.add(table);
        if (tables.columns(table).size() > 1) {
            doubt("\"%s\" may be several tables with different tenant columns".formatted(table));
        }
        return tables.column(table);
    }

    /** A tenant column that must be bound. */
    TenantColumn required(QueryLevel level, int place, String name, TableName table) {
        TenantColumn column = level.addColumn(place, name, table);
        required.add(column);
        return column;
    }

    /** A row is written without its tenant column. */
    void unbound(QueryLevel level, TableName table) {
        required.add(new TenantColumn(level, WRITTEN, table));
    }

    /** {@code left = right}. */
    void equal(Operand left, Operand right, Reach reach) {
        if (left instanceof Operand.Row lefts && right instanceof Operand.Row rights) {
            int size = lefts.items().size();
            for (int i = 0; size == rights.items().size() && i < size; i++) {
                equal(lefts.items().get(i), rights.items().get(i), reach);
            }
        } else if (left instanceof Operand.Column column && right instanceof Operand.Values value) {
            named(column, List.of(value), reach);
        } else if (left instanceof Operand.Values value && right instanceof Operand.Column column) {
            named(column, List.of(value), reach);
        } else if (left instanceof Operand.Column one && right instanceof Operand.Column other) {
            linked(one, other, reach);
            linked(other, one, reach);
        }
    }

    /** {@code left IN (items)}. */
    void in(Operand left, List<Operand> items, Reach reach) {
        if (left instanceof Operand.Column column) {
            named(column, items, reach);
        } else if (left instanceof Operand.Row row) {
            for (int i = 0; i < row.items().size(); i++) {
                if (row.items().get(i) instanceof Operand.Column column) {
                    named(column, position(items, i, row.items().size()), reach);
                }
            }
        }
    }

    /** {@code left IN (query)}: what is not bound on one side is by the other. */
    void in(Operand left, QueryOutput query, Reach reach) {
        List<Operand> lefts = left instanceof Operand.Row row ? row.items() : List.of(left);
        for (int i = 0;
                query.positional() && i < Math.min(lefts.size(), query.items().size());
                i++) {
            Operand item = query.items().get(i).operand();
            equal(lefts.get(i), item, reach);
            boolean linked = lefts.get(i) instanceof Operand.Column && item instanceof Operand.Column;
            if (linked && query.filterable() && reach.isSome()) {
                ((Operand.Column) item).columns().get(0).follow(((Operand.Column) lefts.get(i)).columns());
            }
        }
    }

    private static List<Operand> position(List<Operand> rows, int i, int size) {
        List<Operand> position = new ArrayList<>(rows.size());
        for (Operand row : rows) {
            boolean fits = row instanceof Operand.Row r && r.items().size() == size;
            position.add(fits ? ((Operand.Row) row).items().get(i) : Operand.OTHER);
        }
        return position;
    }

    private void named(Operand.Column column, List<? extends Operand> items, Reach reach) {
        boolean all = true;
        for (Operand item : items) {
            if (item instanceof Operand.Values value) {
                values.addAll(value.values());
            } else {
                all = false;
            }
        }
        for (TenantColumn c : column.columns()) {
            if (all && reach.has(c)) {
                c.bind();
            }
        }
    }

    /** What is merged is left out: which of the columns the name stands for depends on the kind of join. */
    private static void linked(Operand.Column from, Operand.Column to, Reach reach) {
        if (!from.merged() && !to.merged() && reach.has(to.columns().get(0))) {
            to.columns().get(0).follow(from.columns());
        }
    }

    /** {@code USING (name)} between the relations from {@code low} to before {@code right} and those from there on. */
    void using(String name, int low, int right, Reach reach) {
        QueryLevel level = reach.level();
        level.merge(name);
        equal(level.first(name, low, right), level.first(name, right, level.size()), reach);
    }

    /** {@code SET name = source} for the relation at place 0. */
    void assign(QueryLevel level, @Nullable String name, Operand source) {
        TenantColumn own = name == null ? null : level.column(0, name);
        if (own != null && own.table != null) {
            assigned(level, own.table, source);
        }
    }

    /** The tenant column of a row that is written, by {@code INSERT} or by {@code SET}: must be bound, as one that is read. */
    TenantColumn assigned(QueryLevel level, TableName table, Operand source) {
        TenantColumn written = new TenantColumn(level, WRITTEN, table);
        required.add(written);
        if (source instanceof Operand.Values value) {
            values.addAll(value.values());
            written.bind();
        } else if (source instanceof Operand.Column column && !column.merged()) {
            written.follow(column.columns());
        } else {
            doubt("the tenant column of \"%s\" is set to something that is neither a value nor a tenant column"
                    .formatted(table));
        }
        return written;
    }

    TenantFacts facts() {
        if (doubt != null) {
            return new TenantFacts(Coverage.UNKNOWN, List.copyOf(values), type, doubt);
        }
        for (TenantColumn column : required) {
            if (!column.isBound()) {
                String reason = "\"%s\" is not restricted by its tenant column".formatted(column.table);
                return new TenantFacts(Coverage.PARTIAL, List.copyOf(values), type, reason);
            }
        }
        if (doubtIfAll != null) {
            return new TenantFacts(Coverage.UNKNOWN, List.copyOf(values), type, doubtIfAll);
        }
        return new TenantFacts(Coverage.ALL, List.copyOf(values), type, "");
    }
}
