package io.tenantshift.router.spi;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Says as whom a shard is connected to. Asked for each physical connection, so that what it answers may change while the service runs:
 * connections that are open stay open, those that follow use the new answer. May block for as long as opening a connection may. Must be
 * safe for any thread.
 */
@FunctionalInterface
public interface ShardCredentials {
    /**
     * As whom to connect now.
     *
     * @throws SQLException if that cannot be told; no connection is opened, and whoever waits for one sees the exception when his time is
     *     up
     */
    Login login(String shard) throws SQLException;

    /**
     * A user and his password. Its text has no password.
     *
     * @param user null for the one that the shard's URL or its configuration names
     * @param password null for none
     */
    record Login(@Nullable String user, @Nullable String password) {
        @Override
        public String toString() {
            return "Login[%s]".formatted(user);
        }
    }
}
