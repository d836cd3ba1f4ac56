package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a query gives to the level around it.
 *
 * @param items its columns, those of a star only as far as they matter
 * @param positional whether the items stand at their places: not behind a star
 * @param filterable whether it makes no difference if rows are taken from the result or from the tables: not with {@code LIMIT},
 *     {@code DISTINCT ON}, groups or windows
 */
record QueryOutput(List<Item> items, boolean positional, boolean filterable) {
    /** One column. */
    record Item(@Nullable String name, Operand operand) {}

    static final QueryOutput NOTHING_KNOWN = new QueryOutput(List.of(), false, false);

    QueryOutput notFilterable() {
        return new QueryOutput(items, positional, false);
    }

    /** The same columns by other names; nothing known if they cannot be told by their places. */
    QueryOutput named(List<@Nullable String> names) {
        if (names.isEmpty()) {
            return this;
        }
        if (!positional) {
            return NOTHING_KNOWN;
        }
        List<Item> renamed = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            renamed.add(i < names.size() ? new Item(names.get(i), items.get(i).operand()) : items.get(i));
        }
        return new QueryOutput(renamed, true, filterable);
    }

    /** Adds this as a relation to a level. */
    void addTo(QueryLevel level, @Nullable String alias) {
        int place = level.add(null, alias);
        for (Item item : items) {
            String name = item.name();
            if (name == null) {
                continue;
            }
            if (item.operand() instanceof Operand.Values values) {
                level.addValues(place, name, values);
            } else if (item.operand() instanceof Operand.Column column && !column.merged()) {
                TenantColumn passed = level.addColumn(place, name, null);
                passed.follow(column.columns());
                if (filterable) {
                    column.columns().get(0).follow(List.of(passed));
                }
            }
        }
    }

    /** The rows of all queries in one; with {@code filterable} as the parts say. */
    static QueryOutput union(List<QueryOutput> parts) {
        QueryOutput first = parts.get(0);
        boolean filterable = true;
        int size = first.items.size();
        for (QueryOutput part : parts) {
            filterable &= part.filterable;
            size = part.positional ? Math.min(size, part.items.size()) : 0;
        }
        if (size == 0) {
            return NOTHING_KNOWN;
        }
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            items.add(new Item(first.items.get(i).name(), merged(parts, i, filterable)));
        }
        return new QueryOutput(items, true, filterable);
    }

    private static Operand merged(List<QueryOutput> parts, int i, boolean filterable) {
        List<TenantColumn> columns = new ArrayList<>();
        List<TenantValue> values = new ArrayList<>();
        for (QueryOutput part : parts) {
            Operand operand = part.items.get(i).operand();
            if (operand instanceof Operand.Column column && !column.merged()) {
                columns.addAll(column.columns());
            } else if (operand instanceof Operand.Values some) {
                values.addAll(some.values());
            } else {
                return Operand.OTHER;
            }
        }
        if (columns.isEmpty()) {
            return new Operand.Values(values);
        } else if (!values.isEmpty()) {
            return Operand.OTHER;
        }
        TenantColumn all = TenantColumn.passedOn();
        all.follow(columns);
        if (filterable) {
            columns.forEach(column -> column.follow(List.of(all)));
        }
        return Operand.Column.of(all);
    }
}
