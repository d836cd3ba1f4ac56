package io.tenantshift.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

@TenantShiftCluster(ddl = "create table t (n int primary key)")
final class FaultProxyIT {
    private Cluster cluster;
    private FaultProxy proxy;

    FaultProxyIT(Cluster cluster) {
        this.cluster = cluster;
        this.proxy = FaultProxy.before(cluster.url("legacy"));
    }

    @BeforeEach
    void empty() throws SQLException {
        cluster.execute("legacy", "truncate t");
    }

    @AfterEach
    void close() throws InterruptedException {
        proxy.close();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith(FaultProxy.THREADS)) {
                thread.join(10_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    private Connection connect(String parameters) throws SQLException {
        return DriverManager.getConnection(proxy.url(cluster.url("legacy")) + parameters);
    }

    private Connection connect() throws SQLException {
        return connect("");
    }

    private static void insert(Connection connection, int n) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into t values (?)")) {
            insert.setInt(1, n);
            insert.executeUpdate();
        }
    }

    private static int one(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select 1")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private List<?> rows() throws SQLException {
        return cluster.query("legacy", "select n from t order by n");
    }

    private static void assertLost(SQLException e) {
        assertThat(e.getSQLState()).startsWith("08");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&preferQueryMode=simple", "&sslmode=prefer&gssEncMode=prefer", "&prepareThreshold=-1"})
    void itPassesOnWhateverIsSaid(String parameters) throws SQLException {
        try (Connection connection = connect(parameters)) {
            String large = "x".repeat(3_000_000);
            for (int i = 0; i < 7; i++) {
                try (PreparedStatement select =
                        connection.prepareStatement("select ? || '!' from generate_series(1, 2)")) {
                    select.setString(1, large);
                    try (ResultSet rows = select.executeQuery()) {
                        for (int row = 0; row < 2; row++) {
                            assertThat(rows.next()).isTrue();
                            assertThat(rows.getString(1)).hasSize(large.length() + 1);
                        }
                    }
                }
            }
            assertThatThrownBy(() -> insertNull(connection))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("23502"));
            assertThat(proxy.connections()).isEqualTo(1);
        }
        Awaitility.await().until(() -> proxy.connections() == 0);
    }

