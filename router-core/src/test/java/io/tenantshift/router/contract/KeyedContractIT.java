package io.tenantshift.router.contract;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.Connection;
import java.sql.JDBCType;
import java.sql.SQLException;
import java.sql.ShardingKey;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.function.Executable;

/** No context: the tenant is the connection's sharding key. */
@Guarantee("G10")
final class KeyedContractIT extends RoutedContract {
    private static final Set<String> TOPICS = Set.of(
            "connection", "transaction", "savepoint", "statement", "batch", "cursor", "callable", "copy", "life cycle");

    private final DataSource keyed;

    KeyedContractIT(Cluster cluster) throws SQLException {
        super(cluster);
        ShardingKey key = router().createShardingKeyBuilder()
                .subkey(TENANT, JDBCType.VARCHAR)
                .build();
        this.keyed = new ConnectionsOf(router()) {
            @Override
            public Connection getConnection() throws SQLException {
                return router().createConnectionBuilder().shardingKey(key).build();
            }
        };
    }

    @Override
    protected DataSource subject() {
        return keyed;
    }

    @Override
    protected void aroundEach(Executable behaviour) throws Throwable {
        behaviour.execute();
    }

    @Override
    protected boolean isWanted(String behaviour) {
        return isOf(TOPICS, behaviour);
    }
}
