package io.tenantshift.crossshard.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.crossshard.CrossShard;
import io.tenantshift.crossshard.CrossShardWrites;
import io.tenantshift.crossshard.internal.shape.Rule;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.control.Schema;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The list of writes, both sides of it: what is allowed leaves on all shards what it leaves in one database, what is refused changes nothing. */
@TenantShiftCluster(shards = 3, schema = "shop.sql")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class WriteShapesIT {
    private Shop shop;
    private CrossShard cross;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        shop = new Shop(cluster);
        try (Connection control = cluster.connect("legacy")) {
            Schema.install(control);
        }
        cross = shop.across().writes(CrossShardWrites.LOCAL).build();
        cross.warm().get();
    }

    @AfterAll
    void close() {
        cross.close();
        shop.close();
    }

    private int across(String sql) throws SQLException {
        try (var scope = TenantContext.acrossTenantsForWriting("a test");
                Connection connection = cross.getConnection();
                Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    private int inOneDatabase(String sql) throws SQLException {
        try (Connection connection = shop.cluster.connect("legacy");
                Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    /** All rows of a table, in an order that does not matter. */
    private List<String> rows(Collection<String> databases, String table) throws SQLException {
        TreeSet<String> rows = new TreeSet<>();
        long count = 0;
        for (String database : databases) {
            for (List<?> row :
                    shop.cluster.query(database, "select t::text from %s t".formatted(TableGroup.quoted(table)))) {
                rows.add(String.valueOf(row.get(0)));
                count++;
            }
        }
        assertThat(rows).hasSize((int) count);
        return List.copyOf(rows);
    }

    private void assertEqualRows() throws SQLException {
        for (String table : Shop.GROUP.tables()) {
            assertThat(rows(Shop.SHARDS, table)).as(table).isEqualTo(rows(List.of("legacy"), table));
        }
    }

    @Test
    @Order(1)
    @Guarantee("G9")
    void whatIsRefusedChangesNothing() throws Exception {
        Set<String> rules = new TreeSet<>();
        SoftAssertions all = new SoftAssertions();
        for (Corpus.Refused each : Corpus.refused("refused-writes.sql")) {
            rules.add(each.rule());
            all.assertThatThrownBy(() -> across(each.sql()))
                    .as(each.sql())
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("(" + each.rule() + ")");
        }
        all.assertAll();
        assertThat(rules)
                .containsAll(Arrays.stream(Rule.values())
                        .map(Rule::name)
                        .filter(name -> name.startsWith("WRITE_"))
                        .collect(Collectors.toSet()));
        assertEqualRows();
    }

    @Test
    @Order(2)
    @Guarantee("G9")
    void whatIsAllowedLeavesWhatItLeavesInOneDatabase() throws Exception {
        SoftAssertions all = new SoftAssertions();
        int changed = 0;
        for (String sql : Corpus.read("allowed-writes.sql")) {
            int expected = inOneDatabase(sql);
            changed += expected;
            all.assertThatCode(() -> assertThat(across(sql)).isEqualTo(expected))
                    .as(sql)
                    .doesNotThrowAnyException();
        }
        all.assertAll();
        assertThat(changed).isGreaterThan(300);
        assertEqualRows();
    }

    @Test
    @Order(3)
    void parametersAreBoundOnEveryShardAndAStatementIsRunAgain() throws Exception {
        String sql = "update orders set note = ? where total > ? and currency = ?";
        try (var scope = TenantContext.acrossTenantsForWriting("a test");
                Connection connection = cross.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql);
                Connection one = shop.cluster.connect("legacy");
                PreparedStatement expected = one.prepareStatement(sql)) {
            for (String currency : List.of("EUR", "CHF", "EUR")) {
                for (PreparedStatement each : List.of(statement, expected)) {
                    each.setString(1, "in " + currency);
                    each.setInt(2, 90);
                    each.setString(3, currency);
                }
                assertThat(statement.executeUpdate())
                        .isEqualTo(expected.executeUpdate())
                        .isPositive();
                assertThat(statement.execute()).isFalse();
                assertThat(statement.getUpdateCount()).isPositive();
                try (Statement query = connection.createStatement();
                        var row = query.executeQuery(
                                "select count(*) from orders where note = 'in %s'".formatted(currency))) {
                    row.next();
                    assertThat(row.getLong(1)).isEqualTo(statement.getUpdateCount());
                }
            }
        }
        assertEqualRows();
    }
}