    private static void insertNull(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("insert into t values (null)");
        }
    }

    @Test
    void aStatementIsCancelledThroughIt() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> statement.execute("select pg_sleep(60)"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&preferQueryMode=simple"})
    @Pitfall(27)
    void theReplyToACommitIsDroppedAndTheCommitIsDurable(String parameters) throws SQLException {
        Trigger second = proxy.at(2, Message::isCommitReply, Fault.CUT);
        try (Connection connection = connect(parameters)) {
            connection.setAutoCommit(false);
            insert(connection, 1);
            connection.commit();
            insert(connection, 2);
            connection.rollback();
            assertThat(second.isFired()).isFalse();
            insert(connection, 3);
            assertThatThrownBy(connection::commit).isInstanceOfSatisfying(SQLException.class, FaultProxyIT::assertLost);
        }
        second.awaitFired();
        assertThat(rows()).hasToString("[[1], [3]]");
    }

    @Test
    @Pitfall(27)
    void theReplyToACommitThatWasARollbackIsNotTakenForOne() throws SQLException {
        Trigger lost = proxy.at(1, Message::isCommitReply, Fault.CUT);
        try (Connection connection = connect("&raiseExceptionOnSilentRollback=false")) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> insertNull(connection)).isInstanceOf(SQLException.class);
            connection.commit();
            assertThat(one(connection)).isOne();
        }
        assertThat(lost.isFired()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&preferQueryMode=simple"})
    @Pitfall(27)
    void aCommitIsLostOnItsWay(String parameters) throws SQLException {
        try (Connection connection = connect(parameters)) {
            connection.setAutoCommit(false);
            for (int n = 1; n <= 7; n++) { // by then the driver has given it a name
                insert(connection, n);
                connection.commit();
            }
            Trigger lost = proxy.at(1, Message::isCommit, Fault.CUT);
            insert(connection, 8);
            assertThatThrownBy(connection::commit).isInstanceOfSatisfying(SQLException.class, FaultProxyIT::assertLost);
            lost.awaitFired();
        }
        assertThat(rows()).hasSize(7);
    }

    @Test
    @Pitfall(54)
    void aCommitIsHeldOnItsWayAndArrivesLate() throws Exception {
        Actor<Boolean> commit;
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            insert(connection, 1);
            Trigger held = proxy.at(1, Message::isCommit, Fault.FREEZE);
            commit = Actor.run("commit", connection::commit);
            held.awaitFired();
            assertThat(rows()).isEmpty();
            proxy.heal();
            commit.await();
            assertThat(rows()).hasToString("[[1]]");
        }
    }

    @Test
    void aFrozenProxyDeliversNothingAndThenEverything() throws Exception {
        try (Connection connection = connect()) {
            proxy.freeze();
            Actor<Integer> old = Actor.call("old", () -> one(connection));
            Actor<Integer> young = Actor.call("young", () -> {
                try (Connection another = connect()) {
                    return one(another);
                }
            });
            Awaitility.await().until(() -> proxy.held() == 2);
            assertThat(proxy.connections()).isEqualTo(2);
            assertThat(
                            cluster.queryLong(
                                    "legacy",
                                    "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()"))
                    .isZero();
            assertThat(old.isDone() || young.isDone()).isFalse();
            proxy.heal();
            assertThat(old.await() + young.await()).isEqualTo(2);
            assertThat(proxy.held()).isZero();
        }
    }

    @Test
    void whoeverWaitsAtAFrozenProxyGivesUpByHisOwnTimeOut() throws SQLException {
        try (Connection connection = connect()) {
            connection.setNetworkTimeout(Runnable::run, 100);
            proxy.freeze(Direction.TO_CLIENT);
            assertThatThrownBy(() -> insert(connection, 1))
                    .isInstanceOfSatisfying(SQLException.class, FaultProxyIT::assertLost);
        }
        // the way there was open; the server may commit after the client has given up
        Awaitility.await().untilAsserted(() -> assertThat(rows()).hasToString("[[1]]"));
    }

    @Test
    void cutConnectionsAreLostAndNewOnesAreNot() throws SQLException {
        try (Connection first = connect();
                Connection second = connect()) {
            proxy.cut(first.unwrap(PGConnection.class).getBackendPID());
            assertThatThrownBy(() -> one(first)).isInstanceOfSatisfying(SQLException.class, FaultProxyIT::assertLost);
            assertThat(one(second)).isOne();
            proxy.cut();
            assertThatThrownBy(() -> one(second)).isInstanceOfSatisfying(SQLException.class, FaultProxyIT::assertLost);
        }
        try (Connection third = connect()) {
            assertThat(one(third)).isOne();
        }
    }

    @Test
    void newConnectionsAreRefusedAndOldOnesGoOn() throws SQLException {
        try (Connection old = connect()) {
            proxy.refuse();
            assertThatThrownBy(this::connect).isInstanceOfSatisfying(SQLException.class, FaultProxyIT::assertLost);
            assertThat(one(old)).isOne();
            proxy.heal();
            connect().close();
        }
    }

    @Test
    void aHalfClosedServerEndsItsSessionAndItsClientSeesTheEnd() throws SQLException {
        try (Connection connection = connect()) {
            proxy.halfClose(Direction.TO_SERVER);
            assertThatThrownBy(() -> one(connection))
                    .isInstanceOfSatisfying(SQLException.class, FaultProxyIT::assertLost);
        }
    }

    @Test
    void whoSeesTheEndOfHisStreamCanStillBeHeard() throws SQLException {
        try (Connection connection = connect()) {
            proxy.halfClose(Direction.TO_CLIENT);
            assertThatThrownBy(() -> insert(connection, 1))
                    .isInstanceOfSatisfying(SQLException.class, FaultProxyIT::assertLost);
        }
        Awaitility.await().untilAsserted(() -> assertThat(rows()).hasToString("[[1]]"));
    }

    @Test
    void aDelayIsThereEachWayAndNotMoreForManyRows() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            one(connection);
            proxy.delay(Duration.ofMillis(40));
            long from = System.nanoTime();
            try (ResultSet rows = statement.executeQuery("select generate_series(1, 1000)")) {
                while (rows.next()) {
                    LockSupport.parkNanos(1);
                }
            }
            assertThat(Duration.ofNanos(System.nanoTime() - from))
                    .isBetween(Duration.ofMillis(80), Duration.ofSeconds(10));
        }
    }

    @Test
    void aTextThatIsNoUrlIsNotRepeated() {
        assertThatThrownBy(() -> FaultProxy.before("jdbc:h2:secret"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }
}
