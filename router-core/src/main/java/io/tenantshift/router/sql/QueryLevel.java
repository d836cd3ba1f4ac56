package io.tenantshift.router.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The relations of one query level and what its names mean there: one {@code FROM} list, or the target of a modification with its
 * {@code FROM} or {@code USING}. For one thread, while a statement is read.
 */
final class QueryLevel {
    /** A relation and its columns that matter for tenants, mostly none or one. */
    private static final class Relation {
        final @Nullable TableName table;
        final @Nullable String alias;
        final Map<String, Operand> columns = new LinkedHashMap<>(2);

        Relation(@Nullable TableName table, @Nullable String alias) {
            this.table = table;
            this.alias = alias;
        }

        boolean isCalled(String name) {
            return alias != null
                    ? alias.equals(name)
                    : table != null && table.name().equals(name);
        }

        Operand column(String name) {
            return columns.getOrDefault(name, Operand.OTHER);
        }
    }

    private final @Nullable QueryLevel outer;
    private final @Nullable WithNames names;
    private final List<Relation> relations = new ArrayList<>();
    /** Columns that {@code USING} has made one, so that their bare name is not ambiguous. */
    private final Set<String> merged = new HashSet<>();

    /** The level of a statement that stands alone. */
    QueryLevel() {
        this(null, null);
    }

    /** A level inside another, where {@code WITH} has given these names. */
    QueryLevel(@Nullable QueryLevel outer, @Nullable WithNames names) {
        this.outer = outer;
        this.names = names;
    }

    int size() {
        return relations.size();
    }

    @Nullable
    QueryLevel outer() {
        return outer;
    }

    @Nullable
    WithNames names() {
        return names;
    }

    /** Adds a relation and returns its place. */
    int add(@Nullable TableName table, @Nullable String alias) {
        relations.add(new Relation(table, alias));
        return relations.size() - 1;
    }

    /** Says that the relation at {@code place} has this tenant column; {@code table} as in {@link TenantColumn#table}. */
    TenantColumn addColumn(int place, String name, @Nullable TableName table) {
        TenantColumn column = new TenantColumn(this, place, table);
        relations.get(place).columns.put(name, Operand.Column.of(column));
        return column;
    }

    /** Says that the relation at {@code place} has a column of these values. */
    void addValues(int place, String name, Operand.Values values) {
        relations.get(place).columns.put(name, values);
    }

    void merge(String column) {
        merged.add(column);
    }

    boolean isMerged(String column) {
        return merged.contains(column);
    }

    /** What is known of the relation's columns, by name. */
    Map<String, Operand> columns(int place) {
        return relations.get(place).columns;
    }

    /** The relation's tenant column of this name, or null. */
    @Nullable
    TenantColumn column(int place, String name) {
        return relations.get(place).column(name) instanceof Operand.Column column
                ? column.columns().get(0)
                : null;
    }

    /** The tenant columns called {@code name} of the relations from {@code low} to before {@code high}. */
    List<TenantColumn> named(String name, int low, int high) {
        List<TenantColumn> found = new ArrayList<>(2);
        for (int place = low; place < high; place++) {
            TenantColumn column = column(place, name);
            if (column != null) {
                found.add(column);
            }
        }
        return found;
    }

    /** What is known of the first column called {@code name} of the relations from {@code low} to before {@code high}. */
    Operand first(String name, int low, int high) {
        for (Relation relation : relations.subList(low, high)) {
            Operand column = relation.columns.get(name);
            if (column != null) {
                return column;
            }
        }
        return Operand.OTHER;
    }

    /** The place of the relation that {@code name} means here, or -1. */
    int place(String name) {
        int found = -1;
        for (int place = 0; place < relations.size(); place++) {
            if (relations.get(place).isCalled(name)) {
                if (found >= 0) {
                    return -1;
                }
                found = place;
            }
        }
        return found;
    }

    /**
     * What a bare name means. Other levels are asked only if this one has no relations, for a relation that is not of a group may have a
     * column of any name.
     */
    Operand bare(String name) {
        QueryLevel level = this;
        while (level.relations.isEmpty() && level.outer != null) {
            level = level.outer;
        }
        List<Operand> found = new ArrayList<>(2);
        for (Relation relation : level.relations) {
            Operand column = relation.columns.get(name);
            if (column != null) {
                found.add(column);
            }
        }
        if (level.merged.contains(name)) {
            List<TenantColumn> columns = level.named(name, 0, level.relations.size());
            return columns.isEmpty() ? Operand.OTHER : new Operand.Column(columns, true);
        }
        return found.size() == 1 ? found.get(0) : Operand.OTHER;
    }

    /** What {@code relation.name} means, in the nearest level that has such a relation. */
    Operand qualified(String relation, String name) {
        for (QueryLevel level = this; level != null; level = level.outer) {
            for (Relation candidate : level.relations) {
                if (candidate.isCalled(relation)) {
                    int place = level.place(relation);
                    return place < 0 ? Operand.OTHER : candidate.column(name);
                }
            }
        }
        return Operand.OTHER;
    }

    /** What {@code schema.table.name} means, if the statement calls the table so, too. */
    Operand qualified(TableName table, String name) {
        for (QueryLevel level = this; level != null; level = level.outer) {
            for (Relation candidate : level.relations) {
                TableName known = candidate.alias == null ? candidate.table : null;
                if (known != null && known.name().equals(table.name())) {
                    boolean same = table.equals(known);
                    if (same || known.schema() == null) {
                        return same ? candidate.column(name) : Operand.OTHER;
                    }
                }
            }
        }
        return Operand.OTHER;
    }
}
