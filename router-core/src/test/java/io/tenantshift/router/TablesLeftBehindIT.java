package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.audit.Audit;
import io.tenantshift.router.audit.AuditReport;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Onboarding table by table: some tables belong to tenants, some every shard has, the others only the legacy shard has. */
@Guarantee("G9")
@TenantShiftCluster(shards = 1, perMethod = true, ddl = TablesLeftBehindIT.DDL)
class TablesLeftBehindIT {
    static final String DDL = """
            create table item (tenant_id text, id integer, currency text, site text, primary key (tenant_id, id));
            create table currency (code text primary key, site text);
            create table visit (id integer primary key, item_id integer, site text);
            """;

    private final Cluster cluster;
    private TenantShiftDataSource router;
    private Connection connection;
    private Statement statement;

    TablesLeftBehindIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void open() throws SQLException {
        for (String shard : cluster.names()) {
            cluster.execute(
                    shard,
                    "insert into item select t, id, 'EUR', '%s' from unnest(array['home', 'away']) t, generate_series(1, 2) id"
                            .formatted(shard),
                    "insert into currency values ('EUR', '%s')".formatted(shard),
                    "insert into visit values (1, 1, '%s')".formatted(shard));
        }
        router = TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
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

    private String site(String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }

    @Test
    void aTableOutsideTheGroupIsOnTheLegacyShardWhoeverTheTenantIs() throws SQLException {
        for (String tenant : List.of("home", "away")) {
            try (var scope = TenantContext.enter(tenant)) {
                assertThat(site("select site from visit")).isEqualTo("legacy");
                assertThat(site("select site from public.visit v where exists (select 1 from visit)"))
                        .isEqualTo("legacy");
                assertThat(statement.executeUpdate("update visit set site = site"))
                        .isEqualTo(1);
            }
        }
        assertThat(site("select site from visit")).isEqualTo("legacy");
    }

    @Test
    void aStreamForATableThatStayedBehindIsReadOnceAndThere() throws SQLException {
        for (String tenant : List.of("home", "away")) {
            try (var scope = TenantContext.enter(tenant);
                    PreparedStatement insert =
                            connection.prepareStatement("insert into visit (id, item_id, site) values (?, 1, ?)")) {
                int first = tenant.equals("home") ? 10 : 20;
                for (int id = first; id < first + 4; id++) {
                    insert.setInt(1, id);
                    insert.setCharacterStream(2, new StringReader("site " + id));
                    if (id < first + 2) {
                        assertThat(insert.executeUpdate()).isEqualTo(1);
                    } else {
                        insert.addBatch();
                    }
                }
                assertThat(insert.executeBatch()).containsExactly(1, 1);
                assertThat(site("select site from item where tenant_id = '" + tenant + "' and id = 1"))
                        .isEqualTo(tenant.equals("home") ? "legacy" : "s0");
            }
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from visit where site = 'site ' || id"))
                .isEqualTo(8);
        assertThat(cluster.queryLong("s0", "select count(*) from visit")).isEqualTo(1);
    }

    /** As with the driver: what is executed in between does not touch what was added, and is not touched by it. */
    @Test
    void whatWasAddedToAPreparedBatchIsExecutedThoughTheConnectionWasElsewhereMeanwhile() throws SQLException {
        String here = "select site from item where tenant_id = 'away' and id = 1";
        try (var scope = TenantContext.enter("away")) {
            assertThat(site(here)).isEqualTo("s0");
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into item (tenant_id, id, currency, site) values ('away', ?, 'EUR', ?)")) {
                add(insert, 11);
                assertThat(site("select site from visit")).isEqualTo("legacy");
                assertThat(site(here)).isEqualTo("s0");
                add(insert, 12);
                assertThat(insert.executeBatch()).containsExactly(1, 1);
                add(insert, 13);
                assertThat(site("select site from visit")).isEqualTo("legacy");
                assertThat(site(here)).isEqualTo("s0");
                insert.setInt(1, 14);
                assertThat(insert.executeBatch()).containsExactly(1);
                assertThat(insert.executeUpdate()).isEqualTo(1);
            }
        }
        assertThat(cluster.queryLong("s0", "select count(*) from item where id between 11 and 14 and site = 'batch'"))
                .isEqualTo(4);
    }

    private static void add(PreparedStatement insert, int id) throws SQLException {
        insert.setInt(1, id);
        insert.setString(2, "batch");
        insert.addBatch();
    }

    @Test
    void whatWasAddedToABatchOfTextsIsExecutedThoughTheConnectionWasElsewhereMeanwhile() throws SQLException {
        String here = "select site from item where tenant_id = 'away' and id = 1";
        try (var scope = TenantContext.enter("away");
                Statement other = connection.createStatement()) {
            for (int id = 11; id < 15; id++) {
                assertThat(site(here)).isEqualTo("s0");
                statement.addBatch("insert into item values ('away', %d, 'EUR', 'batch')".formatted(id));
                other.executeQuery("select site from visit").close();
                assertThat(statement.executeUpdate("update item set site = site where tenant_id = 'away' and id = 1"))
                        .isEqualTo(1);
                if (id % 2 == 0) {
                    assertThat(statement.executeBatch()).containsExactly(1, 1);
                }
            }
        }
        assertThat(cluster.queryLong("s0", "select count(*) from item where site = 'batch'"))
                .isEqualTo(4);
    }

    @Test
    void aReferenceTableIsReadWhereTheTenantIs() throws SQLException {
        try (var scope = TenantContext.enter("away")) {
            assertThat(site("select site from currency")).isEqualTo("s0");
            assertThat(site("select c.site from item i join public.currency c on c.code = i.currency where i.id = 1"))
                    .isEqualTo("s0");
            assertThat(statement.executeUpdate(
                            "insert into item select 'away', 3, code, site from currency where code = 'EUR'"))
                    .isEqualTo(1);
            assertThat(site("select c.site from currency c for share")).isEqualTo("s0");
        }
        assertThat(site("select site from currency")).isEqualTo("legacy");
        assertThat(cluster.queryLong("s0", "select count(*) from item")).isEqualTo(5);
    }

    @Test
    void theAuditNamesWhatWillNeedTwoDatabasesAndNothingElse() throws SQLException {
        Audit audit = new Audit();
        try (TenantShiftDataSource monolith = TenantShiftDataSource.builder("audited")
                        .shard("legacy", cluster.url("legacy"))
                        .control("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .legacyShard("legacy")
                        .tableGroup(new TableGroup("items", "tenant_id", List.of("public.item")))
                        .referenceTables(List.of("public.currency"))
                        .guard(GuardMode.AUDIT)
                        .audit(audit)
                        .build();
                Connection audited = monolith.getConnection();
                Statement each = audited.createStatement();
                var scope = TenantContext.enter("home")) {
            each.executeQuery("select 1 from item i join visit v on v.item_id = i.id where i.tenant_id = 'home'");
            each.executeQuery("select 1 from item i join currency c on c.code = i.currency where i.tenant_id = 'home'");
            each.executeQuery("select 1 from item where tenant_id = 'home'");
            each.executeQuery("select 1 from visit");
            each.executeUpdate("update item set site = (select max(site) from visit) where tenant_id = 'home'");
        }
        AuditReport report = audit.report(ShardMap.everyoneOn(1, "legacy"));
        assertThat(report.mixing()).isEqualTo(2);
        assertThat(report.toFix()).hasSize(2).allSatisfy(statement -> {
            assertThat(statement.tablesOfTenants()).containsExactly("item");
            assertThat(statement.tablesLeftBehind()).containsExactly("visit");
            assertThat(statement.fix()).startsWith("it needs the tenants' item and visit, which stays on");
        });
    }

    @Test
    void aReferenceTableIsWrittenOnTheLegacyShard() throws SQLException {
        try (var scope = TenantContext.enter("away")) {
            statement.executeUpdate("insert into currency values ('CHF', 'new')");
            statement.executeUpdate("update currency set site = 'changed' where code = 'EUR'");
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from currency where site in ('new', 'changed')"))
                .isEqualTo(2);
        assertThat(cluster.queryLong("s0", "select count(*) from currency")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select i.site from item i join visit v on v.item_id = i.id where i.tenant_id = 'TENANT' and i.id = 1",
                "select i.site from item i where i.tenant_id = 'TENANT' and exists (select 1 from visit v where v.item_id = i.id)",
                "with v as (select * from public.visit) select i.site from item i, v where i.tenant_id = 'TENANT' and i.id = 1",
                "select (select site from visit) from item where tenant_id = 'TENANT' and id = 1",
                "insert into item select 'TENANT', 9, 'EUR', site from visit returning site",
                "insert into visit select 9, id, site from item where tenant_id = 'TENANT' and id = 1 returning site",
                "update item i set id = 9 from visit v where v.item_id = i.id and i.tenant_id = 'TENANT' and i.id = 1 returning i.site",
                "delete from visit v using item i where v.item_id = i.id and i.tenant_id = 'TENANT' and i.id = 1 returning v.site",
                "update currency c set site = i.site from item i where i.tenant_id = 'TENANT' and i.id = 1 returning c.site",
                "with new as (insert into visit values (9, 9, 'legacy') returning site) select new.site from new, item where tenant_id = 'TENANT' and id = 1"
            })
    void aStatementThatNeedsTheTenantsRowsAndATableLeftBehindRunsOnlyWhereBothAre(String template) throws SQLException {
        try (var scope = TenantContext.enter("away")) {
            assertThatThrownBy(() -> site(template.replace("TENANT", "away")))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("outside every table group")
                    .hasMessageContaining("on shard \"legacy\"")
                    .hasMessageContaining("tenant \"away\" on shard \"s0\"")
                    .hasMessageContaining("it was not sent");
        }
        // An INSERT without a column list does not say whose row it is.
        assertThatThrownBy(() -> site(template.replace("TENANT", "away")))
                .isInstanceOfAny(StatementRefusedException.class, NoTenantException.class);
        for (String shard : cluster.names()) {
            assertThat(
                            cluster.queryLong(
                                    shard,
                                    "select (select count(*) from item) + (select count(*) from visit) + (select count(*) from currency)"))
                    .isEqualTo(6);
        }
        try (var scope = TenantContext.enter("home")) {
            assertThat(site(template.replace("TENANT", "home"))).isEqualTo("legacy");
        }
    }

    @Test
    void soInAPreparedStatementABatchAndAStringOfSeveral() throws SQLException {
        try (var scope = TenantContext.enter("away");
                PreparedStatement prepared = connection.prepareStatement(
                        "insert into visit select ?, id, site from item where tenant_id = ? and id = 1")) {
            prepared.setInt(1, 9);
            prepared.setString(2, "away");
            assertThatThrownBy(prepared::executeUpdate).isInstanceOf(StatementRefusedException.class);
            prepared.addBatch();
            assertThatThrownBy(prepared::executeBatch).isInstanceOf(StatementRefusedException.class);
            String both = "update item set site = site where tenant_id = 'away'; update visit set site = 'wrong'";
            assertThatThrownBy(() -> statement.execute(both)).isInstanceOf(StatementRefusedException.class);
            statement.addBatch("update item set site = site where tenant_id = 'away'");
            statement.addBatch("update visit set site = 'wrong'");
            assertThatThrownBy(statement::executeBatch).isInstanceOf(StatementRefusedException.class);
        }
        for (String shard : cluster.names()) {
            assertThat(cluster.queryLong(shard, "select count(*) from visit where site = 'wrong' or id = 9"))
                    .isZero();
        }
    }

    @Test
    void aTransactionOfATenantElsewhereCannotReachThemAndOneOfATenantAtHomeCan() throws SQLException {
        connection.setAutoCommit(false);
        try (var scope = TenantContext.enter("away")) {
            statement.executeUpdate("update item set site = 'mine' where tenant_id = 'away'");
            assertThatThrownBy(() -> site("select site from visit"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("shard \"s0\"")
                    .hasMessageContaining("shard \"legacy\"");
            assertThat(site("select site from currency")).isEqualTo("s0");
            connection.rollback();
        }
        try (var scope = TenantContext.enter("home")) {
            statement.executeUpdate("update item set site = 'mine' where tenant_id = 'home'");
            statement.executeUpdate("insert into visit values (2, 2, 'mine')");
            assertThat(site("select max(visit.site) from visit join item on item_id = item.id and tenant_id = 'home'"))
                    .isEqualTo("mine");
            connection.rollback();
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from visit")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select site from item, generate_series(1, 1) g where id = g and tenant_id = 'away'",
                "with x as (select * from item where tenant_id = 'away') select site from x where id = 1",
                "with recursive x as (select 1 as n union all select n + 1 from x where n < 3) select site from item, x where id = n and tenant_id = 'away' and id = 1",
                "select site from (values (1)) v(id) join item using (id) where tenant_id = 'away'",
                "select site from item i, lateral (select 1) l where i.id = 1 and i.tenant_id = 'away'",
                "select site from only public.item where id = 1 and tenant_id = 'away' and exists (select 1 from pg_catalog.pg_class)",
                "select max(site) from item tablesample bernoulli (100) where tenant_id = 'away'",
                "select site from item i left join unnest(array[1]) u on true where i.id = 1 and tenant_id = 'away'",
                "select site from item i, rows from (generate_series(1, 1)) r where i.id = r and tenant_id = 'away'",
                "select substring(trim(both from site) from 1 for 6) from item where id = 1 and tenant_id = 'away'",
                "select site from item i where id = 1 and tenant_id = 'away' and extract(year from now()) > 2000 and i is distinct from null"
            })
    void whatLooksLikeATableAndIsNoneDoesNotCount(String sql) throws SQLException {
        try (var scope = TenantContext.enter("away")) {
            assertThat(site(sql)).isEqualTo("s0");
        }
    }

    @Test
    void whatNamesNoTableStaysWithTheTenant() throws SQLException {
        String here = "select site from item where id = 1 and tenant_id = 'away'";
        try (var scope = TenantContext.enter("away")) {
            assertThat(site("select current_database()")).isEqualTo(cluster.database("s0"));
            assertThat(site("select current_database() from pg_class limit 1")).isEqualTo(cluster.database("s0"));
            assertThat(site("select current_database() from information_schema.tables limit 1"))
                    .isEqualTo(cluster.database("s0"));
            connection.setAutoCommit(false);
            assertThat(site(here)).isEqualTo("s0");
            statement.execute("set local work_mem = '7MB'");
            statement.execute("set search_path = public");
            statement.execute("savepoint one");
            assertThat(site("show work_mem")).isEqualTo("7MB");
            statement.execute("lock table item in share mode");
            statement.execute("rollback to one");
            assertThat(site(here)).isEqualTo("s0");
            connection.rollback();
        }
    }

    @Test
    void aReferenceTableOfNoUseIsRefusedWithTheRest() {
        assertThatThrownBy(() -> TenantShiftDataSource.builder("test")
                        .shard("legacy", cluster.url("legacy"))
                        .control("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .tableGroup(new TableGroup("items", "tenant_id", List.of("public.item")))
                        .referenceTables(List.of("currency", "public.item"))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reference table \"currency\" is not of the form schema.table")
                .hasMessageContaining("table \"public.item\" is a reference table and in a table group")
                .hasMessageContaining("no legacy shard");
    }
}
