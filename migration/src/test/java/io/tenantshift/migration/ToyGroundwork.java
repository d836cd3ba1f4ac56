package io.tenantshift.migration;

import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;

/** The layout of {@link Moving}'s one table. */
record ToyGroundwork(RouterServices services) implements Groundwork {
    @Override
    public List<String> preflight(Transition transition) {
        return List.of();
    }

    @Override
    public void registerLayouts(Transition transition, Set<String> shards) throws SQLException {
        for (String shard : shards) {
            try (Connection connection = services.connect(shard);
                    Statement statement = connection.createStatement()) {
                statement.execute("""
                        insert into tenantshift.layout values
                        (1, 'public', 'acc', '{tenant_id,id,n}', '{text,integer,bigint}', '{tenant_id,id}', 'tenant_id')
                        on conflict do nothing""");
            }
        }
    }

    @Override
    public List<String> prepareSequences(Set<String> shards) {
        return List.of();
    }
}
