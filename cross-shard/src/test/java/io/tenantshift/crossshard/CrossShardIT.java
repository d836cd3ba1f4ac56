package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.crossshard.CrossShardRead.Outcome;
import io.tenantshift.router.NoTenantException;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Who may read across tenants, and who hears of it. */
@TenantShiftCluster(
        shards = 2,
        ddl = {
            "create table item (tenant_id text, id int, n int not null, primary key (tenant_id, id))",
            "create function poke() returns int language sql as 'insert into item values (''poked'', 1, 1) returning n'"
        })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CrossShardIT {
    private static final TableGroup ITEMS = new TableGroup("items", "tenant_id", List.of("public.item"));
    private static final String COUNT = "select count(*), sum(n) from item";

    private final List<CrossShardRead> heard = new CopyOnWriteArrayList<>();
    private TenantShiftDataSource router;
    private CrossShard cross;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        cluster.expectThreads("tenantshift-shop-");
        router = TenantShiftDataSource.builder("shop")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .control("legacy")
                .shardMap(ShardMap.spread(1, List.of("s0", "s1")))
                .tableGroup(ITEMS)
                .build();
        for (int i = 1; i <= 20; i++) {
            String tenant = "t" + i;
            try (var scope = TenantContext.enter(tenant);
                    Connection connection = router.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("insert into item values ('%s', 1, %d)".formatted(tenant, i));
            }
        }
        cross = CrossShard.over(router)
                .tableGroup(ITEMS)
                .allow("the nightly count", "select count(*) from item where n > 3")
                .audit(heard::add)
                .build();
        cross.warm().get();
    }

    @AfterAll
    void close() {
        cross.close();
        router.close();
    }

    @BeforeEach
    void forget() {
        heard.clear();
    }

    private static long one(CrossShard cross, String sql, int column) throws SQLException {
        try (Connection connection = cross.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getLong(column);
        }
    }

    @Test
    @Guarantee("G8")
    void withoutAScopeNothingIsSent() {
        assertThatThrownBy(() -> one(cross, COUNT, 1))
                .isInstanceOf(NoTenantException.class)
                .hasMessageContaining("acrossTenants");
        assertThat(heard).singleElement().satisfies(read -> {
            assertThat(read.outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(read.shards()).isEmpty();
        });
    }

    @Test
    @Guarantee("G8")
    void inAScopeItIsAnsweredAndTheReasonIsHeard() throws Exception {
        try (var across = TenantContext.acrossTenants("inventory of the year")) {
            assertThat(one(cross, COUNT, 1)).isEqualTo(20);
            assertThat(one(cross, COUNT, 2)).isEqualTo(210);
        }
        assertThat(heard).hasSize(2).allSatisfy(read -> {
            assertThat(read.reason()).isEqualTo("inventory of the year");
            assertThat(read.outcome()).isEqualTo(Outcome.ANSWERED);
            assertThat(read.shards()).containsExactlyInAnyOrder("s0", "s1");
            assertThat(read.mapVersion()).isEqualTo(1);
            assertThat(read.attempts()).isEqualTo(1);
        });
    }

    @Test
    @Guarantee("G8")
    void aTenantsScopeInsideTakesItAwayAndTheScopeInsideATenantsHasNoTenant() throws Exception {
        try (var across = TenantContext.acrossTenants("outer")) {
            try (var tenant = TenantContext.enter("t1")) {
                assertThat(TenantContext.reasonAcrossTenants()).isNull();
                assertThatThrownBy(() -> one(cross, COUNT, 1))
                        .isInstanceOf(StatementRefusedException.class)
                        .hasMessageContaining("in the scope of tenant \"t1\"");
                try (var inner = TenantContext.acrossTenants("inner")) {
                    assertThat(TenantContext.current()).isNull();
                    assertThat(one(cross, COUNT, 1)).isEqualTo(20);
                }
                assertThat(TenantContext.current()).isEqualTo("t1");
            }
            assertThat(TenantContext.reasonAcrossTenants()).isEqualTo("outer");
        }
        assertThat(TenantContext.reasonAcrossTenants()).isNull();
    }

    @Test
    @Guarantee("G8")
    void theRoutersOwnDataSourceStillRefusesAStatementWithoutATenant() throws Exception {
        try (var across = TenantContext.acrossTenants("a test");
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery(COUNT)).isInstanceOf(NoTenantException.class);
        }
    }

    @Test
    void aConfiguredShapeNeedsNoScope() throws Exception {
        assertThat(one(cross, "SELECT count(*)  FROM item WHERE n > 15 -- nightly", 1))
                .isEqualTo(5);
        assertThat(heard)
                .singleElement()
                .satisfies(read -> assertThat(read.reason()).isEqualTo("the nightly count"));
        assertThatThrownBy(() -> one(cross, "select count(*) from item where n < 15", 1))
                .isInstanceOf(NoTenantException.class);
    }

    @Test
    @Guarantee("G8")
    void nothingThatIsSentCanWrite(Cluster cluster) throws Exception {
        try (var across = TenantContext.acrossTenants("a test");
                Connection connection = cross.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql :
                    List.of("update item set n = 0", "select poke()", "delete from item", "select poke() from item")) {
                assertThatThrownBy(() -> statement.executeQuery(sql)).isInstanceOf(StatementRefusedException.class);
            }
            assertThatThrownBy(() -> statement.executeUpdate("update item set n = 0"))
                    .isInstanceOf(StatementRefusedException.class);
            assertThatThrownBy(() -> statement.addBatch("delete from item"))
                    .isInstanceOf(StatementRefusedException.class);
            assertThat(one(cross, COUNT, 2)).isEqualTo(210);
        }
    }

    @Test
    void aConnectionReadsWhatIsThereWhenEachStatementBegins(Cluster cluster) throws Exception {
        String shard = router.services().topology().map().shardOf("t1");
        try (var across = TenantContext.acrossTenants("a test");
                Connection connection = cross.getConnection();
                Statement statement = connection.createStatement()) {
            for (int n = 1; n <= 3; n++) {
                cluster.execute(shard, "insert into item values ('t1', %d, 0)".formatted(100 + n));
                try (ResultSet rows = statement.executeQuery("select count(*) from item where n = 0")) {
                    rows.next();
                    assertThat(rows.getLong(1)).isEqualTo(n);
                }
            }
        }
        cluster.execute(shard, "delete from item where n = 0");
    }

    @Test
    void aShardThatDoesNotAnswerAndThatNobodyNeedsIsLeftOut(Cluster cluster) throws Exception {
        try (TenantShiftDataSource own = TenantShiftDataSource.builder("gap")
                        .shard("s0", cluster.url("s0"))
                        .shard("s1", cluster.url("s1"))
                        .shard("gone", "jdbc:postgresql://localhost:1/gone?user=x&connectTimeout=1")
                        .connectionTimeout(Duration.ofMillis(500))
                        .control("s1")
                        .shardMap(ShardMap.spread(1, List.of("s0", "s1")))
                        .tableGroup(ITEMS)
                        .build();
                CrossShard gap =
                        CrossShard.over(own).tableGroup(ITEMS).audit(heard::add).build();
                var across = TenantContext.acrossTenants("a test")) {
            assertThat(one(gap, COUNT, 1)).isEqualTo(20);
            assertThat(one(gap, COUNT, 1)).isEqualTo(20);
        }
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        assertThatThrownBy(() -> CrossShard.over(router)
                        .referenceTables(List.of("other.t"))
                        .allow(" ", "select 1")
                        .maximumConcurrent(0)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("no table group", "other.t", "without a reason", "maximumConcurrent is 0");
    }
}
