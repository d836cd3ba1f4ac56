package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Routing by tenant where nothing moves, and what is refused. */
@TenantShiftCluster(shards = 2, perMethod = true, ddl = Moving.ITEMS)
class RoutingIT {
    private final Cluster cluster;
    private TenantShiftDataSource router;

    RoutingIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        this.router = open();
    }

    private TenantShiftDataSource open() throws SQLException {
        return TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .control("legacy")
                .shardMap(ShardMap.version(1)
                        .slots(0, ShardMap.SLOTS - 1, "legacy")
                        .pin("acme", "s0")
                        .pin("bolt", "s1")
                        .build())
                .maximumPoolSize(4)
                .build();
    }

    @BeforeEach
    void fill() throws SQLException {
        for (String shard : cluster.names()) {
            cluster.execute(shard, "insert into item (tenant_id, id, note) values ('where', 1, '" + shard + "')");
        }
    }

    @AfterEach
    void close() {
        router.close();
    }

    private static String where(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select note from item where tenant_id = 'where'")) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void eachTransactionGoesToTheShardOfTheThreadsTenant() throws SQLException {
        try (Connection connection = router.getConnection()) {
            try (var scope = TenantContext.enter("acme")) {
                assertThat(where(connection)).isEqualTo("s0");
            }
            try (var scope = TenantContext.enter("bolt")) {
                assertThat(where(connection)).isEqualTo("s1");
            }
            try (var scope = TenantContext.enter("anybody else")) {
                assertThat(where(connection)).isEqualTo("legacy");
            }
        }
    }

    @Test
    void aPreparedStatementIsExecutedForManyTenants() throws SQLException {
        try (Connection connection = router.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into item (tenant_id, id, n) values (?, ?, ?)")) {
            for (int i = 10; i < 30; i++) {
                String tenant = i % 2 == 0 ? "acme" : "bolt";
                try (var scope = TenantContext.enter(tenant)) {
                    insert.setString(1, tenant);
                    insert.setInt(2, i);
                    insert.setInt(3, i);
                    assertThat(insert.executeUpdate()).isEqualTo(1);
                }
            }
        }
        assertThat(cluster.queryLong("s0", "select count(*) from item where tenant_id = 'acme'"))
                .isEqualTo(10);
        assertThat(cluster.queryLong("s1", "select count(*) from item where tenant_id = 'bolt'"))
                .isEqualTo(10);
        assertThat(cluster.queryLong("legacy", "select count(*) from item where tenant_id <> 'where'"))
                .isZero();
    }

    @Test
    void aConnectionThatExecutesNothingCostsNothing() throws SQLException {
        try (Connection one = router.getConnection();
                Connection two = router.getConnection();
                Connection three = router.getConnection();
                Connection four = router.getConnection();
                Connection five = router.getConnection();
                var scope = TenantContext.enter("acme")) {
            one.setAutoCommit(false);
            two.setReadOnly(true);
            assertThat(where(five)).isEqualTo("s0");
        }
    }

    @Test
    @Guarantee("G8")
    @Pitfall(24)
    void withoutATenantNothingIsSent() throws SQLException {
        try (Connection connection = router.getConnection()) {
            assertThatThrownBy(() -> where(connection))
                    .isInstanceOf(NoTenantException.class)
                    .hasMessageContaining("without a tenant")
                    .hasMessageContaining("TenantContext.enter");
        }
    }

    @Test
    @Guarantee("G8")
    @Pitfall(24)
    void anotherThreadDoesNotInheritTheTenant() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (var scope = TenantContext.enter("acme")) {
            Callable<String> work = () -> {
                try (Connection connection = router.getConnection()) {
                    return where(connection);
                }
            };
            assertThat(executor.submit(TenantContext.wrap(work)).get()).isEqualTo("s0");
            assertThatThrownBy(() -> executor.submit(work).get()).hasCauseInstanceOf(NoTenantException.class);
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    @Guarantee("G8")
    @Pitfall(23)
    void aTenantThatChangesInsideATransactionIsRefusedAndTheTransactionGoesOn() throws SQLException {
        try (Connection connection = router.getConnection()) {
            connection.setAutoCommit(false);
            try (var scope = TenantContext.enter("acme");
                    Statement statement = connection.createStatement()) {
                statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
                try (var inner = TenantContext.enter("bolt")) {
                    assertThatThrownBy(() ->
                                    statement.executeUpdate("insert into item (tenant_id, id) values ('bolt', 1)"))
                            .isInstanceOf(TenantChangedException.class)
                            .hasMessageContaining("\"acme\"")
                            .hasMessageContaining("\"bolt\"");
                }
                statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 2)");
                connection.commit();
            }
            assertThat(cluster.queryLong("s0", "select count(*) from item where tenant_id = 'acme'"))
                    .isEqualTo(2);
            try (var scope = TenantContext.enter("bolt")) {
                assertThat(where(connection)).as("the next transaction is free").isEqualTo("s1");
            }
        }
    }

    @Test
    @Guarantee("G8")
    @Pitfall(22)
    void sessionStateOfOneTenantIsNeverSeenByAnother() throws SQLException {
        for (String tenant : new String[] {"first", "second", "third", "fourth", "fifth"}) {
            try (Connection connection = router.getConnection();
                    var scope = TenantContext.enter(tenant);
                    Statement statement = connection.createStatement()) {
                try (ResultSet row = statement.executeQuery("select current_setting('my.secret', true)")) {
                    row.next();
                    assertThat(row.getString(1)).isNullOrEmpty();
                }
                statement.execute("set my.secret = 'of " + tenant + "'");
                try (ResultSet row = statement.executeQuery("select current_setting('my.secret')")) {
                    row.next();
                    assertThat(row.getString(1)).isEqualTo("of " + tenant);
                }
            }
        }
    }

    @Test
    void allConfigurationMistakesAreToldAtOnce() {
        assertThatThrownBy(() -> TenantShiftDataSource.builder("")
                        .shard("a", "jdbc:mysql://x")
                        .control("nowhere")
                        .shardMap(ShardMap.everyoneOn(1, "b"))
                        .maximumPoolSize(1)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no name")
                .hasMessageContaining("jdbc:postgresql:")
                .hasMessageContaining("nowhere")
                .hasMessageContaining("[b]")
                .hasMessageContaining("maximumPoolSize is 1");
    }

    @Test
    void valuesKeysBatchesAndSavepointsBehaveAsUsual() throws SQLException {
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme")) {
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into item (tenant_id, id) values ('acme', ?)", Statement.RETURN_GENERATED_KEYS)) {
                insert.setInt(1, 1);
                assertThat(insert.executeUpdate()).isEqualTo(1);
                try (ResultSet keys = insert.getGeneratedKeys()) {
                    assertThat(keys.next()).isTrue();
                    assertThat(keys.getLong("serial")).isPositive();
                }
                insert.setInt(1, 2);
                insert.addBatch();
                insert.setInt(1, 3);
                insert.addBatch();
                assertThat(insert.executeBatch()).containsExactly(1, 1);
            }
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                var savepoint = connection.setSavepoint();
                statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 4)");
                connection.rollback(savepoint);
                statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 5)");
                connection.commit();
            }
        }
        assertThat(cluster.queryLong("s0", "select sum(id) from item where tenant_id = 'acme'"))
                .isEqualTo(1 + 2 + 3 + 5);
    }
}
