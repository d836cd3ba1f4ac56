package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions that are begun by a text, while JDBC believes in autocommit: what they have written is not lost on the way to another shard. */
@Guarantee("G1")
@TenantShiftCluster(shards = 1, perMethod = true, ddl = TablesLeftBehindIT.DDL)
final class TextTransactionIT {
    private final Cluster cluster;
    private TenantShiftDataSource router;
    private Connection connection;
    private Statement statement;

    TextTransactionIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void open() throws SQLException {
        router = TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy") + "&prepareThreshold=1")
                .shard("s0", cluster.url("s0") + "&prepareThreshold=1")
                .control("legacy")
                .shardMap(ShardMap.version(1)
                        .slots(0, ShardMap.SLOTS - 1, "legacy")
                        .pin("away", "s0")
                        .build())
                .legacyShard("legacy")
                .tableGroup(new TableGroup("items", "tenant_id", List.of("public.item")))
                .referenceTables(List.of("public.currency"))
                .maximumPoolSize(2)
                .build();
        connection = router.getConnection();
        statement = connection.createStatement();
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
        router.close();
    }

    private long rows(String tenant) throws SQLException {
        return cluster.queryLong("s0", "select count(*) from item where tenant_id = '" + tenant + "'")
                + cluster.queryLong("legacy", "select count(*) from item where tenant_id = '" + tenant + "'");
    }

    @Test
    void aStatementOfAnotherDatabaseIsRefusedAndTheTransactionStays() throws SQLException {
        try (var scope = TenantContext.enter("away")) {
            statement.execute("begin");
            statement.executeUpdate("insert into item values ('away', 1)");
            assertThatThrownBy(() -> statement.executeQuery("select site from visit"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContainingAll("\"s0\"", "\"legacy\"", "not sent");
            statement.executeUpdate("insert into item values ('away', 2)");
            statement.execute("commit");
            assertThat(rows("away")).isEqualTo(2);
            statement.executeQuery("select site from visit").close();
        }
    }

    @Test
    void anotherTenantsStatementIsRefusedAndTheTransactionStays() throws SQLException {
        try (var scope = TenantContext.enter("away")) {
            statement.execute("begin");
            statement.executeUpdate("insert into item values ('away', 1)");
            try (var other = TenantContext.enter("home")) {
                assertThatThrownBy(() -> statement.executeUpdate("insert into item values ('home', 1)"))
                        .isInstanceOf(TenantChangedException.class)
                        .hasMessageContainingAll("\"away\"", "\"home\"", "not sent");
            }
            statement.execute("commit");
        }
        assertThat(rows("away")).isEqualTo(1);
        assertThat(rows("home")).isZero();
    }

    @Test
    void aTenantWhoMovesMeanwhileIsToldToRunItAgain() throws SQLException {
        try (var scope = TenantContext.enter("away")) {
            statement.execute("begin");
            statement.executeUpdate("insert into item values ('away', 1)");
            // His rows are counted for nothing here; he has none anywhere else.
            router.shardMaps()
                    .adopt(
                            ShardMap.version(1)
                                    .slots(0, ShardMap.SLOTS - 1, "legacy")
                                    .pin("away", "s0")
                                    .build(),
                            "test",
                            "a test");
            ShardMap home = ShardMap.everyoneOn(2, "legacy");
            router.shardMaps().publish(home, "test", "a test");
            router.shardMaps()
                    .putInForce(
                            2,
                            io.tenantshift.router.control.ShardMaps.Moves.ONLY_TENANTS_WITHOUT_ROWS,
                            "test",
                            "a test");
            router.services().refreshTopology();
            assertThatThrownBy(() -> statement.executeUpdate("insert into item values ('away', 2)"))
                    .isInstanceOf(TenantMovedException.class)
                    .hasMessageContainingAll("away", "run it again")
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("40001");
            assertThat(rows("away")).as("nothing is written by half").isZero();
            statement.executeUpdate("insert into item values ('away', 3)");
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isEqualTo(1);
    }

    @Test
    void statementsThatAreLeftBehindAreClosed() throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("select id from item where tenant_id = ?")) {
            for (int i = 0; i < 20; i++) {
                for (String tenant : List.of("away", "home")) {
                    try (var scope = TenantContext.enter(tenant)) {
                        query.setString(1, tenant);
                        query.executeQuery().close();
                    }
                }
            }
            try (var scope = TenantContext.enter("away");
                    ResultSet prepared = statement.executeQuery("select count(*) from pg_prepared_statements")) {
                prepared.next();
                // And not one for each of the twenty times.
                assertThat(prepared.getInt(1)).isLessThan(10);
            }
        }
    }
}
