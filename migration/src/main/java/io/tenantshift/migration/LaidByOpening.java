package io.tenantshift.migration;

import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** What the opening has laid, as the databases show it now. Safe for any thread. */
record LaidByOpening(RouterServices services, MovingTables tables, MigrationSettings settings)
        implements Readiness.Laid {
    @Override
    public boolean sequences(String one, String other) throws SQLException {
        return Sequences.prepared(services, tables.group(), Set.of(one, other));
    }

    @Override
    public List<String> triggers(Connection connection, String shard) throws SQLException {
        return new Guards(services, tables, settings).findings(connection, shard);
    }
}
