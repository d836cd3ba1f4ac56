package io.tenantshift.crossshard.internal;

import io.tenantshift.router.spi.RouterServices;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.apache.shardingsphere.infra.hint.HintManager;
import org.jspecify.annotations.Nullable;

/**
 * A shard as ShardingSphere sees it: connections of the router's own pool for it, whichever that is now. While a generation starts they
 * are plain, for its look at the tables; afterwards there are none but for a pinned statement, and what it may send is read-only. Safe for
 * any thread. Public for ShardingSphere, which reads properties by reflection.
 */
public final class ShardSource implements DataSource {
    private final RouterServices services;
    private final String shard;
    private final String alias;
    private final String anyTable;
    private volatile boolean serving;

    /**
     * @param alias ShardingSphere's name for it
     * @param anyTable a table by whose hint a pinned statement is known
     */
    ShardSource(RouterServices services, String shard, String alias, String anyTable) {
        this.alias = alias;
        this.services = services;
        this.shard = shard;
        this.anyTable = anyTable;
    }

    /** By this ShardingSphere knows that it is PostgreSQL, and one shard from another. Nobody connects to it. */
    public String getUrl() {
        return "jdbc:postgresql://" + alias + ".shards.invalid:5432/" + alias;
    }

    /** ShardingSphere wants one. */
    public String getUsername() {
        return "by-the-router";
    }

    /** The start is over. */
    void serve() {
        serving = true;
    }

    @Override
    public Connection getConnection() throws SQLException {
        if (!serving) {
            return services.connect(shard);
        }
        Iterator<Comparable<?>> hints =
                HintManager.getDatabaseShardingValues(anyTable).iterator();
        if (!hints.hasNext() || !(hints.next() instanceof Pin pin)) {
            throw new SQLException(
                    "router \"%s\": a connection to shard \"%s\" was asked for outside a statement across tenants; none was opened"
                            .formatted(services.name(), shard),
                    "25000");
        }
        return pin.unit().lease(shard);
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger("io.tenantshift");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("a shard's source is not a wrapper for " + type.getName(), "0A000");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
