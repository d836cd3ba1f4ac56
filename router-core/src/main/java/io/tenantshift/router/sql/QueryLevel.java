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
    /** A relation and its tenant columns by name, mostly none or one. */
    private static final class Relation {
        final @Nullable TableName table;
        final @Nullable String alias;
        final Map<String, TenantColumn> columns = new LinkedHashMap<>(2);

        Relation(@Nullable TableName table, @Nullable String alias) {
            this.table = table;
            this.alias = alias;
        }

        boolean isCalled(String name) {
            return alias != null
                    ? alias.equals(name)
                    : table != null && table.name().equals(name);
        }
    }

    private final @Nullable QueryLevel outer;
    private final List<Relation> relations = new ArrayList<>();
    /** Columns that {@code USING} has made one, so that their bare name is not ambiguous. */
    private final Set<String> merged = new HashSet<>();

    QueryLevel(@Nullable QueryLevel outer) {
        this.outer = outer;
    }

    int size() {
        return relations.size();
    }

    @Nullable
    QueryLevel outer() {
        return outer;
    }

    /** Adds a relation and returns its place. */
    int add(@Nullable TableName table, @Nullable String alias) {
        relations.add(new Relation(table, alias));
        return relations.size() - 1;
    }

    /** Says that the relation at {@code place} has this tenant column; {@code table} as in {@link TenantColumn#table}. */
    TenantColumn column(int place, String name, @Nullable TableName table) {
        TenantColumn column = new TenantColumn(this, place, table);
        relations.get(place).columns.put(name, column);
        return column;
    }

    void merge(String column) {
        merged.add(column);
    }

    boolean isMerged(String column) {
        return merged.contains(column);
    }

    /** The relation's tenant columns by name. */
    Map<String, TenantColumn> columns(int place) {
        return relations.get(place).columns;
    }

    /** The columns called {@code name} of the relations from {@code low} to before {@code high}. */
    List<TenantColumn> named(String name, int low, int high) {
        List<TenantColumn> found = new ArrayList<>(2);
        for (Relation relation : relations.subList(low, high)) {
            TenantColumn column = relation.columns.get(name);
            if (column != null) {
                found.add(column);
            }
        }
        return found;
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
        List<TenantColumn> found = level.named(name, 0, level.relations.size());
        boolean isMerged = level.merged.contains(name);
        return found.isEmpty() || (found.size() > 1 && !isMerged) ? Operand.OTHER : new Operand.Column(found, isMerged);
    }

    /** The tenant column that {@code relation.name} means, in the nearest level that has such a relation. */
    @Nullable
    TenantColumn qualified(String relation, String name) {
        for (QueryLevel level = this; level != null; level = level.outer) {
            boolean known = false;
            for (Relation candidate : level.relations) {
                known |= candidate.isCalled(relation);
            }
            if (known) {
                int place = level.place(relation);
                return place < 0 ? null : level.relations.get(place).columns.get(name);
            }
        }
        return null;
    }

    /** The tenant column that {@code schema.table.name} means, if the statement calls the table so, too. */
    @Nullable
    TenantColumn qualified(TableName table, String name) {
        for (QueryLevel level = this; level != null; level = level.outer) {
            for (Relation candidate : level.relations) {
                TableName known = candidate.alias == null ? candidate.table : null;
                if (known != null && known.name().equals(table.name())) {
                    boolean same = table.equals(known);
                    if (same || known.schema() == null) {
                        return same ? candidate.columns.get(name) : null;
                    }
                }
            }
        }
        return null;
    }
}
