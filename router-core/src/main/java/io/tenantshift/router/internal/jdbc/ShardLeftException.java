package io.tenantshift.router.internal.jdbc;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

/** The shard was taken away after it was found and before it was reached: whoever wanted it looks again. */
public final class ShardLeftException extends SQLTransientConnectionException {
    private static final long serialVersionUID = 1L;

    ShardLeftException(String shard, SQLException cause) {
        super(
                "shard \"%s\" was removed from the router a moment ago; nothing was executed; retry".formatted(shard),
                "08001",
                cause);
    }
}
