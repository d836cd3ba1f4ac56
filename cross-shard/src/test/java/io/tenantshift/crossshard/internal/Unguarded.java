package io.tenantshift.crossshard.internal;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.shardingsphere.infra.hint.HintManager;
import org.jspecify.annotations.Nullable;

/** ShardingSphere as this module runs it, without anybody who asks whether a statement may be sent. */
final class Unguarded implements AutoCloseable {
    private final RouterServices services;
    private final Set<String> shards;
    private final Generation generation;

    Unguarded(RouterServices services, Set<String> shards, Collection<TableGroup> groups, Collection<String> references)
            throws SQLException {
        this.services = services;
        this.shards = shards;
        this.generation = Generation.start(services, shards, groups, references);
    }

    List<List<@Nullable String>> rows(String sql, Object... parameters) throws SQLException {
        Unit unit = generation.unit();
        Pin pin = new Pin(services.topology(), shards, Set.of(), "", unit);
        unit.pin(pin);
        HintManager.clear();
        try (Connection connection = generation.connect();
                HintManager hints = HintManager.getInstance()) {
            generation.tables().forEach(table -> hints.addDatabaseShardingValue(table, pin));
            return Shop.rows(connection, sql, parameters);
        } finally {
            unit.close();
        }
    }

    @Override
    public void close() {
        generation.retire();
    }
}
