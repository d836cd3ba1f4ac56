package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A cluster whose databases are on two servers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClusterOnServersIT {
    private PostgresServer own;
    private Cluster cluster;

    @BeforeAll
    void start() throws SQLException {
        own = PostgresServer.start();
        cluster = Cluster.create(List.of(PostgresServer.shared(), own, own), "CREATE TABLE t (n int)");
    }

    @AfterAll
    void end() throws SQLException {
        cluster.close();
        own.close();
    }

    @Test
    void eachDatabaseIsOnTheServerThatWasAskedForAndHasTheTables() throws SQLException {
        assertThat(cluster.names()).containsExactly("legacy", "s0", "s1");
        assertThat(cluster.server("legacy")).isSameAs(PostgresServer.shared());
        assertThat(cluster.server("s0")).isSameAs(own).isSameAs(cluster.server("s1"));
        for (String name : cluster.names()) {
            assertThat(cluster.url(name)).isEqualTo(cluster.server(name).jdbcUrl(cluster.database(name)));
            assertThat(cluster.queryLong(name, "SELECT count(*) FROM t")).isZero();
            try (Connection connection = cluster.connect(name)) {
                assertThat(cluster.nameOf(connection)).isEqualTo(name);
            }
        }
        assertThatThrownBy(cluster::server)
                .hasMessage("this cluster is on 2 servers; ask for that of one of [legacy, s0, s1]");
        assertThatThrownBy(() -> cluster.server("s2"))
                .hasMessage("this cluster has no database 's2'; it has [legacy, s0, s1]");
    }

    @Test
    void oneServerIsStoppedAndTheOtherGoesOn() throws SQLException {
        cluster.server("s0").stopImmediate();
        try {
            cluster.execute("legacy", "INSERT INTO t VALUES (1)", "DELETE FROM t");
            assertThatThrownBy(() -> cluster.execute("s1", "INSERT INTO t VALUES (1)"))
                    .isInstanceOf(SQLException.class);
        } finally {
            cluster.server("s0").restart();
        }
        assertThat(cluster.queryLong("s1", "SELECT count(*) FROM t")).isZero();
    }

    @Test
    void whatIsLeftBehindIsFoundOnEachServer() throws SQLException {
        for (String name : cluster.names()) {
            LeakCheck check = LeakCheck.begin(cluster, false);
            try (Connection connection = cluster.connect(name)) {
                connection.setAutoCommit(false);
                Sql.query(connection, "SELECT 1");
                assertThatThrownBy(() -> check.end("test", Duration.ofMillis(50)))
                        .hasMessageContaining("open transaction since")
                        .hasMessageContaining(" in " + name + ", backend ");
                assertThat(connection.isClosed()).as("ended for the next test").isTrue();
            }
        }
    }
}
