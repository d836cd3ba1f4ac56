package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.internal.Engine;
import java.sql.Connection;
import java.sql.ConnectionBuilder;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.ShardingKey;
import org.jspecify.annotations.Nullable;

/** JDBC's way to a connection with a sharding key: its tenant, whatever the thread's context. Not safe for concurrent use. */
public final class RoutedConnectionBuilder implements ConnectionBuilder {
    private final Engine engine;
    private boolean named;
    private @Nullable ShardingKey key;
    private @Nullable ShardingKey superKey;

    public RoutedConnectionBuilder(Engine engine) {
        this.engine = engine;
    }

    @Override
    public ConnectionBuilder user(String username) {
        named = true;
        return this;
    }

    @Override
    public ConnectionBuilder password(String password) {
        named = true;
        return this;
    }

    @Override
    public ConnectionBuilder shardingKey(@Nullable ShardingKey shardingKey) {
        key = shardingKey;
        return this;
    }

    @Override
    public ConnectionBuilder superShardingKey(@Nullable ShardingKey superShardingKey) {
        superKey = superShardingKey;
        return this;
    }

    @Override
    public Connection build() throws SQLException {
        if (named) {
            throw new SQLFeatureNotSupportedException(
                    "router \"%s\": users are configured by shard; no connection was opened; leave user and password out"
                            .formatted(engine.name()),
                    "0A000");
        }
        TenantShardingKey.refuseSuperKey(engine, superKey);
        return new RoutedConnection(engine, TenantShardingKey.tenant(engine, key));
    }
}
