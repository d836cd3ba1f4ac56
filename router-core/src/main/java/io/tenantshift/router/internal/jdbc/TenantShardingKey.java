package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.internal.Engine;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLType;
import java.sql.ShardingKey;
import java.sql.ShardingKeyBuilder;
import org.jspecify.annotations.Nullable;

/**
 * JDBC's sharding key as a tenant: one subkey, the tenant's id. There is no super sharding key.
 *
 * @param id as the caller gave it: text, a whole number or a UUID
 */
public record TenantShardingKey(Object id) implements ShardingKey {
    /** Collects the one subkey. Not safe for concurrent use. */
    public static final class Builder implements ShardingKeyBuilder {
        private @Nullable Object id;
        private boolean several;

        @Override
        public ShardingKeyBuilder subkey(Object subkey, SQLType subkeyType) {
            several |= id != null;
            id = subkey;
            return this;
        }

        @Override
        public ShardingKey build() throws SQLException {
            Object only = id;
            if (only == null || several) {
                throw new SQLException(
                        "a sharding key has %s; it must have one, the tenant's id; no key was made"
                                .formatted(only == null ? "no subkey" : "several subkeys"),
                        "22023");
            }
            return new TenantShardingKey(only);
        }
    }

    /** The tenant that a key names, in its one spelling; null for no key. */
    public static @Nullable String tenant(Engine engine, @Nullable ShardingKey key) throws SQLException {
        if (key == null) {
            return null;
        }
        String tenant =
                key instanceof TenantShardingKey ours ? engine.guard().type().canonical(ours.id) : null;
        if (tenant == null || tenant.isEmpty()) {
            throw new SQLException(
                    "router \"%s\": the sharding key is not a tenant's id of type %s; nothing was changed; make it with createShardingKeyBuilder().subkey(id, type)"
                            .formatted(engine.name(), engine.guard().type()),
                    "22023");
        }
        return tenant;
    }

    /** Refuses a super sharding key. */
    public static void refuseSuperKey(Engine engine, @Nullable ShardingKey superKey) throws SQLException {
        if (superKey != null) {
            throw new SQLFeatureNotSupportedException(
                    "router \"%s\": there are no super sharding keys; nothing was changed; give the tenant as the sharding key"
                            .formatted(engine.name()),
                    "0A000");
        }
    }
}
