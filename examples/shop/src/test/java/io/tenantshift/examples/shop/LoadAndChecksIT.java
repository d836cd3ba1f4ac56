package io.tenantshift.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tenantshift.examples.shop.Finding.Kind;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.PostgresServer;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The shop without the library: what load and checks say about one plain database is the yardstick for what they say later. */
@TenantShiftCluster(shards = 1, schema = "/io/tenantshift/examples/shop/shop.sql")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LoadAndChecksIT {
    private static final int CLIENTS = 4;
    private static final int OPERATIONS = 250;

    private final Marketplace marketplace = Marketplace.plan(5, 12, 600);
    private final Generator generator = new Generator(marketplace);
    private final List<String> tenants =
            marketplace.tenants().stream().map(Tenant::id).toList();
    private final Map<String, List<String>> home = Map.of("legacy", tenants);
    private Load load;
    private Untouched before;
    private PostgresServer server;
    private String traded = "";
    private String untraded = "";
    private String database = "";

    /** The clients work once; each test gets a copy of what they left. */
    @BeforeAll
    void trade(Cluster cluster) throws Exception {
        traded = cluster.database("legacy");
        untraded = cluster.database("s0");
        server = cluster.server();
        for (String name : cluster.names()) {
            try (Connection connection = cluster.connect(name)) {
                Loader.load(connection, generator);
            }
        }
        before = Untouched.read(cluster::connect, home);
        load = new Load(marketplace, generator, CLIENTS);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(cluster.url("legacy"));
        config.setMaximumPoolSize(CLIENTS);
        try (HikariDataSource plain = new HikariDataSource(config)) {
            load.start(plain, random -> Pace.operations(OPERATIONS), Saboteur.NONE);
            load.await();
        } finally {
            load.close();
        }
    }

    @BeforeEach
    void copy() throws Exception {
        database = traded + "_copy";
        server.createDatabase(database, traded);
    }

    @AfterEach
    void drop() throws Exception {
        server.dropDatabase(database);
    }

    @Test
    void aPlainDatabaseLosesAndDoublesNothing() throws Exception {
        assertThat(load.tally().failures()).isEmpty();
        assertThat(load.tally().writes() + load.tally().reads()).isEqualTo((long) CLIENTS * OPERATIONS);
        assertThat(check()).isEmpty();
        for (String kind :
                List.of("status <> 'new' and version > 1", "x_json is not null", "placed_at > '2026-08-01'")) {
            assertThat(count("select count(*) from orders where " + kind))
                    .as(kind)
                    .isPositive();
        }
    }

    @Test
    void anAcknowledgedOrderThatIsGoneIsNamed() throws Exception {
        Order order = placed(0);
        String where = where(order);
        execute(
                "delete from order_lines where " + where,
                "delete from orders where " + where.replace("order_id", "id"));
        assertThat(check())
                .containsExactly(new Finding(Kind.LOST, "orders", key(order), "an acknowledged order is not there"));
    }

    @Test
    void anAcknowledgedLineThatIsGoneIsNamed() throws Exception {
        Order order = placed(0);
        execute("delete from order_lines where line_no = 1 and " + where(order));
        assertThat(check())
                .containsExactly(new Finding(
                        Kind.LOST, "order_lines", key(order).replace(")", ",1)"), "an acknowledged line is not there"));
    }

    @Test
    void aDoubledPaymentIsNamed() throws Exception {
        execute("insert into payments (tenant_id, order_id, token, amount, receipt) "
                + "select tenant_id, order_id, token, amount, receipt from payments where id = 17");
        assertThat(check())
                .singleElement()
                .satisfies(finding -> assertThat(finding.kind()).isEqualTo(Kind.DOUBLED))
                .satisfies(finding -> assertThat(finding.table()).isEqualTo("payments"))
                .satisfies(finding -> assertThat(finding.toString()).contains("the same payment as"));
    }

    @Test
    void changedValuesAreNamed() throws Exception {
        Order order = placed(1);
        execute(
                "update orders set version = version - 1 where order_ref = '"
                        + placed(0).facts().ref() + "'",
                "update orders set version = version + 1 where order_ref = '"
                        + order.facts().ref() + "'",
                "update orders set placed_at = placed_at + '1 us' where order_ref = '"
                        + placed(2).facts().ref() + "'",
                "update order_lines set quantity = quantity + 1 where line_no = 1 and " + where(placed(3)),
                "update inventory set stock = stock - 1 where product_id = 1",
                "update customers set full_name = 'x' where id = 1",
                "delete from inventory where product_id = 2");
        assertThat(check())
                .extracting(finding -> finding.kind() + " " + finding.table())
                .containsExactlyInAnyOrder(
                        "LOST orders",
                        "DOUBLED orders",
                        "LOST orders",
                        "LOST order_lines",
                        "DOUBLED inventory",
                        "LOST customers",
                        "LOST inventory");
        assertThat(check()).extracting(Finding::key).contains(key(order));
    }

    @Test
    void anOperationOfUnknownOutcomeMayHaveBeenDoneOrNot() throws Exception {
        Order order = placed(4);
        UUID token = new UUID(4, 7);
        order.mayBe(order.state().changed("returned", token));
        assertThat(check()).as("not done").isEmpty();
        String change =
                "update orders set status = 'returned', version = version + 1, change_ref = '%s' where order_ref = '%s'"
                        .formatted(token, order.facts().ref());
        execute(change);
        assertThat(check()).as("done").isEmpty();
        execute(change);
        assertThat(check())
                .as("done twice")
                .singleElement()
                .satisfies(finding -> assertThat(finding.kind()).isEqualTo(Kind.DOUBLED));
    }

    @Test
    void sidesThatDifferAreNamed() throws Exception {
        server.dropDatabase(database);
        server.createDatabase(database, untraded);
        Shards sides = shard -> server.superuserConnection(shard.equals("s0") ? untraded : database);
        assertThat(SidesCheck.compare(sides, "legacy", "s0", tenants)).isEmpty();
        String busiest = tenants.get(0);
        execute(
                "update products set attributes = '{}' where id = 1",
                "delete from payments where id = 1",
                "insert into payments select tenant_id, 1000000, order_id, token, amount from payments where id = 2",
                "insert into tenants (tenant_id, name) values ('zz', 'another''s, not compared')");
        assertThat(SidesCheck.compare(sides, "legacy", "s0", tenants))
                .containsExactly(
                        new Finding(Kind.DIVERGED, "products", "(" + busiest + ",1)", "differs between legacy and s0"),
                        new Finding(Kind.DIVERGED, "payments", "(" + busiest + ",1)", "is on s0 and not on legacy"),
                        new Finding(
                                Kind.DIVERGED, "payments", "(" + busiest + ",1000000)", "is on legacy and not on s0"));
    }

    private List<Finding> check() throws Exception {
        return LedgerCheck.run(
                marketplace, load.ledgers(), before, shard -> server.superuserConnection(database), home);
    }

    private void execute(String... statements) throws Exception {
        try (Connection connection = server.superuserConnection(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private long count(String sql) throws Exception {
        try (Connection connection = server.superuserConnection(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** An order of these clients that is there and unpaid. */
    private Order placed(int index) {
        return load.ledgers().stream()
                .flatMap(ledger -> ledger.placed().stream())
                .filter(order -> order.state().isPresent()
                        && order.state().version() > 0
                        && order.payments().isEmpty())
                .skip(index)
                .findFirst()
                .orElseThrow();
    }

    private static String key(Order order) {
        return FoundOrders.key(order.facts().tenant().id(), order.facts().id());
    }

    private static String where(Order order) {
        return "tenant_id = '%s' and order_id = %d"
                .formatted(
                        order.facts().tenant().id().replace("'", "''"),
                        order.facts().id());
    }
}
