package io.tenantshift.router;

import static io.tenantshift.router.Replicas.WHERE;
import static io.tenantshift.router.Replicas.ask;
import static io.tenantshift.router.Replicas.awaitReadsAt;
import static io.tenantshift.router.Replicas.port;
import static io.tenantshift.router.Replicas.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Standby;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which units of work a replica answers that is young enough. */
@TenantShiftCluster(
        shards = 1,
        ownServer = true,
        ddl = {
            Moving.ITEMS,
            "create function bump() returns text language sql as $$ insert into item (tenant_id, id) values ('acme', 4711) returning current_setting('port') $$"
        })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class ReplicaRoutingIT {
    /** So long that a slow machine does not make the replica too old. */
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final Cluster cluster;
    private final Replicas replicas;
    private Standby standby;
    private TenantShiftDataSource router;
    private TenantContext.Scope scope;

    ReplicaRoutingIT(Cluster cluster) {
        this.cluster = cluster;
        this.replicas = new Replicas(cluster);
    }

    /** One for all tests: what they leave on it is what they write on the primary, which is deleted before each. */
    @BeforeAll
    void open() throws SQLException {
        cluster.expectThreads("tenantshift-");
        standby = cluster.server().startStandby();
        router = replicas.router(BOUND, standby).build();
    }

    @AfterAll
    void close() {
        router.close();
        standby.close();
    }

    @BeforeEach
    void enter() throws SQLException {
        cluster.execute("s0", "delete from item");
        standby.awaitReplayed();
        awaitReadsAt(router, port(standby));
        scope = TenantContext.enter("acme");
    }

    @AfterEach
    void leave() {
        scope.close();
    }

    private Connection readOnly(boolean autoCommit) throws SQLException {
        Connection connection = router.getConnection();
        connection.setReadOnly(true);
        connection.setAutoCommit(autoCommit);
        return connection;
    }

    private static void assertState(ThrowingCallable call, String state) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(state));
    }

    @Test
    void whatIsDeclaredReadOnlyGoesToTheReplicaAndNothingElse() throws SQLException {
        try (Connection connection = router.getConnection()) {
            assertThat(ask(connection, WHERE)).isEqualTo(replicas.primary());
            connection.setReadOnly(true);
            replicas.assertReadsAt(standby, connection);
            connection.setReadOnly(false);
            assertThat(ask(connection, WHERE)).isEqualTo(replicas.primary());
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            try (PreparedStatement statement = connection.prepareStatement(WHERE + " where 1 = ?")) {
                for (int i = 0; i < 10; i++) {
                    replicas.unlessPassedOver(() -> {
                        statement.setInt(1, 1);
                        try (ResultSet row = statement.executeQuery()) {
                            assertThat(row.next()).isTrue();
                            String answered = row.getString(1);
                            if (!port(standby).equals(answered)) {
                                connection.rollback(); // another attempt is another transaction
                            }
                            assertThat(answered).isEqualTo(port(standby));
                        }
                    });
                    if (i % 3 == 0) {
                        connection.commit();
                    }
                }
            }
            connection.rollback();
            connection.setReadOnly(false);
            assertThat(ask(connection, WHERE)).isEqualTo(replicas.primary());
            connection.rollback();
        }
        try (var other = TenantContext.enter("bolt");
                Connection connection = readOnly(true)) {
            replicas.assertReadsAt(standby, connection);
        }
    }

    @Test
    void whatMayWriteOrLocksIsThePrimarys() throws SQLException {
        try (Connection connection = readOnly(true);
                Statement statement = connection.createStatement()) {
            replicas.assertReadsAt(standby, connection);
            // In autocommit the declaration binds nobody, as with PostgreSQL's driver.
            assertThat(statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)"))
                    .isEqualTo(1);
            assertThat(ask(connection, "select current_setting('port') from item where tenant_id = 'acme' for update"))
                    .isEqualTo(replicas.primary());
            replicas.assertReadsAt(standby, connection);
            assertThat(ask(connection, "select pg_advisory_xact_lock(1), current_setting('port')"))
                    .isEmpty();
            double passedOver = replicas.passedOver(); // because it has failed there, unless it was too old just then
            assertThat(ask(connection, "select bump()")).isEqualTo(replicas.primary());
            assertThat(replicas.passedOver()).isGreaterThan(passedOver);
        }
        assertThat(cluster.queryLong("s0", "select count(*) from item")).isEqualTo(2);
    }

    @Test
    void inAReadOnlyTransactionNothingIsWrittenWhereverItBegins() throws SQLException {
        String insert = "insert into item (tenant_id, id) values ('acme', 1)";
        try (Connection connection = readOnly(false);
                Statement statement = connection.createStatement()) {
            assertState(() -> statement.executeUpdate(insert), "25006");
            connection.rollback();
            replicas.assertReadsAt(standby, connection);
            assertState(() -> statement.executeUpdate(insert), "25006");
            connection.rollback();
            assertState(() -> ask(connection, "select bump()"), "25006");
            connection.rollback();
            replicas.assertReadsAt(standby, connection);
            connection.commit();
        }
        assertThat(cluster.queryLong("s0", "select count(*) from item")).isZero();
    }

    @Test
    void whatWouldCountForNothingOnAReplicaIsRefusedThere() throws SQLException {
        try (Connection connection = readOnly(false)) {
            replicas.assertReadsAt(standby, connection);
            assertThatThrownBy(() -> ask(connection, "select pg_advisory_lock(1)"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("replica");
            connection.rollback();
            // Begun with it, the transaction is the primary's.
            assertThat(ask(connection, "select pg_advisory_xact_lock(1)")).isEmpty();
            assertThat(ask(connection, WHERE)).isEqualTo(replicas.primary());
            connection.commit();
        }
    }

    @Test
    void aSessionThatHasBeenChangedStaysWhereItIs() throws SQLException {
        try (Connection connection = readOnly(true);
                Statement statement = connection.createStatement()) {
            statement.execute("set timezone = 'Asia/Tokyo'");
            assertThat(ask(connection, WHERE)).isEqualTo(replicas.primary());
            assertThat(ask(connection, "show timezone")).isEqualTo("Asia/Tokyo");
        }
        assertThat(read(router, "show timezone")).isNotEqualTo("Asia/Tokyo");
        try (Connection connection = readOnly(true);
                Statement statement = connection.createStatement()) {
            statement.execute("begin");
            assertThat(ask(connection, WHERE)).isEqualTo(replicas.primary());
            statement.execute("rollback");
            replicas.assertReadsAt(standby, connection);
        }
    }

    @Test
    void isolationLevelsThatAStandbyHasAreServedThere() throws SQLException {
        try (Connection connection = readOnly(false)) {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            replicas.assertReadsAt(standby, connection);
            connection.commit();
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            assertThat(ask(connection, WHERE)).isEqualTo(replicas.primary());
            assertThat(ask(connection, "show transaction_isolation")).isEqualTo("serializable");
            connection.commit();
        }
    }

    @Test
    void whatTheConnectionWasToldIsToldTheReplicaAndNobodyAfterwards() throws SQLException {
        cluster.execute("s0", "create schema if not exists other", "create table if not exists other.here as select 7");
        standby.awaitReplayed();
        try (Connection connection = readOnly(false)) {
            connection.setSchema("other");
            connection.setClientInfo("ApplicationName", "report");
            replicas.unlessPassedOver(() -> {
                connection.rollback(); // another attempt is another transaction
                assertThat(ask(connection, "select * from here")).isEqualTo("7");
                assertThat(ask(connection, "show application_name")).isEqualTo("report");
                assertThat(ask(connection, WHERE)).isEqualTo(port(standby));
            });
            assertThat(connection.isReadOnly()).isTrue();
            assertThat(connection.getMetaData().getDatabaseProductName()).isEqualTo("PostgreSQL");
            connection.commit();
        }
        try (Connection connection = readOnly(true)) {
            replicas.assertReadsAt(standby, connection);
            assertThat(ask(connection, "show search_path")).doesNotContain("other");
            assertThat(ask(connection, "show application_name")).isNotEqualTo("report");
        }
    }

    @Test
    void aResultThatIsBeingReadOutlivesTheWayToThePrimary() throws SQLException {
        try (Connection connection = readOnly(true);
                Statement reading = connection.createStatement();
                Statement writing = connection.createStatement()) {
            List<ResultSet> begun = new ArrayList<>();
            replicas.unlessPassedOver(() -> {
                begun.add(0, reading.executeQuery("select g, current_setting('port') from generate_series(1, 5) g"));
                assertThat(begun.get(0).next()).isTrue();
                assertThat(begun.get(0).getString(2)).isEqualTo(port(standby));
            });
            List<Integer> seen = new ArrayList<>();
            ResultSet rows = begun.get(0);
            do {
                seen.add(rows.getInt(1));
                writing.executeUpdate("insert into item (tenant_id, id) values ('acme', %d)".formatted(seen.size()));
            } while (rows.next());
            assertThat(seen).containsExactly(1, 2, 3, 4, 5);
        }
        assertThat(cluster.queryLong("s0", "select count(*) from item")).isEqualTo(5);
    }

    @Test
    void anUpdatableResultIsThePrimarys() throws SQLException {
        cluster.execute("s0", "insert into item (tenant_id, id) values ('acme', 1)");
        standby.awaitReplayed();
        try (Connection connection = readOnly(true);
                Statement statement =
                        connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
                ResultSet rows =
                        statement.executeQuery("select tenant_id, id, note from item where tenant_id = 'acme'")) {
            assertThat(rows.next()).isTrue();
            rows.updateString("note", "written");
            rows.updateRow();
        }
        assertThat(cluster.query("s0", "select note from item")).hasToString("[[written]]");
    }

    @Test
    void whenAllItsConnectionsAreInUseThePrimaryAnswersAtOnce() throws SQLException {
        List<Connection> all = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                Connection connection = readOnly(false);
                all.add(connection);
                replicas.assertReadsAt(standby, connection);
            }
            double passedOver = replicas.fallbacks("stale");
            double waitedFor = replicas.fallbacks("unavailable");
            assertThat(read(router, WHERE)).isEqualTo(replicas.primary());
            assertThat(replicas.fallbacks("stale")).isEqualTo(passedOver + 1);
            assertThat(replicas.fallbacks("unavailable")).isEqualTo(waitedFor);
        } finally {
            for (Connection connection : all) {
                connection.close();
            }
        }
        replicas.unlessPassedOver(() -> assertThat(read(router, WHERE)).isEqualTo(port(standby)));
    }

    @Test
    void severalTakeTurns() throws SQLException {
        Replicas both = new Replicas(cluster); // whose meters are not the other router's
        try (Standby second = cluster.server().startStandby();
                TenantShiftDataSource two = both.router(BOUND, standby, second).build()) {
            awaitReadsAt(two, port(second));
            awaitReadsAt(two, port(standby));
            // Not at once, should a busy machine make one of them too old just now.
            Replicas.until("both answer four in a row", () -> {
                TreeSet<String> seen = new TreeSet<>();
                for (int i = 0; i < 4; i++) {
                    seen.add(String.valueOf(read(two, WHERE)));
                }
                return seen.equals(new TreeSet<>(Replicas.ports(standby, second)));
            });
            assertThat(both.leases(2)).isPositive();
        }
    }

    @Test
    void aUserWithoutPrivilegesIsEnough() throws SQLException {
        cluster.execute("s0", "create role plain login");
        standby.awaitReplayed();
        try (TenantShiftDataSource other = TenantShiftDataSource.builder("plain")
                .shard("s0", cluster.url("s0").replace("user=postgres", "user=plain"))
                .control("s0")
                .shardMap(ShardMap.everyoneOn(1, "s0"))
                .replica("s0", standby.jdbcUrl(cluster.database("s0")).replace("user=postgres", "user=plain"))
                .build()) {
            awaitReadsAt(other, port(standby));
            assertThat(read(other, "select current_user")).isEqualTo("plain");
        }
    }

    @Test
    void byUrlAndFileToo(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("router.yaml"), """
                name: by-url
                shards:
                  s0:
                    url: "%s"
                    replicas:
                      - url: "%s"
                replicaStaleness: 30s
                """.formatted(
                        cluster.url("s0"), standby.jdbcUrl(cluster.database("s0"))));
        try (Connection connection = DriverManager.getConnection("jdbc:tenantshift:" + file + "?tenant=acme")) {
            assertThat(ask(connection, WHERE)).isEqualTo(replicas.primary());
            connection.setReadOnly(true);
            Replicas.until("it is measured", () -> port(standby).equals(ask(connection, WHERE)));
            connection.setReadOnly(false);
            assertThat(ask(connection, WHERE)).isEqualTo(replicas.primary());
        } finally {
            TenantShiftDriver.closeRouters();
        }
    }

    @Test
    void itIsMeasured() throws SQLException {
        replicas.unlessPassedOver(() -> {
            double leases = replicas.leases(1);
            double unavailable = replicas.fallbacks("unavailable");
            assertThat(read(router, WHERE)).isEqualTo(port(standby));
            assertThat(replicas.staleness()).isBetween(0.0, 10.0);
            assertThat(replicas.leases(1)).isEqualTo(leases + 1);
            assertThat(replicas.fallbacks("unavailable")).isEqualTo(unavailable);
        });
    }

    @Test
    void configurationMistakesAreToldTogether() {
        String url = standby.jdbcUrl(cluster.database("s0"));
        assertThatThrownBy(() -> replicas.router(Duration.ofMillis(10))
                        .replica("nowhere", url)
                        .replica("s0", url.replace("//", "//elsewhere,"))
                        .replica("s0", "jdbc:mysql://db0/shop")
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("replica of shard \"nowhere\"")
                .hasMessageContaining("replica 1 of shard \"s0\": it names several servers")
                .hasMessageContaining("replica 2 of shard \"s0\": the URL does not begin")
                .hasMessageContaining("replicaStaleness (ms) is 10");
    }
}
