package io.tenantshift.router;

import static io.tenantshift.router.UrlFixture.connect;
import static io.tenantshift.router.UrlFixture.execute;
import static io.tenantshift.router.UrlFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Path;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;

/** Properties of PostgreSQL's driver take effect, in the URL or handed over, as they do with that driver. */
@TenantShiftCluster(
        shards = 0,
        ddl = {
            "create schema app",
            "create table app.item (id int, note text)",
            "create procedure p(inout n int) language plpgsql as 'begin n := n + 1; end'",
            "create function f(n int) returns int language sql as 'select n + 1'"
        })
class ConnectionPropertiesIT {
    private final Cluster cluster;

    @TempDir
    Path directory;

    private String plain = "";
    private String url = "";

    ConnectionPropertiesIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void urls() throws Exception {
        UrlFixture fixture = new UrlFixture(cluster, directory);
        plain = fixture.bare("legacy");
        url = fixture.oneShard();
    }

    @AfterEach
    void closeRouters() {
        TenantShiftDriver.closeRouters();
    }

    /** What can be seen of the properties on a connection. */
    private static Map<String, String> seen(Connection connection) throws SQLException {
        Map<String, String> seen = new TreeMap<>();
        PGConnection driver = connection.unwrap(PGConnection.class);
        seen.put("prepareThreshold", String.valueOf(driver.getPrepareThreshold()));
        seen.put("defaultRowFetchSize", String.valueOf(driver.getDefaultFetchSize()));
        seen.put("preferQueryMode", String.valueOf(driver.getPreferQueryMode()));
        seen.put("autosave", String.valueOf(driver.getAutosave()));
        seen.put("adaptiveFetch", String.valueOf(driver.getAdaptiveFetch()));
        seen.put("readOnly", String.valueOf(connection.isReadOnly()));
        seen.put("networkTimeout", String.valueOf(connection.getNetworkTimeout()));
        seen.put("ApplicationName", connection.getClientInfo("ApplicationName"));
        seen.put("schema", String.valueOf(connection.getSchema()));
        try (Statement statement = connection.createStatement()) {
            seen.put("fetchSize", String.valueOf(statement.getFetchSize()));
            seen.put("queryTimeout", String.valueOf(statement.getQueryTimeout()));
        }
        for (String setting : new String[] {
            "application_name", "work_mem", "search_path", "default_transaction_read_only", "datestyle", "timezone"
        }) {
            seen.put(setting, String.valueOf(text(connection, "show " + setting)));
        }
        seen.put("ssl", String.valueOf(text(connection, "select ssl from pg_stat_ssl where pid = pg_backend_pid()")));
        return seen;
    }

