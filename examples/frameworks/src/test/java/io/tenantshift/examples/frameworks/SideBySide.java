package io.tenantshift.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A program for two tenants: on a plain pool per tenant, and through one router whose tenants live on different shards, both at once.
 * What it says must be the same, and what it leaves: a row on the wrong shard is one too many there.
 */
final class SideBySide {
    /** A tenant, the shard that the router finds it on, and the database that it is compared with. */
    private record Home(String tenant, String shard, String plain) {}

    private static final List<Home> HOMES = List.of(new Home("acme", "s0", "s2"), new Home("bolt", "s1", "s3"));

    private final Cluster cluster;

    SideBySide(Cluster cluster) {
        this.cluster = cluster;
    }

    void compare(Program program) throws Exception {
        List<List<String>> told = new ArrayList<>();
        for (Home home : HOMES) {
            try (HikariDataSource plain = pool(home.plain)) {
                told.add(program.run(plain, home.tenant));
            }
        }
        assertThat(told.get(0)).isEqualTo(told.get(1)).hasSizeGreaterThan(4);
        assertThat(routed(program)).isEqualTo(told);
        for (Home home : HOMES) {
            assertThat(rows(home.shard)).isEqualTo(rows(home.plain)).isNotEmpty();
        }
        assertThat(rows(Cluster.LEGACY)).isEmpty();
    }

    private List<List<String>> routed(Program program) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(HOMES.size());
        try (TenantShiftDataSource router = router()) {
            List<Future<List<String>>> running = new ArrayList<>();
            for (Home home : HOMES) {
                running.add(threads.submit(() -> {
                    try (var scope = TenantContext.enter(home.tenant)) {
                        return program.run(router, home.tenant);
                    }
                }));
            }
            List<List<String>> told = new ArrayList<>();
            for (Future<List<String>> each : running) {
                told.add(each.get());
            }
            return told;
        } finally {
            threads.shutdown();
        }
    }

    private TenantShiftDataSource router() throws SQLException {
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("frameworks")
                .control(Cluster.LEGACY)
                .maximumPoolSize(4)
                .shardMap(ShardMap.version(1)
                        .slots(0, ShardMap.SLOTS - 1, Cluster.LEGACY)
                        .pin("acme", "s0")
                        .pin("bolt", "s1")
                        .build());
        for (String shard : List.of(Cluster.LEGACY, "s0", "s1")) {
            builder.shard(shard, cluster.url(shard));
        }
        return builder.build();
    }

    HikariDataSource pool(String shard) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(cluster.url(shard));
        config.setMaximumPoolSize(4);
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }

    /** Every table of the programs with its rows, and where its sequences stand; not when a migration was run, nor for how long. */
    private Map<String, List<?>> rows(String shard) throws SQLException {
        Map<String, List<?>> all = new TreeMap<>();
        for (List<?> table : cluster.query(
                shard,
                "select relname, relkind from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'S')")) {
            String name = String.valueOf(table.get(0));
            String columns = switch (name) {
                case "flyway_schema_history" -> "installed_rank, version, description, script, checksum, success";
                default -> table.get(1).equals("S") ? "last_value, is_called" : "*";
            };
            all.put(
                    name,
                    cluster.query(
                            shard, "select t::text from (select %s from %s) t order by 1".formatted(columns, name)));
        }
        return all;
    }
}
