package io.tenantshift.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.shardingsphere.driver.api.yaml.YamlShardingSphereDataSourceFactory;

/** ShardingSphere-JDBC, told that both tables are spread over the shards by {@code tenant_id}. */
record Sharded(List<HikariDataSource> pools, DataSource dataSource) implements Service {
    static Sharded open(Site site) throws SQLException {
        Map<String, DataSource> sources = new TreeMap<>();
        List<String> shards = site.shards();
        for (int i = 0; i < shards.size(); i++) {
            sources.put(shards.get(i), Pools.open(shards.get(i), site.urls().get(i)));
        }
        List<HikariDataSource> pools =
                sources.values().stream().map(HikariDataSource.class::cast).toList();
        String rules = """
                rules:
                - !SINGLE
                  tables: ["*.*"]
                - !SHARDING
                  tables:
                %1$s
                  defaultDatabaseStrategy:
                    standard:
                      shardingColumn: tenant_id
                      shardingAlgorithmName: by_shard_map
                  defaultTableStrategy:
                    none:
                  shardingAlgorithms:
                    by_shard_map:
                      type: CLASS_BASED
                      props:
                        strategy: STANDARD
                        algorithmClassName: %2$s
                """.formatted(tables(site), ByShardMap.class.getName());
        try {
            return new Sharded(
                    pools,
                    YamlShardingSphereDataSourceFactory.createDataSource(
                            sources, rules.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new IllegalStateException("ShardingSphere cannot read its configuration", e);
        }
    }

    private static String tables(Site site) {
        return site.tables().stream()
                .map(table -> "    %1$s: {actualDataNodes: 's$->{0..%2$d}.%1$s'}"
                        .formatted(table, site.urls().size() - 1))
                .collect(Collectors.joining("\n"));
    }

    @Override
    public AutoCloseable enter(String tenant) {
        return NoScope.INSTANCE;
    }

    @Override
    public void close() throws SQLException {
        try {
            if (dataSource instanceof AutoCloseable closeable) {
                closeable.close();
            }
        } catch (SQLException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new SQLException(e);
        } finally {
            pools.forEach(HikariDataSource::close);
        }
    }
}
