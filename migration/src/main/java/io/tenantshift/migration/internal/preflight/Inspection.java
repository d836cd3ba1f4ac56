package io.tenantshift.migration.internal.preflight;

import io.tenantshift.migration.Preflight.Finding;
import io.tenantshift.migration.Preflight.Severity;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One run of the preflight: reads every shard under one snapshot, then compares. Confined to its caller. */
public final class Inspection {
    /** What one shard shows. */
    private record Seen(
            Database database,
            Shape shape,
            List<FedColumn> fed,
            List<Probe.Row> uniqueWithoutTenant,
            List<Finding> own) {
        String shard() {
            return database.shard();
        }
    }

    private Inspection() {}

    /** All findings, what blocks first; a finding that several shards share is one. */
    public static List<Finding> of(
            RouterServices services, TableGroup group, Set<String> byTrigger, Collection<String> shards)
            throws SQLException {
        List<Seen> all = new ArrayList<>();
        for (String shard : shards) {
            try (Connection connection = services.connect(shard)) {
                all.add(look(shard, connection, group, byTrigger));
            }
        }
        List<Finding> findings = new ArrayList<>(databases(all));
        findings.addAll(missing(group, all));
        findings.addAll(merged(all));
        for (Seen other : all.subList(1, all.size())) {
            findings.addAll(all.get(0).shape().differences(other.shape()));
        }
        findings.addAll(uniques(all));
        findings.addAll(sequences(all));
        findings.sort(Comparator.comparing(Finding::severity).thenComparing(Finding::table));
        return findings;
    }

    private static Seen look(String shard, Connection connection, TableGroup group, Set<String> byTrigger)
            throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("set transaction isolation level repeatable read, read only");
            // So that types and definitions are shown with their schemas, the same on every shard.
            statement.execute("set local search_path to pg_catalog");
            Database database = Database.read(shard, connection);
            List<Finding> own = new ArrayList<>();
            if (database.version() >= Database.OLDEST) {
                List<Probe> probes = Stream.of(TableProbes.ALL, ColumnProbes.ALL, ConstraintProbes.ALL)
                        .flatMap(List::stream)
                        .toList();
                for (Probe probe : probes) {
                    for (Probe.Row row : Probe.query(connection, group, byTrigger, probe.sql())) {
                        own.add(new Finding(
                                row.table(),
                                probe.severity(),
                                row.values().get(0),
                                probe.wayOut(),
                                probe.captureByTrigger()));
                    }
                }
                own.addAll(ForeignKeys.read(connection, group).findings());
            }
            return new Seen(
                    database,
                    Shape.read(shard, connection, group),
                    FedColumn.read(connection, group),
                    Probe.query(connection, group, ConstraintProbes.UNIQUE_WITHOUT_TENANT),
                    own);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private static List<Finding> databases(List<Seen> all) {
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Database database = all.get(i).database();
            findings.addAll(database.findings());
            for (Seen earlier : all.subList(0, i)) {
                findings.addAll(database.conflicts(earlier.database()));
            }
        }
        return findings;
    }

    private static List<Finding> missing(TableGroup group, List<Seen> all) {
        List<Finding> findings = new ArrayList<>();
        for (String table : group.tables()) {
            String without = all.stream()
                    .filter(seen -> !seen.shape().has(table))
                    .map(Seen::shard)
                    .collect(Collectors.joining(", "));
            if (!without.isEmpty()) {
                findings.add(new Finding(
                        table, Severity.BLOCKS, "on %s: does not exist".formatted(without), "create it there first"));
            }
        }
        return findings;
    }

    /** Each shard's own findings; the same finding of several shards is told once. */
    private static List<Finding> merged(List<Seen> all) {
        Map<Finding, List<String>> shards = new LinkedHashMap<>();
        for (Seen seen : all) {
            for (Finding finding : seen.own()) {
                shards.computeIfAbsent(finding, f -> new ArrayList<>()).add(seen.shard());
            }
        }
        List<Finding> findings = new ArrayList<>();
        shards.forEach((finding, on) -> findings.add(new Finding(
                finding.table(),
                finding.severity(),
                "on %s: %s".formatted(String.join(", ", on), finding.what()),
                finding.wayOut(),
                finding.captureByTrigger())));
        return findings;
    }

    /** Unique keys without the tenant column hold across databases only if a sequence with disjoint ranges feeds one of their columns. */
    private static List<Finding> uniques(List<Seen> all) {
        Map<String, List<String>> columns = new LinkedHashMap<>();
        Map<String, String> tables = new LinkedHashMap<>();
        for (Seen seen : all) {
            for (Probe.Row row : seen.uniqueWithoutTenant()) {
                String index = "on %s: unique index \"%s\" lacks the tenant column"
                        .formatted(seen.shard(), row.values().get(0));
                columns.computeIfAbsent(index, i -> new ArrayList<>())
                        .add(row.values().get(1));
                tables.put(index, row.table());
            }
        }
        List<Finding> findings = new ArrayList<>();
        columns.forEach((index, of) -> {
            String table = tables.getOrDefault(index, "");
            if (of.stream().noneMatch(column -> isDisjoint(all, table, column))) {
                findings.add(
                        new Finding(
                                table,
                                Severity.BLOCKS,
                                index,
                                "two databases could each accept the same value; add the tenant column, or feed it by a sequence and run Sequences.prepare"));
            }
        });
        return findings;
    }

    private static List<Finding> sequences(List<Seen> all) {
        List<Finding> findings = new ArrayList<>();
        all.stream()
                .flatMap(seen -> seen.fed().stream())
                .map(fed -> new TableColumn(fed.table(), fed.column()))
                .distinct()
                .filter(fed -> !isDisjoint(all, fed.table(), fed.column()))
                .forEach(
                        fed -> findings.add(
                                new Finding(
                                        fed.table(),
                                        Severity.WARNS,
                                        "column \"%s\" is fed by sequences whose ranges are not disjoint on all shards"
                                                .formatted(fed.column()),
                                        "run Sequences.prepare before the first cutover, or new rows collide with those that moved in")));
        return findings;
    }

    private record TableColumn(String table, String column) {}

    /** Whether on every shard a sequence feeds the column, and no two of them can give the same value. */
    private static boolean isDisjoint(List<Seen> all, String table, String column) {
        List<FedColumn> feeding = new ArrayList<>();
        for (Seen seen : all) {
            List<FedColumn> here = seen.fed().stream()
                    .filter(fed -> fed.table().equals(table) && fed.column().equals(column))
                    .toList();
            if (here.isEmpty()
                    || here.stream().anyMatch(fed -> !feeding.stream().allMatch(fed::isDisjoint))) {
                return false;
            }
            feeding.addAll(here);
        }
        return true;
    }
}
