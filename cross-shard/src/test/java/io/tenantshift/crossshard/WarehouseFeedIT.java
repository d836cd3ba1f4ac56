package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The rule by which the documentation feeds a warehouse from the shards' replication streams, followed through a whole migration: whatever the
 * order in which the streams are read, the warehouse has what the tenants have written.
 */
final class WarehouseFeedIT {
    private static final TableGroup GROUP = new TableGroup("items", "tenant_id", List.of("public.item"));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TENANTS = 4;
    private static final Pattern LINE = Pattern.compile("table (public\\.item|tenantshift\\.fence): (\\w+): (.*)");
    private static final Pattern COLUMN = Pattern.compile("(\\w+)\\[[^\\]]+\\]:(?:'((?:[^']|'')*)'|(\\S+))");

    private final AtomicBoolean done = new AtomicBoolean();

    /** What a stream says. */
    private record Change(String shard, boolean ofFence, boolean isDelete, Map<String, String> columns) {
        String tenant() {
            return columns.getOrDefault("tenant_id", "");
        }

        String key() {
            return tenant() + " " + columns.getOrDefault("id", "");
        }

        long epoch() {
            return Long.parseLong(columns.getOrDefault("epoch", "0"));
        }
    }

    /** A row in the warehouse. Of a deleted one the epoch is kept. */
    private record Stored(@Nullable String n, long epoch) {}

    /** A consumer; with the rule, or one that believes all that it reads. */
    private static final class Warehouse {
        private final boolean byTheRule;
        private final ShardMap map;
        private final Map<String, Change> fences = new HashMap<>();
        private final Map<String, Stored> rows = new TreeMap<>();

        Warehouse(boolean byTheRule, ShardMap map) {
            this.byTheRule = byTheRule;
            this.map = map;
        }

        void read(Change change) {
            if (change.ofFence()) {
                fences.put(change.shard() + " " + change.tenant(), change);
                return;
            }
            Change fence = fences.get(change.shard() + " " + change.tenant());
            boolean counts = fence == null
                    ? map.shardOf(change.tenant()).equals(change.shard())
                    : "open".equals(fence.columns().get("state"));
            long epoch = fence == null ? 0 : fence.epoch();
            Stored stored = rows.get(change.key());
            if (byTheRule && (!counts || (stored != null && epoch < stored.epoch()))) {
                return;
            }
            rows.put(
                    change.key(),
                    new Stored(change.isDelete() ? null : change.columns().get("n"), epoch));
        }

        Map<String, String> content() {
            Map<String, String> content = new TreeMap<>();
            rows.forEach((key, stored) -> {
                if (stored.n() != null) {
                    content.put(key, stored.n());
                }
            });
            return content;
        }
    }

