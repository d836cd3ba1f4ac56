package io.tenantshift.crossshard.internal.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.sf.jsqlparser.schema.Column;
import org.jspecify.annotations.Nullable;

/**
 * One {@code SELECT}: what it reads from, and which of that is bound to one tenant. Relations whose tenant columns are equal in every row are
 * of one circle; the rows of the query around it, as seen from here, may be of the circle too. For one thread, for one statement.
 */
final class Level {
    /** A relation. A tenant's has a tenant column, unless it is a sub-query that does not put it out. */
    static final class Relation {
        final String name;
        final boolean ofTenants;
        final Set<String> tenantColumns;
        /** Those of its columns that are known to be a table's, under their own name; null for a table: all are. */
        final @Nullable Set<String> ownNames;
        /** Whether an outer join may leave it out. */
        boolean nullable;

        int circle;

        Relation(String name, boolean ofTenants, Set<String> tenantColumns, @Nullable Set<String> ownNames) {
            this.name = name;
            this.ofTenants = ofTenants;
            this.tenantColumns = tenantColumns;
            this.ownNames = ownNames;
        }

        boolean hasOwnName(String column) {
            return ownNames == null || ownNames.contains(column);
        }
    }

    /** A tenant column, and at which level it stands. */
    record Place(Level level, Relation relation) {}

    /** The circle of the rows around. */
    static final int AROUND = 0;

    final @Nullable Level around;
    final List<Relation> relations = new ArrayList<>();

    Level(@Nullable Level around) {
        this.around = around;
    }

    void add(Relation relation) {
        if (relations.stream().anyMatch(other -> other.name.equals(relation.name))) {
            throw new Refusal(Rule.NOT_UNDERSTOOD, "two relations are called \"" + relation.name + "\"");
        }
        relation.circle = relations.size() + 1;
        relations.add(relation);
    }

    /** Where the column stands if it is a tenant column; null if it is another. */
    @Nullable
    Place tenantColumn(Column column) {
        String name = Names.of(column.getColumnName());
        String table =
                column.getTable() == null ? "" : Names.of(column.getTable().getName());
        for (Relation relation : relations) {
            boolean meant = table.isEmpty() || table.equals(relation.name);
            if (meant && relation.tenantColumns.contains(name)) {
                return new Place(this, relation);
            }
            if (!table.isEmpty() && table.equals(relation.name)) {
                return null;
            }
        }
        // A bare name may be a column of a relation here that we do not know.
        return around == null || table.isEmpty() ? null : around.tenantColumn(column);
    }

    /** Whether the column is a table's and has its own name, for whichever relation here it may be of. */
    boolean hasOwnName(Column column) {
        String name = Names.of(column.getColumnName());
        String table =
                column.getTable() == null ? "" : Names.of(column.getTable().getName());
        List<Relation> meant = relations.stream()
                .filter(relation -> table.isEmpty() || table.equals(relation.name))
                .toList();
        return !meant.isEmpty() && meant.stream().allMatch(relation -> relation.hasOwnName(name));
    }

    /** Both are equal in every row that comes out. */
    void equal(Place one, Place other) {
        int first = one.level == this ? one.relation.circle : AROUND;
        int second = other.level == this ? other.relation.circle : AROUND;
        for (Relation relation : relations) {
            if (relation.circle == Math.max(first, second)) {
                relation.circle = Math.min(first, second);
            }
        }
    }

    boolean hasTenants() {
        return relations.stream().anyMatch(relation -> relation.ofTenants);
    }

    /** Refuses unless all tenants' relations are of one circle; that of the rows around if there are any. */
    void requireOneTenant(boolean bound) {
        List<Integer> circles = relations.stream()
                .filter(relation -> relation.ofTenants)
                .map(relation -> relation.circle)
                .distinct()
                .toList();
        if (bound && !circles.isEmpty() && !circles.equals(List.of(AROUND))) {
            throw new Refusal(Rule.SUB_QUERY_ACROSS_TENANTS, "a sub-query is not bound to its row's tenant");
        }
        if (circles.size() > 1) {
            throw new Refusal(
                    Rule.JOIN_ACROSS_TENANTS,
                    "%d relations are not joined on their tenant columns".formatted(circles.size()));
        }
    }
}
