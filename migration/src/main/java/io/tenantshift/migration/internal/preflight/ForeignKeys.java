package io.tenantshift.migration.internal.preflight;

import io.tenantshift.migration.Preflight.Finding;
import io.tenantshift.migration.Preflight.Severity;
import io.tenantshift.router.TableGroup;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which table of the group refers to which. Immutable.
 *
 * @param parents every table of the group with those that it refers to
 */
public record ForeignKeys(Map<String, Set<String>> parents) {
    private static final String SQL = """
            select g.name, parent.name
            from g join pg_constraint c on c.conrelid = g.oid and c.contype = 'f' join g parent on parent.oid = c.confrelid""";

    /**
     * A way to order the tables, or why there is none.
     *
     * @param parentsFirst tables that do not depend on each other by name; what hangs on a circle is left out
     * @param circle tables that refer to each other, or to themselves; empty if all could be ordered
     */
    public record Order(List<String> parentsFirst, Set<String> circle) {}

    public static ForeignKeys read(Connection shard, TableGroup group) throws SQLException {
        Map<String, Set<String>> parents = new TreeMap<>();
        group.tables().forEach(table -> parents.put(table, new TreeSet<>()));
        for (Probe.Row row : Probe.query(shard, group, SQL)) {
            parents.computeIfAbsent(row.table(), table -> new TreeSet<>())
                    .add(row.values().get(0));
        }
        return new ForeignKeys(parents);
    }

    /** Parents first, if that can be. */
    public Order order() {
        List<String> ordered = new ArrayList<>();
        Map<String, Set<String>> left = new TreeMap<>(parents);
        while (!left.isEmpty()) {
            List<String> free = left.entrySet().stream()
                    .filter(entry -> ordered.containsAll(entry.getValue()))
                    .map(Map.Entry::getKey)
                    .toList();
            if (free.isEmpty()) {
                return new Order(List.copyOf(ordered), circular(left));
            }
            ordered.addAll(free);
            free.forEach(left::remove);
        }
        return new Order(List.copyOf(ordered), Set.of());
    }

    List<Finding> findings() {
        Set<String> circle = order().circle();
        return circle.stream()
                .map(table -> new Finding(
                        table,
                        Severity.BLOCKS,
                        circle.size() == 1
                                ? "refers to itself by a foreign key"
                                : "is part of a circle of foreign keys: " + String.join(", ", circle),
                        "such rows cannot be copied in chunks yet; drop the foreign key for the transition"))
                .toList();
    }

    /** Of what could not be ordered, those on a circle; the others only hang below one. */
    private static Set<String> circular(Map<String, Set<String>> left) {
        Set<String> circle = new TreeSet<>();
        for (String table : left.keySet()) {
            if (reaches(left, table, table, new TreeSet<>())) {
                circle.add(table);
            }
        }
        return circle;
    }

    private static boolean reaches(Map<String, Set<String>> left, String from, String to, Set<String> seen) {
        for (String parent : left.getOrDefault(from, Set.of())) {
            if (parent.equals(to) || (seen.add(parent) && reaches(left, parent, to, seen))) {
                return true;
            }
        }
        return false;
    }
}
