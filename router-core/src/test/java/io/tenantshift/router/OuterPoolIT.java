package io.tenantshift.router;

import static io.tenantshift.router.UrlFixture.execute;
import static io.tenantshift.router.UrlFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;

/** The pool that a service has already, over the driver: its connections go from tenant to tenant and take nothing along. */
@TenantShiftCluster(shards = 2, perMethod = true, ddl = "create table item (tenant_id text not null, id bigint)")
class OuterPoolIT {
    private final Cluster cluster;

    @TempDir
    Path directory;

    OuterPoolIT(Cluster cluster) {
        this.cluster = cluster;
    }

    private HikariDataSource pool(int connections) throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(new UrlFixture(cluster, directory).threeShards());
        config.setUsername("postgres");
        config.setPassword("postgres");
        config.setMaximumPoolSize(connections);
        return new HikariDataSource(config);
    }

    @AfterEach
    void closeRouters() {
        TenantShiftDriver.closeRouters();
    }

    @Test
    @Guarantee("G8")
    @Pitfall(22)
    void nothingOfOneTenantsSessionIsSeenByAnotherOnTheSameShard() throws Exception {
        try (HikariDataSource pool = pool(1)) {
            for (String tenant : new String[] {"first", "second", "third"}) {
                try (Connection connection = pool.getConnection();
                        var scope = TenantContext.enter(tenant)) {
                    assertThat(text(connection, "select current_setting('my.secret', true)"))
                            .isNullOrEmpty();
                    assertThat(text(connection, "show work_mem")).isNotEqualTo("7MB");
                    assertThat(text(connection, "select count(*) from pg_class where relpersistence = 't'"))
                            .isEqualTo("0");
                    assertThat(
                                    text(
                                            connection,
                                            "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"))
                            .isEqualTo("0");
                    assertThat(text(connection, "select count(*) from pg_listening_channels()"))
                            .isEqualTo("0");
                    assertThat(connection.unwrap(PGConnection.class).getNotifications())
                            .isNullOrEmpty();
                    execute(
                            connection,
                            "set my.secret = '" + tenant + "'",
                            "set work_mem = '7MB'",
                            "create temp table secret as select 1",
                            "listen news",
                            "notify news, '" + tenant + "'");
                    assertThat(text(connection, "select pg_advisory_lock(42)::text"))
                            .isNotNull();
                    assertThat(text(connection, "show work_mem"))
                            .as("it stays while the tenant is the same")
                            .isEqualTo("7MB");
                }
            }
        }
    }

    @Test
    @Guarantee("G8")
    @Pitfall(22)
    void whatOneTenantWasToldIsNotToldToAnother() throws Exception {
        try (HikariDataSource pool = pool(1)) {
            try (Connection connection = pool.getConnection();
                    var scope = TenantContext.enter("first")) {
                execute(connection, "listen news", "notify news, 'first'", "select 1");
            }
            try (Connection connection = pool.getConnection();
                    var scope = TenantContext.enter("second")) {
                text(connection, "select 1");
                assertThat(((PGConnection) connection.unwrap(Connection.class)).getNotifications())
                        .isNullOrEmpty();
            }
        }
    }

    @Test
    @Guarantee("G10")
    void itsSettingsAndChecksWork() throws Exception {
        try (HikariDataSource pool = pool(1)) {
            try (Connection connection = pool.getConnection()) {
                assertThat(connection.isValid(5)).isTrue();
                connection.setReadOnly(true);
                connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                connection.setAutoCommit(false);
                connection.setNetworkTimeout(Runnable::run, 20_000);
                assertThat(text(connection, "show transaction_read_only")).isEqualTo("on");
                assertThat(text(connection, "show transaction_isolation")).isEqualTo("serializable");
                assertThatThrownBy(() -> execute(connection, "insert into item values ('x', 1)"))
                        .isInstanceOf(SQLException.class)
                        .hasFieldOrPropertyWithValue("SQLState", "25006");
            }
            for (String tenant : new String[] {"acme", "nobody special"}) {
                try (Connection connection = pool.getConnection();
                        var scope = TenantContext.enter(tenant)) {
                    assertThat(connection.getAutoCommit()).isTrue();
                    assertThat(connection.isReadOnly()).isFalse();
                    assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
                    assertThat(connection.getNetworkTimeout()).isZero();
                    assertThat(text(connection, "show transaction_read_only")).isEqualTo("off");
                    assertThat(text(connection, "show transaction_isolation")).isEqualTo("read committed");
                    connection.setReadOnly(true);
                }
            }
        }
    }

    @Test
    void aConnectionThatDiesIsReplacedByThePool() throws Exception {
        try (HikariDataSource pool = pool(1)) {
            try (Connection connection = pool.getConnection()) {
                cluster.endBackend("legacy", Integer.parseInt(text(connection, "select pg_backend_pid()")));
                assertThat(connection.isValid(5)).isFalse();
                assertThatThrownBy(() -> text(connection, "select 1")).isInstanceOf(SQLException.class);
            }
            try (Connection connection = pool.getConnection()) {
                assertThat(text(connection, "select 1")).isEqualTo("1");
            }
        }
    }

    /** With fewer connections to a shard than the pool has, tenants would wait for connections that idle in the pool. */
    @Test
    @Timeout(60)
    @Guarantee("G5")
    @Pitfall(21)
    void noTenantWaitsForConnectionsThatIdleInThePool() throws Exception {
        int connections = 16;
        ExecutorService executor = Executors.newFixedThreadPool(connections);
        try (HikariDataSource pool = pool(connections)) {
            for (String tenant : new String[] {"acme", "bolt", "somebody", "acme"}) {
                List<Connection> all = new ArrayList<>();
                for (int i = 0; i < connections; i++) {
                    all.add(pool.getConnection());
                }
                List<Future<String>> answers = new ArrayList<>();
                for (Connection each : all) {
                    answers.add(executor.submit(() -> {
                        try (var scope = TenantContext.enter(tenant)) {
                            return text(each, "select 1");
                        }
                    }));
                }
                for (Future<String> answer : answers) {
                    assertThat(answer.get()).isEqualTo("1");
                }
                for (Connection each : all) {
                    each.close();
                }
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void closingItLeavesNoConnectionInUseAndClosingTheRoutersNoneAtAll() throws Exception {
        try (HikariDataSource pool = pool(5)) {
            for (String tenant : new String[] {"acme", "bolt", "somebody"}) {
                try (Connection connection = pool.getConnection();
                        var scope = TenantContext.enter(tenant)) {
                    execute(connection, "set work_mem = '7MB'", "insert into item values ('x', 1)");
                }
            }
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from pg_locks where locktype = 'advisory'"))
                .isZero();
        TenantShiftDriver.closeRouters();
        Awaitility.await()
                .untilAsserted(() -> assertThat(cluster.queryLong("legacy", """
                        select count(*) from pg_stat_activity
                        where datname in ('%s', '%s', '%s') and pid <> pg_backend_pid()
                        """.formatted(
                                        cluster.database("legacy"), cluster.database("s0"), cluster.database("s1"))))
                        .isZero());
    }
}
