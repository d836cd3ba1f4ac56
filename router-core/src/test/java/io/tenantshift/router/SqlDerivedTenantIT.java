package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where no context says it, the statement's text says whose shard it goes to. */
@Guarantee("G8")
@TenantShiftCluster(shards = 2, perMethod = true, ddl = SqlDerivedTenantIT.DDL)
class SqlDerivedTenantIT {
    static final String DDL = """
            create table orders (shop bigint not null, id integer not null, note text, primary key (shop, id));
            create table lines (shop_id bigint not null, order_id integer not null, line integer not null, primary key (shop_id, order_id, line));
            create table documents (owner uuid not null, id integer not null, primary key (owner, id));
            create table settings (name text primary key, value text);
            """;

    private static final UUID ACME = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");

    private final Cluster cluster;
    private TenantShiftDataSource router;

    SqlDerivedTenantIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        Map<String, String> tables = new LinkedHashMap<>();
        tables.put("public.orders", "shop");
        tables.put("public.lines", "shop_id");
        this.router = builder()
                .tableGroup(new TableGroup("shop", TenantType.INTEGER, tables))
                .legacyShard("legacy")
                .build();
    }

    private TenantShiftDataSource.Builder builder() {
        return TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .control("legacy")
                .shardMap(ShardMap.version(1)
                        .slots(0, ShardMap.SLOTS - 1, "legacy")
                        .pin("7", "s0")
                        .pin("8", "s1")
                        .pin(ACME.toString(), "s1")
                        .build())
                .maximumPoolSize(4);
    }

    @BeforeEach
    void fill() throws SQLException {
        for (String shard : cluster.names()) {
            cluster.execute(
                    shard,
                    "insert into orders select shop, 1, '%s' from generate_series(7, 8) shop".formatted(shard),
                    "insert into lines select shop, 1, 1 from generate_series(7, 8) shop",
                    "insert into settings values ('where', '%s')".formatted(shard));
        }
    }

    @AfterEach
    void close() {
        router.close();
    }

    private static String only(ResultSet rows) throws SQLException {
        try (rows) {
            assertThat(rows.next()).isTrue();
            String value = rows.getString(1);
            assertThat(rows.next()).isFalse();
            return value;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select note from orders where shop = %s",
                "select note from orders where shop in (%s)",
                "select note from orders o where o.id = 1 and (o.shop = %s)",
                "select note from orders where shop = %s limit 1",
                "select o.note from orders o join lines l on l.shop_id = o.shop and l.order_id = o.id where o.shop = %s",
                "select o.note from orders o, lines l where l.shop_id = %s and o.shop = l.shop_id",
                "with mine as (select * from orders where shop = %s) select note from mine",
                "select x.note from (select note from orders where shop = %s) x",
                "select note from orders o where shop = %s and exists (select 1 from lines l where l.shop_id = o.shop)",
                "update orders set note = note where shop = %s returning note",
                "update orders set note = note from lines where shop_id = shop and shop = %s returning note",
                "delete from orders where shop = %s and id = 1 returning note"
            })
    void theTextSaysWhere(String template) throws SQLException {
        try (Connection connection = router.getConnection();
                Statement text = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement(template.formatted("?"))) {
            assertThat(only(text.executeQuery(template.formatted("7")))).isEqualTo("s0");
            if (!template.startsWith("delete")) {
                prepared.setInt(1, 8);
                assertThat(only(prepared.executeQuery())).isEqualTo("s1");
                prepared.setLong(1, 7);
                assertThat(only(prepared.executeQuery())).isEqualTo("s0");
                prepared.setObject(1, new BigDecimal("8.0"), Types.NUMERIC);
                assertThat(only(prepared.executeQuery())).isEqualTo("s1");
            }
        }
    }

    @Test
    void preparedOnceAndExecutedForManyTenantsInAnyOrder() throws SQLException {
        try (Connection connection = router.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into orders (id, shop, note) values (?, ?, ?)");
                PreparedStatement select =
                        connection.prepareStatement("select note from orders where id = ? and shop = ?")) {
            insert.setString(3, "set once, before anyone knew where it goes");
            for (int i = 10; i < 40; i++) {
                insert.setInt(1, i);
                insert.setInt(2, 7 + i % 2);
                assertThat(insert.executeUpdate()).isEqualTo(1);
            }
            for (int i = 10; i < 40; i++) {
                select.setInt(1, i);
                select.setInt(2, 7 + i % 2);
                assertThat(only(select.executeQuery())).startsWith("set once");
            }
        }
        assertThat(cluster.queryLong("s0", "select count(*) from orders where shop = 7 and id >= 10"))
                .isEqualTo(15);
        assertThat(cluster.queryLong("s1", "select count(*) from orders where shop = 8 and id >= 10"))
                .isEqualTo(15);
        assertThat(cluster.queryLong("s0", "select count(*) from orders where shop = 8 and id >= 10"))
                .isZero();
    }

    @Test
    void aTransactionBelongsToTheTenantOfItsFirstStatement() throws SQLException {
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.executeUpdate("insert into orders (shop, id) values (7, 2), (7, 3)");
            statement.executeUpdate("update lines set line = 2 where shop_id = 7");
            assertThatThrownBy(() -> statement.executeUpdate("delete from orders where shop = 8"))
                    .isInstanceOf(TenantChangedException.class);
            assertThatThrownBy(() -> statement.executeQuery("select * from settings"))
                    .as("it stays on the legacy shard")
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("\"s0\"")
                    .hasMessageContaining("\"legacy\"");
            assertThat(only(statement.executeQuery("select current_database()")))
                    .isEqualTo(cluster.database("s0"));
            connection.commit();
            statement.executeUpdate("delete from orders where shop = 8");
            connection.rollback();
        }
        assertThat(cluster.queryLong("s0", "select count(*) from orders where shop = 7"))
                .isEqualTo(3);
        assertThat(cluster.queryLong("s1", "select count(*) from orders where shop = 8"))
                .isEqualTo(1);
    }

    @Test
    void aBatchOfOneTenantGoesThereAndOneOfTwoIsRefused() throws SQLException {
        try (Connection connection = router.getConnection();
                PreparedStatement insert = connection.prepareStatement("insert into orders (shop, id) values (?, ?)")) {
            for (int i = 10; i < 15; i++) {
                insert.setLong(1, 8);
                insert.setInt(2, i);
                insert.addBatch();
            }
            assertThat(insert.executeBatch()).hasSize(5).containsOnly(1);
            insert.setLong(1, 7);
            insert.addBatch();
            insert.setLong(1, 8);
            insert.addBatch();
            assertThatThrownBy(insert::executeBatch)
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("\"7\"")
                    .hasMessageContaining("\"8\"");
        }
        assertThat(cluster.queryLong("s1", "select count(*) from orders where shop = 8"))
                .isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from orders",
                "select * from orders where shop = 7 or id = 1",
                "select * from orders where shop > 7",
                "select * from orders where shop in (7, 8)",
                "select * from orders where not shop = 7",
                "select * from orders o join lines l on l.order_id = o.id where o.shop = 7",
                "select * from orders where shop = (select 7)",
                "select * from orders where shop = null",
                "insert into orders values (7, 9)",
                "insert into orders (shop, id) values (7, 9), (8, 9)",
                "truncate orders",
                "select 1; delete from orders"
            })
    void aTextThatDoesNotSayForWhomIsRefused(String sql) throws SQLException {
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute(sql))
                    .isInstanceOfAny(NoTenantException.class, StatementRefusedException.class)
                    .hasMessageContaining("it was not sent");
        }
        for (String shard : cluster.names()) {
            assertThat(cluster.queryLong(shard, "select count(*) from orders")).isEqualTo(2);
        }
    }

    @Test
    void aParameterThatIsNullNamesNobody() throws SQLException {
        try (Connection connection = router.getConnection();
                PreparedStatement select = connection.prepareStatement("select * from orders where shop = ?")) {
            select.setNull(1, Types.BIGINT);
            assertThatThrownBy(select::executeQuery).isInstanceOf(NoTenantException.class);
            select.setString(1, "seven");
            assertThatThrownBy(select::executeQuery).isInstanceOf(NoTenantException.class);
        }
    }

    @Test
    void tablesOutsideEveryGroupAndStatementsWithoutATableAreServedByTheLegacyShard() throws SQLException {
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(only(statement.executeQuery("select value from settings")))
                    .isEqualTo("legacy");
            assertThat(only(statement.executeQuery("select current_database()")))
                    .isEqualTo(cluster.database("legacy"));
            try (var scope = TenantContext.enter("7")) {
                assertThat(only(statement.executeQuery("select value from settings")))
                        .isEqualTo("legacy");
                assertThat(only(statement.executeQuery("select current_database()")))
                        .isEqualTo(cluster.database("s0"));
            }
        }
    }

    @Test
    void aTransactionThatBeganWithoutATenantIsNotTakenToAnotherDatabase() throws SQLException {
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.executeQuery("select value from settings").close();
            assertThatThrownBy(() -> statement.executeUpdate("delete from orders where shop = 7"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("\"legacy\"")
                    .hasMessageContaining("\"s0\"");
            statement.executeUpdate("insert into orders (shop, id) values (100, 1)");
            connection.commit();
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from orders where shop = 100"))
                .isEqualTo(1);
    }

    @Test
    void theContextCountsInOneSpellingToo() throws SQLException {
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement();
                PreparedStatement select = connection.prepareStatement("select note from orders where shop = ?")) {
            for (String spelling : new String[] {"7", "007", "+7"}) {
                try (var scope = TenantContext.enter(spelling)) {
                    assertThat(only(statement.executeQuery("select note from orders where shop = 7")))
                            .isEqualTo("s0");
                    select.setString(1, "0007");
                    assertThatThrownBy(() -> {
                                select.setInt(1, 8);
                                select.executeQuery();
                            })
                            .isInstanceOf(StatementRefusedException.class);
                    select.setShort(1, (short) 7);
                    assertThat(only(select.executeQuery())).isEqualTo("s0");
                }
            }
            try (var scope = TenantContext.enter("seven")) {
                assertThatThrownBy(() -> statement.executeQuery("select note from orders"))
                        .isInstanceOf(NoTenantException.class)
                        .hasMessageContaining("integer");
            }
        }
    }

    @Test
    void uuidsAreTenantsHoweverTheyAreWritten() throws SQLException {
        router.close();
        router = builder()
                .tableGroup(new TableGroup("documents", TenantType.UUID, Map.of("public.documents", "owner")))
                .build();
        String upper = ACME.toString().toUpperCase(java.util.Locale.ROOT);
        try (Connection connection = router.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into documents (owner, id) values (?, ?)");
                PreparedStatement cast =
                        connection.prepareStatement("insert into documents (owner, id) values (?::uuid, ?)");
                Statement statement = connection.createStatement()) {
            insert.setObject(1, ACME);
            insert.setInt(2, 1);
            insert.executeUpdate();
            cast.setString(1, "{" + upper + "}");
            cast.setInt(2, 2);
            cast.executeUpdate();
            statement.executeUpdate("insert into documents (owner, id) values ('%s', 3)".formatted(upper));
            statement.executeUpdate("update documents set id = 4 where owner = '%s'::uuid and id = 3".formatted(ACME));
        }
        assertThat(cluster.queryLong("s1", "select sum(id) from documents")).isEqualTo(7);
    }

    @FunctionalInterface
    private interface Setting {
        void of(PreparedStatement statement) throws SQLException;
    }

    /** To the database many of them are shop 8: it rounds and casts, and so does its driver. */
    private static List<Setting> unreadable() {
        return List.of(
                statement -> statement.setDouble(1, 8.0),
                statement -> statement.setFloat(1, 8.0f),
                statement -> statement.setObject(1, 8.0),
                statement -> statement.setObject(1, new BigDecimal("8.4"), Types.INTEGER),
                statement -> statement.setObject(1, "0x8", Types.OTHER),
                statement -> statement.setBoolean(1, true),
                statement -> statement.setBytes(1, new byte[] {8}),
                statement -> statement.setCharacterStream(1, new StringReader("8")));
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void aTenantThatCannotBeReadIsRefusedInAnothersScope(Setting setting) throws SQLException {
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("7");
                PreparedStatement select =
                        connection.prepareStatement("select note from orders where shop = ?::bigint")) {
            setting.of(select);
            assertThatThrownBy(select::executeQuery)
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("for tenant \"7\" and names one by a value of")
                    .hasMessageContaining("it was not sent");
            select.setNull(1, Types.BIGINT);
            try (ResultSet nobody = select.executeQuery()) {
                assertThat(nobody.next()).isFalse();
            }
        }
    }
}
