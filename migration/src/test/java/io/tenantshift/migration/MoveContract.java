package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

/** Tenant "acme" of a service on {@code legacy}, and all that is needed to move him to {@code s0} and back. */
abstract class MoveContract {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    final Cluster cluster;
    final InMemoryPhaseFlags flags = new InMemoryPhaseFlags();
    final TenantShiftDataSource dataSource;
    private final TableGroup group;
    private final DualWrite dualWrite = DualWrite.builder().build();

    MoveContract(Cluster cluster, TableGroup group) throws SQLException {
        this.cluster = cluster;
        this.group = group;
        this.dataSource = TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .capture(dualWrite)
                .build();
    }

    @AfterEach
    void close() {
        dualWrite.close();
        dataSource.close();
    }

    Migration.Builder migration() {
        return Migration.builder(dataSource.services(), dualWrite).tables(group).flags(flags);
    }

    /** The service writes. */
    void library(String... statements) throws SQLException {
        try (var scope = TenantContext.enter("acme");
                Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
