package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The rows that an {@code INSERT} brings, as far as their tenant goes. For one thread, for one statement. */
final class InsertedRows {
    private final TenantReading reading;
    private final QueryLevel level;
    private final TableName table;
    private final @Nullable String alias;
    private final TenantTables.@Nullable Column column;
    /** The tenant column's place in the column list, -1 if it is not there. */
    private final int place;

    private final List<TenantColumn> written = new ArrayList<>();

    /** @param columns the column list, null if there is none */
    InsertedRows(
            TenantReading reading,
            QueryLevel level,
            TableName table,
            @Nullable String alias,
            @Nullable List<@Nullable String> columns) {
        this.reading = reading;
        this.level = level;
        this.table = table;
        this.alias = alias;
        this.column = reading.target(table);
        this.place = column == null || columns == null ? -1 : columns.indexOf(column.name());
        if (column != null && columns == null) {
            reading.doubt("the INSERT into \"%s\" has no list of columns".formatted(table));
        }
    }

    /** One row of {@code size} items, or all rows of a query. */
    void row(int size, IntFunction<Operand> item) {
        if (column == null) {
            return;
        }
        if (place >= size) {
            reading.doubt("a row for \"%s\" has fewer items than columns".formatted(table));
        } else if (place < 0) {
            reading.unbound(level, table);
        } else {
            written.add(reading.assigned(level, table, item.apply(place)));
        }
    }

    /** The scope of {@code RETURNING}. */
    QueryLevel returned(@Nullable WithNames names) {
        QueryLevel scope = new QueryLevel(null, names);
        int row = scope.add(table, alias);
        if (column != null && !written.isEmpty()) {
            scope.addColumn(row, column.name(), null).follow(written);
        }
        return scope;
    }

    /**
     * The relations of {@code DO UPDATE}: the row in the way, which is of the same tenant if the tenant column is among those that
     * conflict, and {@code excluded}.
     */
    QueryLevel conflict(List<@Nullable String> conflicting) {
        QueryLevel scope = new QueryLevel();
        int old = scope.add(table, alias);
        int excluded = scope.add(null, "excluded");
        if (column != null) {
            TenantColumn existing = reading.required(scope, old, column.name(), table);
            TenantColumn proposed = scope.addColumn(excluded, column.name(), null);
            if (!written.isEmpty()) {
                proposed.follow(written);
            }
            if (conflicting.contains(column.name())) {
                existing.follow(List.of(proposed));
            }
        }
        return scope;
    }
}
