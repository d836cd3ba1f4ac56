package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

final class PostgresServerIT {

    @Test
    void theSharedServerIsStartedOnceAndRefusesToBeStopped() throws SQLException {
        PostgresServer server = PostgresServer.shared();
        assertThat(PostgresServer.shared()).isSameAs(server);
        assertThat(server.majorVersion()).isGreaterThanOrEqualTo(13);
        assertThat(setting(server, "synchronous_commit")).isEqualTo("on");
        assertThat(Integer.parseInt(setting(server, "max_connections"))).isGreaterThanOrEqualTo(400);
        assertThat(Integer.parseInt(setting(server, "max_prepared_transactions")))
                .isPositive();
        assertThatThrownBy(server::close).hasMessageContaining("ends with the JVM");
        assertThatThrownBy(server::stopImmediate).hasMessageContaining("PostgresServer.start()");
        assertThatThrownBy(server::restart).hasMessageContaining("PostgresServer.start()");
    }

    @Test
    void aDatabaseIsCopiedFromATemplateAndDroppedUnderItsConnections() throws SQLException {
        PostgresServer server = PostgresServer.shared();
        String template = server.freshName("template");
        String copy = server.freshName("copy");
        server.createDatabase(template);
        try (Connection connection = server.superuserConnection(template)) {
            Sql.execute(connection, "CREATE TABLE t AS SELECT 7 AS n");
        }
        server.createDatabase(copy, template);
        try (Connection connection = server.superuserConnection(copy)) {
            assertThat(Sql.query(connection, "SELECT n FROM t")).hasToString("[[7]]");
            server.dropDatabase(copy);
            assertThatThrownBy(() -> Sql.execute(connection, "SELECT 1")).isInstanceOf(SQLException.class);
        }
        assertThatThrownBy(() -> server.superuserConnection(copy))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3D000"));
        server.dropDatabase(template);
        server.dropDatabase(template); // is already gone
    }

    @Test
    void aServerOfItsOwnCrashesAndComesBackWithWhatWasCommitted() throws SQLException {
        try (PostgresServer server = PostgresServer.start(Map.of("work_mem", "5MB"))) {
            assertThat(server.toString()).isNotEqualTo(PostgresServer.shared().toString());
            assertThat(setting(server, "work_mem")).isEqualTo("5MB");
            server.createDatabase("d");
            String url = server.jdbcUrl("d");
            try (Connection connection = DriverManager.getConnection(url)) {
                Sql.execute(connection, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)");
                server.stopImmediate();
                assertThatThrownBy(() -> Sql.execute(connection, "SELECT 1")).isInstanceOf(SQLException.class);
            }
            assertThatThrownBy(() -> DriverManager.getConnection(url)).isInstanceOf(SQLException.class);
            server.restart();
            try (Connection connection = DriverManager.getConnection(url)) {
                assertThat(Sql.query(connection, "SELECT n FROM t")).hasToString("[[1]]");
            }
            assertThat(setting(server, "work_mem")).isEqualTo("5MB");
            server.stopImmediate();
        }
    }

    @Test
    void aServerRecoversByItselfWhenAProcessIsKilled() throws SQLException {
        try (PostgresServer server = PostgresServer.start()) {
            try (Connection victim = server.superuserConnection("postgres");
                    Connection bystander = server.superuserConnection("postgres")) {
                Sql.execute(bystander, "CREATE TABLE t AS SELECT 1 AS n");
                int pid = victim.unwrap(PGConnection.class).getBackendPID();
                server.killBackend(pid);
                assertThatThrownBy(() -> Sql.execute(victim, "SELECT 1")).isInstanceOf(SQLException.class);
                assertThatThrownBy(() -> Sql.execute(bystander, "SELECT 1")).isInstanceOf(SQLException.class);
                assertThatThrownBy(() -> server.killBackend(pid))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("no session served by process " + pid);
            }
            try (Connection connection = server.superuserConnection("postgres")) {
                assertThat(Sql.query(connection, "SELECT n FROM t")).hasToString("[[1]]");
            }
        }
    }

    @Test
    void aSettingThatTheCommandLineCannotCarryIsRefused() {
        assertThatThrownBy(() -> PostgresServer.start(Map.of("log_line_prefix", "'; rm")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("log_line_prefix");
    }

    private static String setting(PostgresServer server, String name) throws SQLException {
        try (Connection connection = server.superuserConnection("postgres")) {
            return String.valueOf(Sql.query(connection, "SHOW " + name).get(0).get(0));
        }
    }
}
