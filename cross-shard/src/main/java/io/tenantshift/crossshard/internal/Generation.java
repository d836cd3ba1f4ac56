package io.tenantshift.crossshard.internal;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.apache.shardingsphere.broadcast.config.BroadcastRuleConfiguration;
import org.apache.shardingsphere.driver.api.ShardingSphereDataSourceFactory;
import org.apache.shardingsphere.infra.algorithm.core.config.AlgorithmConfiguration;
import org.apache.shardingsphere.infra.config.rule.RuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.ShardingRuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.rule.ShardingTableReferenceRuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.rule.ShardingTableRuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.strategy.sharding.HintShardingStrategyConfiguration;
import org.apache.shardingsphere.sharding.api.config.strategy.sharding.NoneShardingStrategyConfiguration;

/**
 * One ShardingSphere DataSource over a set of shards. Which of them a statement asks, and by which connections, is decided anew for each
 * statement; only another set of shards needs another generation. Retired, it lives until its last connection is given back. Safe for any
 * thread.
 */
final class Generation {
    private static final String ALGORITHM = "by_pinned_map";

    private final RouterServices services;
    private final Map<String, String> aliases;
    private final List<String> tables;
    private final DataSource dataSource;
    private int users;
    private boolean retired;

    private Generation(
            RouterServices services, Map<String, String> aliases, List<String> tables, DataSource dataSource) {
        this.services = services;
        this.aliases = aliases;
        this.tables = tables;
        this.dataSource = dataSource;
    }

    /** Starts one: seconds the first time in a JVM. */
    static Generation start(
            RouterServices services, Set<String> shards, Collection<TableGroup> groups, Collection<String> references)
            throws SQLException {
        Map<String, String> aliases = new TreeMap<>();
        for (String shard : new TreeSet<>(shards)) {
            // A shard's name may have characters that ShardingSphere's own little languages read as something else.
            aliases.put(shard, "d" + aliases.size());
        }
        List<String> tables = groups.stream()
                .flatMap(group -> group.tables().stream())
                .map(TableGroup::tableOf)
                .sorted()
                .toList();
        Map<String, DataSource> sources = new LinkedHashMap<>();
        List<ShardSource> made = new ArrayList<>();
        aliases.forEach((shard, alias) -> {
            ShardSource source = new ShardSource(services, shard, alias, tables.get(0));
            made.add(source);
            sources.put(alias, source);
        });
        DataSource dataSource = ShardingSphereDataSourceFactory.createDataSource(
                sources, rules(aliases.values(), tables, references), new Properties());
        made.forEach(ShardSource::serve);
        return new Generation(services, Collections.unmodifiableMap(aliases), tables, dataSource);
    }

    private static Collection<RuleConfiguration> rules(
            Collection<String> aliases, List<String> tables, Collection<String> references) {
        ShardingRuleConfiguration sharding = new ShardingRuleConfiguration();
        for (String table : tables) {
            List<String> nodes =
                    aliases.stream().map(alias -> alias + "." + table).toList();
            sharding.getTables().add(new ShardingTableRuleConfiguration(table, String.join(",", nodes)));
        }
        if (tables.size() > 1) {
            // Their rows of one tenant are on one shard: a join asks each shard once.
            sharding.getBindingTableGroups()
                    .add(new ShardingTableReferenceRuleConfiguration("tenants", String.join(",", tables)));
        }
        sharding.setDefaultDatabaseShardingStrategy(new HintShardingStrategyConfiguration(ALGORITHM));
        sharding.setDefaultTableShardingStrategy(new NoneShardingStrategyConfiguration());
        Properties algorithm = new Properties();
        algorithm.setProperty("strategy", "HINT");
        algorithm.setProperty("algorithmClassName", ByPinnedMap.class.getName());
        sharding.getShardingAlgorithms().put(ALGORITHM, new AlgorithmConfiguration("CLASS_BASED", algorithm));
        List<RuleConfiguration> rules = new ArrayList<>(List.of(sharding));
        if (!references.isEmpty()) {
            rules.add(new BroadcastRuleConfiguration(
                    references.stream().map(TableGroup::tableOf).toList()));
        }
        return rules;
    }

    /** The shards that it reaches. */
    Set<String> shards() {
        return aliases.keySet();
    }

    /** The tables on which a pin is to be set as a hint. */
    List<String> tables() {
        return tables;
    }

    /** A place for the connections of one logical connection. */
    Unit unit() {
        return new Unit(services, aliases);
    }

    /** ShardingSphere's connection. */
    Connection connect() throws SQLException {
        return dataSource.getConnection();
    }

    /** One user more; false if it is closed already. */
    synchronized boolean enter() {
        if (retired && users == 0) {
            return false;
        }
        users++;
        return true;
    }

    /** One user less. */
    void leave() {
        boolean last;
        synchronized (this) {
            users--;
            last = retired && users == 0;
        }
        if (last) {
            close();
        }
    }

    /** Nobody new comes. */
    void retire() {
        boolean idle;
        synchronized (this) {
            idle = !retired && users == 0;
            retired = true;
        }
        if (idle) {
            close();
        }
    }

    private void close() {
        try {
            if (dataSource instanceof AutoCloseable closeable) {
                closeable.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(
                    "router \"%s\": ShardingSphere over %s could not be closed".formatted(services.name(), shards()),
                    e);
        }
    }
}
