package io.tenantshift.router.internal;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A pool that is made at its first use, not before: a service knows many shards and needs few of them at once. Safe for any thread.
 */
public final class LazyPool implements AutoCloseable {
    private final HikariConfig config;
    private volatile @Nullable HikariDataSource pool;
    private boolean closed;

    public LazyPool(HikariConfig config) {
        this.config = config;
    }

    /**
     * The pool.
     *
     * @throws SQLException if it was closed before it was used (08003)
     */
    public HikariDataSource get() throws SQLException {
        HikariDataSource made = pool;
        return made != null ? made : make();
    }

    private synchronized HikariDataSource make() throws SQLException {
        HikariDataSource made = pool;
        if (made == null) {
            if (closed) {
                throw new SQLException(
                        "pool \"%s\" has been closed; nothing was executed".formatted(config.getPoolName()), "08003");
            }
            made = new HikariDataSource(config);
            pool = made;
        }
        return made;
    }

    /** Opens a connection that is none of the pool's, for who keeps one for long. */
    public Connection openOutside() throws SQLException {
        return config.getDataSource().getConnection();
    }

    /** Closes it for ever. */
    @Override
    public synchronized void close() {
        closed = true;
        HikariDataSource made = pool;
        if (made != null) {
            made.close();
        }
    }
}
