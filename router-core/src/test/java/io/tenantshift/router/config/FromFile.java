package io.tenantshift.router.config;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.spi.ShardCredentials;
import io.tenantshift.router.spi.ShardMapSource;
import io.tenantshift.router.spi.TenantResolver;
import io.tenantshift.router.spi.WriteCapture;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.SqlFacts;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** All that a file can name, in one class: what is asked of it is noted. */
public final class FromFile
        implements TenantResolver, WriteCapture, ReadObserver, ShardCredentials, ShardMapSource, AutoCloseable {
    final List<String> noted = new CopyOnWriteArrayList<>();
    private volatile @Nullable RouterServices attached;

    /** As a configuration makes it. */
    public FromFile() {}

    @Override
    public @Nullable String currentTenant() {
        return "acme";
    }

    @Override
    public void attach(RouterServices services) {
        attached = services;
        noted.add("attached to " + services.name());
    }

    @Override
    public Plan plan(String shard, String sql, SqlFacts facts, KeysRequest keys) {
        return new Plan(sql, false, false);
    }

    @Override
    public @Nullable RowCollector begin(Read read) {
        return null;
    }

    @Override
    public Login login(String shard) {
        noted.add("login to " + shard);
        return new Login("postgres", null);
    }

    @Override
    public ShardMap current() {
        return ShardMap.version(5)
                .slots(0, ShardMap.SLOTS - 1, "legacy")
                .pin("acme", "s0")
                .build();
    }

    /** While the router still serves it, for it is its capture. */
    @Override
    public void close() throws SQLException {
        RouterServices services = attached;
        if (services != null) {
            try (Connection connection = services.connect("legacy")) {
                noted.add("closed, connected: " + connection.isValid(1));
            }
        } else {
            noted.add("closed");
        }
    }
}