    @Test
    void byTheRuleTheWarehouseHasWhatTheTenantsHaveWrittenInWhateverOrderTheStreamsAreRead() throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of("wal_level", "logical"));
                Cluster cluster = Cluster.create(
                        server,
                        2,
                        "create table item (tenant_id text not null, id int not null, n bigint not null, primary key (tenant_id, id))")) {
            for (String shard : cluster.names()) {
                cluster.execute(
                        shard, "select pg_create_logical_replication_slot('%s', 'test_decoding')".formatted(shard));
            }
            ShardMap to = ShardMap.spread(2, List.of("s0", "s1"));
            move(cluster, to);
            Map<String, String> expected = new TreeMap<>();
            for (int i = 0; i < TENANTS; i++) {
                for (List<?> row : cluster.query(
                        to.shardOf("t" + i), "select id, n from item where tenant_id = 't%d'".formatted(i))) {
                    expected.put("t" + i + " " + row.get(0), String.valueOf(row.get(1)));
                }
            }
            assertThat(expected).hasSizeGreaterThan(TENANTS);
            Map<String, List<Change>> streams = new LinkedHashMap<>();
            for (String shard : cluster.names()) {
                streams.put(shard, changes(cluster, shard));
            }
            assertThat(streams.get("legacy")).isNotEmpty();

            ShardMap from = ShardMap.everyoneOn(1, "legacy");
            for (List<String> order : List.of(List.of("legacy", "s0", "s1"), List.of("s1", "s0", "legacy"))) {
                Warehouse warehouse = new Warehouse(true, from);
                order.forEach(shard -> streams.getOrDefault(shard, List.of()).forEach(warehouse::read));
                assertThat(warehouse.content()).as("%s", order).isEqualTo(expected);
            }
            for (int seed = 0; seed < 20; seed++) {
                Warehouse warehouse = new Warehouse(true, from);
                shuffled(streams, seed).forEach(warehouse::read);
                assertThat(warehouse.content()).as("seed %d", seed).isEqualTo(expected);
            }
            // Without the rule every row arrives twice, and what is deleted where it was left behind is gone.
            Warehouse naive = new Warehouse(false, from);
            List.of("s0", "s1", "legacy")
                    .forEach(shard -> streams.getOrDefault(shard, List.of()).forEach(naive::read));
            assertThat(naive.content()).isNotEqualTo(expected);
            assertThat(naive.content().keySet()).doesNotContainAnyElementsOf(expected.keySet());
            for (String shard : cluster.names()) {
                cluster.execute(shard, "select pg_drop_replication_slot('%s')".formatted(shard));
            }
        }
    }

    /** There, back, and there for good, with writers; then what was left behind is deleted. */
    private void move(Cluster cluster, ShardMap to) throws Exception {
        InMemoryPhaseFlags flags = new InMemoryPhaseFlags();
        try (DualWrite dualWrite = DualWrite.builder().build();
                TenantShiftDataSource router = TenantShiftDataSource.builder("items")
                        .shard("legacy", cluster.url("legacy"))
                        .shard("s0", cluster.url("s0"))
                        .shard("s1", cluster.url("s1"))
                        .control("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .tableGroup(GROUP)
                        .capture(dualWrite)
                        .build()) {
            for (int i = 0; i < TENANTS; i++) {
                change(
                        router,
                        "t" + i,
                        "insert into item select 't%d', id, 0 from generate_series(1, 4) id".formatted(i));
            }
            Actor<Boolean> writer = Actor.run("writer", () -> write(router));
            try {
                ThereBackAndThere.move(router, dualWrite, flags, GROUP, to);
            } finally {
                done.set(true);
                writer.await(PATIENCE);
            }
        }
        cluster.execute("legacy", "set tenantshift.applier = 'on'; delete from item");
    }

    private void write(TenantShiftDataSource router) throws SQLException {
        Random random = new Random(7);
        for (int i = 1; !done.get(); i++) {
            String tenant = "t" + random.nextInt(TENANTS);
            int id = 1 + random.nextInt(6);
            String sql = switch (random.nextInt(3)) {
                case 0 -> "delete from item where tenant_id = '%s' and id = %d and id > 2".formatted(tenant, id);
                case 1 ->
                    "insert into item values ('%s', %d, %d) on conflict (tenant_id, id) do nothing"
                            .formatted(tenant, id, i);
                default -> "update item set n = %d where tenant_id = '%s' and id = %d".formatted(i, tenant, id);
            };
            change(router, tenant, sql);
        }
    }

    private static void change(TenantShiftDataSource router, String tenant, String sql) throws SQLException {
        try (var scope = TenantContext.enter(tenant);
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        } catch (SQLException e) {
            if (!"40001".equals(e.getSQLState())) {
                throw e;
            }
        }
    }

    private static List<Change> changes(Cluster cluster, String shard) throws SQLException {
        List<Change> changes = new ArrayList<>();
        for (List<?> row : cluster.query(
                shard,
                "select data from pg_logical_slot_get_changes('%s', null, null, 'include-xids', '0', 'skip-empty-xacts', '1')"
                        .formatted(shard))) {
            Matcher line = LINE.matcher(String.valueOf(row.get(0)));
            if (line.matches()) {
                Map<String, String> columns = new HashMap<>();
                Matcher column = COLUMN.matcher(line.group(3));
                while (column.find()) {
                    columns.put(column.group(1), column.group(2) != null ? column.group(2) : column.group(3));
                }
                changes.add(new Change(
                        shard,
                        line.group(1).equals("tenantshift.fence"),
                        line.group(2).equals("DELETE"),
                        columns));
            }
        }
        return changes;
    }

    /** One order in which somebody might read them: each stream is in its own. */
    private static List<Change> shuffled(Map<String, List<Change>> streams, int seed) {
        Random random = new Random(seed);
        Map<String, Integer> read = new HashMap<>();
        List<String> shards = new ArrayList<>(streams.keySet());
        List<Change> all = new ArrayList<>();
        while (!shards.isEmpty()) {
            String shard = shards.get(random.nextInt(shards.size()));
            List<Change> stream = streams.getOrDefault(shard, List.of());
            int at = read.merge(shard, 1, Integer::sum) - 1;
            if (at < stream.size()) {
                all.add(stream.get(at));
            } else {
                shards.remove(shard);
            }
        }
        return all;
    }
}
