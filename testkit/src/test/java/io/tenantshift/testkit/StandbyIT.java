package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(shards = 1, ddl = "create table t (n int)", ownServer = true)
final class StandbyIT {
    private final Cluster cluster;
    private final PostgresServer server;

    StandbyIT(Cluster cluster) {
        this.cluster = cluster;
        this.server = cluster.server();
    }

    private List<List<@Nullable String>> rows(Standby standby) throws SQLException {
        return on(standby.jdbcUrl(cluster.database("s0")), "select n from t order by n");
    }

    private static List<List<@Nullable String>> on(String url, String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url)) {
            return Sql.query(connection, query);
        }
    }

    private void fill(int n) throws SQLException {
        cluster.execute("s0", "delete from t", "insert into t values (" + n + ")");
    }

    @Test
    void itShowsWhatItsPrimaryWritesAndRefusesToWrite() throws SQLException {
        try (Standby standby = server.startStandby()) {
            fill(1);
            standby.awaitReplayed();
            assertThat(rows(standby)).hasToString("[[1]]");
            try (Connection connection = standby.superuserConnection(cluster.database("s0"))) {
                assertThatThrownBy(() -> Sql.execute(connection, "insert into t values (2)"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("25006"));
            }
            assertThat(on(standby.failoverUrl("postgres"), "select pg_is_in_recovery()"))
                    .hasToString("[[f]]");
        }
    }

    @Test
    void itHoldsBackWhileItIsPausedOrDisconnectedAndCatchesUp() throws SQLException {
        try (Standby standby = server.startStandby()) {
            fill(1);
            standby.awaitReplayed();
            standby.pauseReplay();
            fill(2);
            assertThat(rows(standby)).hasToString("[[1]]");
            standby.resumeReplay();
            standby.awaitReplayed();
            assertThat(rows(standby)).hasToString("[[2]]");
            standby.disconnect();
            fill(3);
            assertThat(rows(standby)).hasToString("[[2]]");
            standby.reconnect();
            standby.awaitReplayed();
            assertThat(rows(standby)).hasToString("[[3]]");
        }
    }

    @Test
    void itCrashesAndComesBack() throws SQLException {
        try (Standby standby = server.startStandby()) {
            standby.stopImmediate();
            assertThatThrownBy(() -> rows(standby)).isInstanceOf(SQLException.class);
            fill(4);
            standby.restart();
            standby.awaitReplayed();
            assertThat(rows(standby)).hasToString("[[4]]");
            standby.stopImmediate();
        }
    }

    @Test
    void itIsPromotedWhenItsPrimaryIsGone() throws SQLException {
        try (Standby standby = server.startStandby()) {
            fill(5);
            standby.awaitReplayed();
            server.stopImmediate();
            standby.promote();
            String url = standby.failoverUrl(cluster.database("s0"));
            try (Connection connection = DriverManager.getConnection(url)) {
                Sql.execute(connection, "insert into t values (6)");
            }
            assertThat(rows(standby)).hasToString("[[5], [6]]");
        } finally {
            server.restart();
        }
    }

    @Test
    void nothingIsLeftOfIt() throws SQLException {
        Standby standby = server.startStandby();
        Path data = Path.of(String.valueOf(
                on(standby.jdbcUrl("postgres"), "show data_directory").get(0).get(0)));
        long process = Long.parseLong(String.valueOf(on(
                        standby.jdbcUrl("postgres"),
                        "select (regexp_split_to_array(pg_read_file('postmaster.pid'), '\\n'))[1]")
                .get(0)
                .get(0)));
        assertThat(ProcessHandle.of(process)).isPresent();
        standby.close();
        standby.close(); // does nothing
        assertThat(Files.exists(data)).isFalse();
        Awaitility.await("it says that it has ended, then it ends")
                .until(() ->
                        ProcessHandle.of(process).filter(ProcessHandle::isAlive).isEmpty());
        assertThat(on(server.jdbcUrl("postgres"), "select slot_name from pg_replication_slots"))
                .isEmpty();
    }

    @Test
    void itEndsWithItsPrimary() throws SQLException {
        Standby standby;
        Path data;
        try (PostgresServer own = PostgresServer.start()) {
            standby = own.startStandby();
            data = Path.of(String.valueOf(on(standby.jdbcUrl("postgres"), "show data_directory")
                    .get(0)
                    .get(0)));
        }
        assertThat(Files.exists(data)).isFalse();
    }

    @Test
    void theSharedServerHasNone() {
        assertThatThrownBy(PostgresServer.shared()::startStandby).hasMessageContaining("PostgresServer.start()");
    }
}