    @ParameterizedTest
    @CsvSource({
        "prepareThreshold, 7",
        "prepareThreshold, -1",
        "preferQueryMode, simple",
        "preferQueryMode, extendedForPrepared",
        "defaultRowFetchSize, 3",
        "autosave, always",
        "autosave, conservative",
        "adaptiveFetch, true",
        "readOnly, true",
        "ApplicationName, shop",
        "options, -c work_mem=5MB",
        "currentSchema, app",
        "socketTimeout, 17",
        "queryTimeout, 9",
        "loginTimeout, 5",
        "connectTimeout, 5",
        "sslmode, disable",
        "gssEncMode, disable",
        "binaryTransfer, false",
        "assumeMinServerVersion, 13",
        "tcpKeepAlive, true",
        "cleanupSavepoints, true",
        "reWriteBatchedInserts, true",
        "databaseMetadataCacheFields, 0",
        "preparedStatementCacheQueries, 0",
        "datatype.box, org.postgresql.geometric.PGbox"
    })
    @Guarantee("G10")
    void theyAreSeenAsWithPostgresDriver(String name, String value) throws Exception {
        Map<String, String> expected;
        try (Connection connection = connect(plain, name, value)) {
            expected = seen(connection);
        }
        try (Connection handedOver = connect(url, name, value);
                Connection inUrl = connect(url + "?" + name + "=" + value)) {
            assertThat(seen(handedOver)).isEqualTo(expected);
            assertThat(seen(inUrl)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "loginTimeout, 0.01s",
        "prepareThreshold, many",
        "stringtype, nonsense",
        "preferQueryMode, nonsense",
        "options, -c nonsense",
        "sslmode, nonsense",
        "sslmode, require",
        "targetServerType, secondary",
        "socketFactory, io.nowhere.Factory",
        "requireAuth, nonsense"
    })
    void valuesThatAreWrongAreRefusedAsByPostgresDriver(String name, String value) throws Exception {
        String expected = outcome(plain, name, value);
        assertThat(outcome(url, name, value)).isEqualTo(expected);
    }

    private static String outcome(String url, String name, String value) {
        try (Connection connection = connect(url, name, value)) {
            return "works: " + text(connection, "select 1");
        } catch (SQLException e) {
            return e.getClass().getSimpleName() + " " + e.getSQLState() + " " + e.getMessage();
        }
    }

    /** Made by the driver, which knows only its class. */
    public static final class CountingExecutor implements Executor {
        static final AtomicInteger CONNECTIONS = new AtomicInteger();

        @Override
        public void execute(Runnable connect) {
            CONNECTIONS.incrementAndGet();
            connect.run();
        }
    }

    /** Its own connections go the way that the caller has chosen: with his threads, and with no weaker a proof of who they are. */
    @Test
    @Guarantee("G10")
    void theRouterReachesTheServerAsTheCallerDoes() throws Exception {
        CountingExecutor.CONNECTIONS.set(0);
        try (Connection connection =
                connect(url, "loginTimeout", "10", "connectExecutor", CountingExecutor.class.getName())) {
            assertThat(text(connection, "select 1")).isEqualTo("1");
        }
        assertThat(CountingExecutor.CONNECTIONS.get()).isGreaterThan(1); // not the caller's alone

        // Where the shard is not known yet, the router's own connection is the first.
        String grouped = new UrlFixture(cluster, directory).url("grouped.yaml", """
                name: grouped
                shards: {legacy: {url: "%s"}}
                legacyShard: legacy
                tableGroups: [{name: app, tenantColumn: id, tables: [app.item]}]
                """.formatted(plain));
        assertThat(outcome(grouped, "requireAuth", "nonsense")).isEqualTo(outcome(plain, "requireAuth", "nonsense"));
    }

    /** What the driver refuses when a statement is made is refused then, wherever it will be executed. */
    @Test
    @Guarantee("G10")
    void aStatementThatCannotBeIsRefusedWhenItIsMade() throws Exception {
        String grouped = new UrlFixture(cluster, directory).url("grouped.yaml", """
                name: grouped
                shards: {legacy: {url: "%s"}}
                legacyShard: legacy
                tableGroups: [{name: app, tenantColumn: id, tables: [app.item]}]
                """.formatted(plain));
        for (int[] wrong : new int[][] {{-1, 1007, 2}, {1003, -1, 2}, {1003, 1007, -1}}) {
            String[] refusals = new String[2];
            for (int i = 0; i < 2; i++) {
                try (Connection connection = connect(i == 0 ? plain : grouped)) {
                    refusals[i] = refusal(() -> connection.createStatement(wrong[0], wrong[1], wrong[2]))
                            + refusal(() -> connection.prepareStatement("select 1", wrong[0], wrong[1], wrong[2]));
                }
            }
            assertThat(refusals[1]).isEqualTo(refusals[0]).contains("22023");
        }
    }

    private static String refusal(Callable<? extends Statement> making) throws Exception {
        try (Statement made = making.call()) {
            return "made: " + made;
        } catch (SQLException e) {
            return e.getSQLState() + " " + e.getMessage() + "; ";
        }
    }

    @Test
    void aReadOnlyConnectionMayNotWrite() throws Exception {
        for (String mode : new String[] {"transaction", "always"}) {
            try (Connection connection = connect(url, "readOnly", "true", "readOnlyMode", mode)) {
                connection.setAutoCommit(mode.equals("always"));
                assertThatThrownBy(() -> execute(connection, "insert into app.item values (1, 'x')"))
                        .isInstanceOf(SQLException.class)
                        .hasFieldOrPropertyWithValue("SQLState", "25006");
            }
        }
    }

    @Test
    void stringsMayBeOfNoType() throws Exception {
        String insert = "insert into app.item values (?, 'x')";
        try (Connection connection = connect(url, "stringtype", "unspecified");
                PreparedStatement statement = connection.prepareStatement(insert)) {
            statement.setString(1, "7");
            assertThat(statement.executeUpdate()).isOne();
        }
        try (Connection connection = connect(url);
                PreparedStatement statement = connection.prepareStatement(insert)) {
            statement.setString(1, "7");
            assertThatThrownBy(statement::executeUpdate).hasFieldOrPropertyWithValue("SQLState", "42804");
        }
    }

    @Test
    void callsAreEscapedAsWanted() throws Exception {
        try (Connection connection = connect(url, "escapeSyntaxCallMode", "call");
                CallableStatement call = connection.prepareCall("{call p(?)}")) {
            call.setInt(1, 1);
            call.registerOutParameter(1, Types.INTEGER);
            call.execute();
            assertThat(call.getInt(1)).isEqualTo(2);
        }
        try (Connection connection = connect(url, "escapeSyntaxCallMode", "select");
                CallableStatement call = connection.prepareCall("{? = call f(?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.setInt(2, 1);
            call.execute();
            assertThat(call.getInt(1)).isEqualTo(2);
        }
    }

    @Test
    void autosaveSavesATransactionFromAStatementThatFails() throws Exception {
        try (Connection connection = connect(url, "autosave", "always")) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> execute(connection, "select 1/0")).isInstanceOf(SQLException.class);
            assertThat(text(connection, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void aReplicationConnectionIsOne() throws Exception {
        try (Connection connection =
                connect(url, "replication", "database", "preferQueryMode", "simple", "assumeMinServerVersion", "9.4")) {
            assertThat(text(connection, "IDENTIFY_SYSTEM")).isNotEmpty();
        }
    }

    @Test
    void theWholeOfTheSystemsPropertiesMayBeHandedOver() throws Exception {
        Properties all = new Properties(System.getProperties());
        all.setProperty("user", "postgres");
        all.setProperty("password", "postgres");
        try (Connection one = DriverManager.getConnection(url, all)) {
            System.setProperty("tenantshift.test.something", "x");
            try (Connection other = DriverManager.getConnection(url, all)) {
                assertThat(text(one, "select 1")).isEqualTo(text(other, "select 1"));
            }
            assertThat(TenantShiftDriver.openRouters()).isOne();
        } finally {
            System.clearProperty("tenantshift.test.something");
        }
    }
}
