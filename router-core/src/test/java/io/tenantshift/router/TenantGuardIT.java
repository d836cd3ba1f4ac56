package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A statement whose text names another tenant than the thread works for is refused before it is sent. */
@Guarantee({"G8", "G9"})
@TenantShiftCluster(shards = 2, perMethod = true, ddl = TenantGuardIT.DDL)
class TenantGuardIT {
    static final String DDL = """
            create table orders (shop text not null, id integer not null, note text, primary key (shop, id));
            create table lines (shop text not null, order_id integer not null, line integer not null, primary key (shop, order_id, line));
            create table settings (name text primary key, value text);
            create sequence sent;
            create function sent() returns trigger language plpgsql as 'begin perform nextval(''sent''); return null; end';
            create trigger sent after insert or update or delete on orders for each statement execute function sent();
            """;

    private static final TableGroup SHOP = new TableGroup("shop", "shop", List.of("public.orders", "public.lines"));

    private final Cluster cluster;
    private TenantShiftDataSource router;

    TenantGuardIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        this.router = builder().build();
    }

    private TenantShiftDataSource.Builder builder() {
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
                .tableGroup(SHOP)
                .maximumPoolSize(4);
    }

    private void reopen(TenantShiftDataSource.Builder with) throws SQLException {
        router.close();
        router = with.build();
    }

    @AfterEach
    void close() {
        router.close();
    }

    private void nothingWasSent() throws SQLException {
        for (String shard : cluster.names()) {
            assertThat(cluster.queryLong(shard, "select count(*) from orders"))
                    .as(shard)
                    .isZero();
            assertThat(cluster.queryLong(shard, "select case when is_called then 1 else 0 end from sent"))
                    .as("statements on " + shard)
                    .isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into orders (shop, id) values ('bolt', 1)",
                "insert into orders (shop, id) values ('acme', 1), ('bolt', 1)",
                "insert into orders (id, shop) select 1, 'bolt'",
                "update orders set note = 'x' where shop = 'bolt'",
                "update orders set shop = 'bolt' where shop = 'acme' and id = 1",
                "update orders set note = 'x' where shop in ('acme', 'bolt')",
                "delete from orders where shop = 'bolt' and id = 1",
                "delete from orders using lines where lines.shop = 'bolt' and orders.shop = lines.shop",
                "with gone as (delete from orders where shop = 'bolt' returning id) select * from gone",
                "insert into orders (shop, id) values ('acme', 1) on conflict (shop, id) do update set shop = 'bolt'"
            })
    @Pitfall({19, 43})
    void aTextThatNamesAnotherTenantIsRefused(String sql) throws SQLException {
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement();
                var scope = TenantContext.enter("acme")) {
            assertThatThrownBy(() -> statement.execute(sql))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("[");
            assertThatThrownBy(() -> connection.prepareStatement(sql).execute())
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("it was not sent");
        }
        nothingWasSent();
    }

    @Test
    @Pitfall(43)
    void tenantsThatDifferByCaseOrSpaceAreOthers() throws SQLException {
        try (Connection connection = router.getConnection();
                PreparedStatement update = connection.prepareStatement("update orders set note = 'x' where shop = ?");
                var scope = TenantContext.enter("acme")) {
            for (String other : List.of("Acme", "acme ", "ACME", "", "a\u0301cme")) {
                update.setString(1, other);
                assertThatThrownBy(update::executeUpdate).as(other).isInstanceOf(StatementRefusedException.class);
            }
            update.setString(1, "acme");
            assertThat(update.executeUpdate()).isZero();
        }
    }

    @Test
    void theSameStatementIsCheckedAtEachExecutionByItsParameters() throws SQLException {
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement insert = connection.prepareStatement("insert into orders (id, shop) values (?, ?)")) {
            for (int i = 1; i <= 7; i++) {
                insert.setInt(1, i);
                insert.setObject(2, "acme");
                assertThat(insert.executeUpdate()).isEqualTo(1);
            }
            insert.setString(2, "bolt");
            assertThatThrownBy(insert::executeUpdate).isInstanceOf(StatementRefusedException.class);
            insert.setInt(1, 8);
            insert.setString(2, "acme");
            assertThat(insert.executeUpdate())
                    .as("the statement is as good as before")
                    .isEqualTo(1);
        }
        assertThat(cluster.queryLong("s0", "select count(*) from orders")).isEqualTo(8);
        assertThat(cluster.queryLong("s1", "select count(*) from orders")).isZero();
    }

    @Test
    void oneForeignEntryRefusesItsWholeBatch() throws SQLException {
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement insert = connection.prepareStatement("insert into orders (shop, id) values (?, ?)");
                Statement texts = connection.createStatement()) {
            for (int i = 1; i <= 3; i++) {
                insert.setString(1, i == 2 ? "bolt" : "acme");
                insert.setInt(2, i);
                insert.addBatch();
            }
            assertThatThrownBy(insert::executeBatch)
                    .isInstanceOf(StatementRefusedException.class)
                    .isNotInstanceOf(BatchUpdateException.class);
            texts.addBatch("insert into orders (shop, id) values ('acme', 1)");
            texts.addBatch("insert into orders (shop, id) values ('bolt', 2)");
            assertThatThrownBy(texts::executeBatch).isInstanceOf(StatementRefusedException.class);
            nothingWasSent();
            insert.setString(1, "acme");
            insert.setInt(2, 9);
            insert.addBatch();
            assertThat(insert.executeBatch()).containsExactly(1);
        }
    }

    @Test
    void aBatchThatIsRefusedHasNotBegunATransaction() throws SQLException {
        try (Connection connection = router.getConnection();
                Statement texts = connection.createStatement()) {
            connection.setAutoCommit(false);
            try (var scope = TenantContext.enter("acme")) {
                texts.executeUpdate("insert into orders (shop, id) values ('acme', 1)");
                connection.commit();
                texts.addBatch("insert into orders (shop, id) values ('acme', 2)");
                texts.addBatch("insert into orders (shop, id) values ('bolt', 2)");
                assertThatThrownBy(texts::executeBatch).isInstanceOf(StatementRefusedException.class);
                assertThatThrownBy(() -> texts.addBatch("select 1; select 2")).isInstanceOf(SQLException.class);
                assertThat(texts.executeBatch())
                        .as("what was refused was not added")
                        .isEmpty();
            }
            try (var scope = TenantContext.enter("bolt")) {
                assertThat(texts.executeUpdate("insert into orders (shop, id) values ('bolt', 1)"))
                        .isEqualTo(1);
                connection.rollback();
            }
        }
        assertThat(cluster.queryLong("s0", "select count(*) from orders")).isEqualTo(1);
    }

    @Test
    void aRefusalInsideATransactionLeavesTheTransactionAsItWas() throws SQLException {
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement();
                var scope = TenantContext.enter("acme")) {
            connection.setAutoCommit(false);
            statement.executeUpdate("insert into orders (shop, id) values ('acme', 1)");
            assertThatThrownBy(() -> statement.executeUpdate("insert into orders (shop, id) values ('bolt', 1)"))
                    .isInstanceOf(StatementRefusedException.class);
            statement.executeUpdate("insert into orders (shop, id) values ('acme', 2)");
            connection.commit();
        }
        assertThat(cluster.queryLong("s0", "select count(*) from orders")).isEqualTo(2);
    }

    @Test
    void theContextIsEnoughUnlessTheGuardIsStrict() throws SQLException {
        String unrestricted = "select count(*) from orders o join lines l on l.order_id = o.id where o.shop = ?";
        try (Connection connection = router.getConnection();
                PreparedStatement select = connection.prepareStatement(unrestricted);
                Statement statement = connection.createStatement();
                var scope = TenantContext.enter("acme")) {
            select.setString(1, "acme");
            select.executeQuery().close();
            statement.executeQuery("select count(*) from orders").close();
        }
        reopen(builder().guard(GuardMode.STRICT));
        try (Connection connection = router.getConnection();
                PreparedStatement select = connection.prepareStatement(unrestricted);
                PreparedStatement whole = connection.prepareStatement(
                        unrestricted.replace("on l.order_id", "on l.shop = o.shop and l.order_id"));
                Statement statement = connection.createStatement();
                var scope = TenantContext.enter("acme")) {
            select.setString(1, "acme");
            assertThatThrownBy(select::executeQuery)
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("strict");
            assertThatThrownBy(() -> statement.executeQuery("select count(*) from orders"))
                    .isInstanceOf(StatementRefusedException.class);
            whole.setString(1, "acme");
            whole.executeQuery().close();
            whole.setString(1, null);
            assertThatThrownBy(whole::executeQuery).isInstanceOf(StatementRefusedException.class);
            assertThatThrownBy(() -> statement.executeUpdate("insert into orders values ('acme', 1)"))
                    .as("without a column list nobody knows which value is the tenant")
                    .isInstanceOf(StatementRefusedException.class);
            statement.executeQuery("select * from settings").close();
        }
    }

    @Test
    void auditRefusesNothing() throws SQLException {
        reopen(builder().guard(GuardMode.AUDIT));
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement();
                var scope = TenantContext.enter("acme")) {
            assertThat(statement.executeUpdate("insert into orders (shop, id) values ('bolt', 1)"))
                    .isEqualTo(1);
            assertThat(statement.executeUpdate("update orders set note = 'x'")).isEqualTo(1);
        }
        assertThat(cluster.queryLong("s0", "select count(*) from orders where note = 'x'"))
                .isEqualTo(1);
    }
}
