package io.tenantshift.crossshard.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.crossshard.CrossShard;
import io.tenantshift.crossshard.internal.shape.Rule;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeSet;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The list of shapes, both sides of it: what is allowed gives what one database gives, what is refused would not or might not. */
@TenantShiftCluster(shards = 3, schema = "shop.sql")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ShapesIT {
    private Shop shop;
    private CrossShard cross;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        shop = new Shop(cluster);
        cross = shop.across().build();
        cross.warm().get();
    }

    @AfterAll
    void close() {
        cross.close();
        shop.close();
    }

    private List<List<@Nullable String>> across(String sql, Object... parameters) throws SQLException {
        try (var scope = TenantContext.acrossTenants("a test");
                Connection connection = cross.getConnection()) {
            return Shop.rows(connection, sql, parameters);
        }
    }

    /** By the last words of the statement: an order inside parentheses is not the answer's. */
    private static Object answer(String sql, List<List<@Nullable String>> rows) {
        return sql.matches("(?s).*\\border by [^()]*$") ? rows : Shop.sorted(rows);
    }

    @Test
    @Guarantee("G9")
    void whatIsAllowedGivesWhatOneDatabaseGives() throws Exception {
        List<String> corpus = Corpus.read("allowed.sql");
        assertThat(corpus).hasSizeGreaterThanOrEqualTo(100);
        SoftAssertions all = new SoftAssertions();
        for (String sql : corpus) {
            List<List<@Nullable String>> expected = shop.expected(sql);
            all.assertThatCode(() -> {
                        assertThat(answer(sql, across(sql))).isEqualTo(answer(sql, expected));
                    })
                    .as(sql)
                    .doesNotThrowAnyException();
        }
        all.assertAll();
    }

    @Test
    @Guarantee("G9")
    void whatIsRefusedWouldHaveBeenWrongOrMightHaveBeen() {
        Set<String> rules = new TreeSet<>();
        SoftAssertions all = new SoftAssertions();
        for (Corpus.Refused each : Corpus.refused("refused.sql")) {
            rules.add(each.rule());
            all.assertThatThrownBy(() -> across(each.sql()))
                    .as(each.sql())
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("(" + each.rule() + ")");
            switch (each.outcome()) {
                case "wrong" ->
                    all.assertThatCode(() -> assertThat(answer(each.sql(), shop.unguarded(each.sql())))
                                    .isNotEqualTo(answer(each.sql(), shop.expected(each.sql()))))
                            .as(each.sql())
                            .doesNotThrowAnyException();
                case "fails" ->
                    all.assertThatThrownBy(() -> shop.unguarded(each.sql()))
                            .as(each.sql())
                            .isNotNull();
                case "right" ->
                    all.assertThatCode(() -> assertThat(answer(each.sql(), shop.unguarded(each.sql())))
                                    .isEqualTo(answer(each.sql(), shop.expected(each.sql()))))
                            .as(each.sql())
                            .doesNotThrowAnyException();
                default -> assertThat(each.outcome()).as(each.sql()).isEqualTo("differs");
            }
        }
        all.assertThat(rules).isEqualTo(allRules());
        all.assertAll();
    }

    /** Those of writes have a test of their own. */
    private static Set<String> allRules() {
        Set<String> names = new TreeSet<>();
        for (Rule rule : Rule.values()) {
            if (!rule.name().startsWith("WRITE_")) {
                names.add(rule.name());
            }
        }
        return names;
    }

    @Test
    void parametersAreBoundOnEveryShard() throws Exception {
        String sql =
                "select tenant_id, id, total from orders where total > ? and tenant_id <> ? order by total desc, tenant_id, id limit ? offset ?";
        assertThat(across(sql, 100, "t03", 7, 2))
                .isEqualTo(shop.expected(sql, 100, "t03", 7, 2))
                .hasSize(7);
    }

    @Test
    void aStatementPreparedOnceIsRunAgain() throws Exception {
        try (var scope = TenantContext.acrossTenants("a test");
                Connection connection = cross.getConnection();
                var statement = connection.prepareStatement("select count(*) from orders where status = ?")) {
            for (String status : List.of("new", "packed", "new")) {
                statement.setString(1, status);
                try (var rows = statement.executeQuery()) {
                    rows.next();
                    assertThat(rows.getLong(1))
                            .isEqualTo(shop.cluster.queryLong(
                                    "legacy", "select count(*) from orders where status = '%s'".formatted(status)));
                }
            }
        }
    }

    @Test
    void resultsAreFetchedAFewRowsAtATime() throws Exception {
        try (var scope = TenantContext.acrossTenants("a test");
                Connection connection = cross.getConnection();
                var statement = connection.prepareStatement(
                        "select o.tenant_id, o.id, l.line_no from orders o join order_lines l on l.tenant_id = o.tenant_id and l.order_id = o.id order by o.tenant_id, o.id, l.line_no")) {
            statement.setFetchSize(10);
            try (var rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
                List<String> asked = lastAsked();
                int count = 1;
                while (count < 100 && rows.next()) {
                    count++;
                }
                // While that was read a shard was asked for more.
                assertThat(lastAsked()).hasSize(3).isNotEqualTo(asked);
                while (rows.next()) {
                    count++;
                }
                assertThat(count).isEqualTo((int) shop.cluster.queryLong("legacy", "select count(*) from order_lines"));
            }
        }
    }

    /** When each shard's session got its last message of the statement that is being read. */
    private List<String> lastAsked() throws SQLException {
        List<String> times = new ArrayList<>();
        for (String shard : Shop.SHARDS) {
            times.add(String.valueOf(shop.cluster
                    .query(
                            shard,
                            "select state_change from pg_stat_activity where datname = current_database() and state = 'idle in transaction' and query like '%order_lines%'")
                    .get(0)
                    .get(0)));
        }
        return times;
    }

    @Test
    void whatAServerSaysIsHandedOn() {
        assertThatThrownBy(() -> across("select tenant_id, 1 / (id - id) as x from orders"))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("22012");
    }

    @Test
    @Guarantee("G9")
    void textBeyondTheBasicPlaneIsNotHandedOutInAnOrderThatMayBeWrong() throws Exception {
        String sql = "select email, tenant_id from customers order by email";
        String shard = shop.map.shardOf("t01");
        shop.cluster.execute(shard, "update customers set email = 'z \uD83D\uDE00' where tenant_id = 't01' and id = 1");
        try {
            assertThatThrownBy(() -> across(sql))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("beyond U+FFFF");
        } finally {
            shop.cluster.execute(
                    shard, "update customers set email = 'c1@t01.example' where tenant_id = 't01' and id = 1");
        }
        assertThat(across(sql)).isEqualTo(shop.expected(sql));
    }

    @Test
    @Guarantee("G9")
    void textBeyondTheBasicPlaneThatALimitCutsOffIsNoticedToo() throws Exception {
        String sql = "select email, tenant_id from customers order by email desc limit 1";
        String one = shop.map.shardOf("t01");
        String other = "t02";
        for (int i = 3; shop.map.shardOf(other).equals(one); i++) {
            other = Shop.tenant(i);
        }
        String email = "update customers set email = '%s' where tenant_id = '%s' and id = 1";
        shop.cluster.execute(one, email.formatted("\uD83D\uDE00", "t01"));
        shop.cluster.execute(shop.map.shardOf(other), email.formatted("\uFB01", other));
        try {
            assertThat(shop.unguarded(sql)).isEqualTo(List.of(List.of("\uFB01", other)));
            assertThatThrownBy(() -> across(sql))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("beyond U+FFFF");
        } finally {
            for (String tenant : List.of("t01", other)) {
                shop.cluster.execute(
                        shop.map.shardOf(tenant), email.formatted("c1@%s.example".formatted(tenant), tenant));
            }
        }
        assertThat(across(sql)).isEqualTo(shop.expected(sql));
    }

    @Test
    @Guarantee("G9")
    void timesWithoutAZoneAreMergedOnlyWhereEachIsAnInstantOfItsOwn() throws Exception {
        String hour = "timestamp '2025-03-30 02:30' + (id % 2) * interval '1 hour'";
        List<String> statements = List.of(
                "select %1$s as at, count(*) as n from orders group by %1$s order by n".formatted(hour),
                "select tenant_id, %1$s as at, count(*) as n from orders group by tenant_id, %1$s".formatted(hour));
        TimeZone before = TimeZone.getDefault();
        try {
            for (String sql : statements) {
                TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
                assertThat(answer(sql, across(sql))).isEqualTo(answer(sql, shop.expected(sql)));
                TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
                assertThat(shop.unguarded(sql).size())
                        .isLessThan(shop.expected(sql).size());
                assertThatThrownBy(() -> across(sql))
                        .isInstanceOf(StatementRefusedException.class)
                        .hasMessageContaining("KEY_TYPE");
            }
            String days = "select ordered_on, count(*) as n from orders group by ordered_on order by ordered_on";
            assertThat(across(days)).isEqualTo(shop.expected(days));
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Apia"));
            String skipped =
                    "select date '2011-12-30' + mod(id, 2)::int as day, count(*) as n from orders group by date '2011-12-30' + mod(id, 2)::int order by n";
            assertThat(shop.unguarded(skipped)).hasSize(1);
            assertThatThrownBy(() -> across(skipped))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("KEY_TYPE");
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void aLimitWithoutAnOrderGivesSoManyRows() throws Exception {
        assertThat(across("select tenant_id, id from orders limit 11"))
                .hasSize(11)
                .doesNotHaveDuplicates();
    }

    @Test
    void aColumnThatWasAddedIsThereAfterAnotherLook() throws Exception {
        String sql = "select sum(extra) as s from order_lines";
        for (String shard : shop.cluster.names()) {
            shop.cluster.execute(shard, "alter table order_lines add column extra int not null default 2");
        }
        try {
            cross.renew().get();
            assertThat(across(sql)).isEqualTo(shop.expected(sql));
        } finally {
            for (String shard : shop.cluster.names()) {
                shop.cluster.execute(shard, "alter table order_lines drop column extra");
            }
            cross.renew().get();
        }
    }

    @Test
    void theDocumentationHasEveryRule() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "cross-shard.md"));
        for (Rule rule : Rule.values()) {
            assertThat(page).contains("| `%s` | %s | %s |".formatted(rule, rule.meaning(), rule.wayOut()));
        }
        assertThat(page.lines().filter(line -> line.matches("\\| `[A-Z_]+` \\|.*")))
                .hasSize(Rule.values().length);
    }
}
