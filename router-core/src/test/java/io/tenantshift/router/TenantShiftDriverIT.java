package io.tenantshift.router;

import static io.tenantshift.router.UrlFixture.connect;
import static io.tenantshift.router.UrlFixture.execute;
import static io.tenantshift.router.UrlFixture.properties;
import static io.tenantshift.router.UrlFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGProperty;
import org.postgresql.core.BaseConnection;

/** A service that only changes its URL goes on working; routers are shared, and closed with nothing left. */
@TenantShiftCluster(shards = 2, perMethod = true, ddl = "create table item (tenant_id text not null, id bigint)")
class TenantShiftDriverIT {
    private final Cluster cluster;

    @TempDir
    Path directory;

    TenantShiftDriverIT(Cluster cluster) {
        this.cluster = cluster;
    }

    private UrlFixture fixture() {
        return new UrlFixture(cluster, directory);
    }

    /** The leak check of the cluster sees whether connections or threads are left. */
    @AfterEach
    void closeRouters() {
        TenantShiftDriver.closeRouters();
        assertThat(TenantShiftDriver.openRouters()).isZero();
    }

    private static long threadsNamed(String part) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && thread.getName().contains(part))
                .count();
    }

    // ----------------------------------------------------------------------------------------------------- the service

    @Test
    void driverManagerFindsItByTheUrlAlone() throws Exception {
        String url = fixture().oneShard();
        try (Connection connection = DriverManager.getConnection(url, "postgres", "postgres")) {
            assertThat(text(connection, "select current_database()")).isEqualTo(cluster.database("legacy"));
            assertThat(connection.getMetaData().getURL()).startsWith("jdbc:postgresql:");
        }
    }

    @Test
    void aPoolAndItsTransactionsWorkAsBefore() throws Exception {
        for (boolean named : new boolean[] {true, false}) {
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl(fixture().oneShard());
            config.setUsername("postgres");
            config.setPassword("postgres");
            config.setMaximumPoolSize(3);
            if (named) {
                config.setDriverClassName(TenantShiftDriver.class.getName());
            }
            try (HikariDataSource pool = new HikariDataSource(config)) {
                for (int i = 0; i < 10; i++) {
                    try (Connection connection = pool.getConnection()) {
                        connection.setAutoCommit(false);
                        execute(connection, "insert into item values ('any', " + i + ")");
                        if (i % 2 == 0) {
                            connection.commit();
                        }
                    }
                }
            }
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isEqualTo(10);
        assertThat(TenantShiftDriver.openRouters()).isOne();
    }

    @Test
    void aDriverObjectThatAFrameworkMakesSharesTheRouters() throws Exception {
        String url = fixture().oneShard();
        Driver own = TenantShiftDriver.class.getDeclaredConstructor().newInstance();
        try (Connection one = own.connect(url, properties());
                Connection other = connect(url)) {
            assertThat(text(one, "select 1")).isEqualTo(text(other, "select 1"));
            assertThat(TenantShiftDriver.openRouters()).isOne();
        }
    }

    @Test
    void aResourceOfTheClassPathIsAConfigurationToo() throws Exception {
        // It names its server by a variable that no environment of a test has.
        assertThatThrownBy(() -> connect("jdbc:tenantshift:classpath:io/tenantshift/router/least.yaml"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining(
                        "classpath:io/tenantshift/router/least.yaml:4:10: shards.legacy.url cannot be read");
        assertThatThrownBy(() -> connect("jdbc:tenantshift:classpath:nowhere.yaml"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("no resource \"nowhere.yaml\"");
    }

    // ----------------------------------------------------------------------------------------------------- the tenant

    @Test
    @Guarantee("G8")
    void theTenantComesFromTheUrlAPropertyOrTheContext() throws Exception {
        String url = fixture().threeShards();
        String legacy = cluster.database("legacy");
        try (Connection byUrl = connect(url + "?tenant=acme");
                Connection byProperty = connect(url, "tenant", "bolt");
                Connection open = connect(url)) {
            assertThat(text(byUrl, "select current_database()")).isEqualTo(cluster.database("s0"));
            assertThat(text(byProperty, "select current_database()")).isEqualTo(cluster.database("s1"));
            assertThat(text(open, "select current_database()")).isEqualTo(legacy);
            try (var scope = TenantContext.enter("bolt")) {
                assertThat(text(open, "select current_database()")).isEqualTo(cluster.database("s1"));
                assertThatThrownBy(() -> text(byUrl, "select 1"))
                        .isInstanceOf(StatementRefusedException.class)
                        .hasMessageContaining("\"acme\"")
                        .hasMessageContaining("\"bolt\"");
            }
            assertThat(text(open, "select current_database()")).isEqualTo(legacy);
        }
        assertThat(TenantShiftDriver.openRouters())
                .as("a tenant makes no router")
                .isOne();
    }

    @Test
    void aTenantOfTheUrlCountsMoreThanOneOfTheProperties() throws Exception {
        try (Connection connection = connect(fixture().threeShards() + "?tenant=acme", "tenant", "bolt")) {
            assertThat(text(connection, "select current_database()")).isEqualTo(cluster.database("s0"));
        }
    }

    @Test
    void aTenantThatIsNoneIsRefused() throws Exception {
        String url = fixture().threeShards();
        assertThatThrownBy(() -> connect(url + "?tenant="))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("is not a tenant's id");
        assertThatThrownBy(() -> connect(url + "?tennant=acme"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("\"tennant\" is neither \"tenant\" nor a property of PostgreSQL's driver");
    }

    // ----------------------------------------------------------------------------------------------------- the routers

    @Test
    void whatIsAskedDifferentlyHasARouterOfItsOwn() throws Exception {
        String url = fixture().oneShard();
        try (Connection one = connect(url, "ApplicationName", "one");
                Connection same = connect(url, "ApplicationName", "one", "unknown", "x", "PGHOST", "nowhere.invalid");
                Connection byUrl = connect(url + "?ApplicationName=one");
                Connection other = connect(url, "ApplicationName", "other", "prepareThreshold", "1")) {
            assertThat(TenantShiftDriver.openRouters()).isEqualTo(2);
            for (Connection each : List.of(one, same, byUrl)) {
                assertThat(text(each, "show application_name")).isEqualTo("one");
            }
            assertThat(text(other, "show application_name")).isEqualTo("other");
        }
    }

    @Test
    @Timeout(60)
    void fiftyThreadsThatComeFirstOpenOneRouter() throws Exception {
        String url = fixture().oneShard();
        int threads = 50;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch go = new CountDownLatch(1);
            List<Future<String>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(executor.submit(() -> {
                    go.await();
                    try (Connection connection = connect(url)) {
                        return text(connection, "select current_database()");
                    }
                }));
            }
            go.countDown();
            for (Future<String> each : all) {
                assertThat(each.get()).isEqualTo(cluster.database("legacy"));
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(TenantShiftDriver.openRouters()).isOne();
        assertThat(threadsNamed("tenantshift-topology-one")).isOne();
    }

    @Test
    void eightIdleRoutersAreKeptAndTheOneThatWasLeftFirstIsClosed() throws Exception {
        String url = fixture().oneShard();
        for (int i = 0; i < 12; i++) {
            connect(url, "ApplicationName", "idle " + i).close();
            assertThat(TenantShiftDriver.openRouters()).isEqualTo(Math.min(8, i + 1));
        }
        assertThat(threadsNamed("tenantshift-topology-one")).isEqualTo(8);
        try (Connection again = connect(url, "ApplicationName", "idle 0")) {
            assertThat(text(again, "show application_name")).isEqualTo("idle 0");
        }
    }

    @Test
    void routersInUseAreNotClosed() throws Exception {
        String url = fixture().oneShard();
        List<Connection> open = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            open.add(connect(url, "ApplicationName", "busy " + i));
        }
        assertThat(TenantShiftDriver.openRouters()).isEqualTo(10);
        for (Connection each : open) {
            assertThat(text(each, "select 1")).isEqualTo("1");
            each.close();
            each.close();
        }
        assertThat(TenantShiftDriver.openRouters()).isEqualTo(8);
    }

    @Test
    void aConnectionThatIsAbortedLeavesItsRouter() throws Exception {
        String url = fixture().oneShard();
        for (int i = 0; i < 9; i++) {
            Connection connection = connect(url, "ApplicationName", "aborted " + i);
            connection.abort(Runnable::run);
            connection.close();
        }
        assertThat(TenantShiftDriver.openRouters()).isEqualTo(8);
    }

    @Test
    void deregisteringTheDriverClosesItsRouters() throws Exception {
        String url = fixture().oneShard();
        Connection connection = connect(url);
        Driver driver = DriverManager.getDriver(url);
        DriverManager.deregisterDriver(driver);
        try {
            assertThat(TenantShiftDriver.openRouters()).isZero();
            assertThatThrownBy(() -> text(connection, "select 1")).isInstanceOf(SQLException.class);
            connection.close();
        } finally {
            TenantShiftDriver.register();
        }
        connect(url).close();
    }

    @Test
    void aFileThatChangesIsReadWhenItsRouterIsOpenedAgain() throws Exception {
        String url = fixture().oneShard();
        connect(url).close();
        fixture().url("one.yaml", "name: changed\n");
        connect(url).close();
        TenantShiftDriver.closeRouters();
        assertThatThrownBy(() -> connect(url)).hasMessageContaining("has no key \"shards\"");
    }

    // ----------------------------------------------------------------------------------------------- what cannot be
    // opened

    @Test
    @Guarantee("G9")
    void aConfigurationThatIsWrongIsToldWithAllFindings() throws Exception {
        String url =
                fixture().url("wrong.yaml", "nmae: x\nshards: {a: {url: nowhere, user: \"${NOBODY_SETS_THIS}\"}}\n");
        assertThatThrownBy(() -> connect(url))
                .isInstanceOf(SQLException.class)
                .hasFieldOrPropertyWithValue("SQLState", "08001")
                .hasMessageContaining("wrong.yaml:1:1: unknown key \"nmae\"; did you mean \"name\"?")
                .hasMessageContaining("wrong.yaml:2:19: shards.a.url does not begin with jdbc:postgresql:")
                .hasMessageContaining("wrong.yaml:2:34: shards.a.user cannot be read");
        assertThat(TenantShiftDriver.openRouters()).isZero();
    }

    @Test
    void aFileThatIsNotThereIsTold() {
        assertThatThrownBy(() -> connect(JdbcUrl.PREFIX + directory.resolve("nowhere.yaml")))
                .isInstanceOf(SQLException.class)
                .hasFieldOrPropertyWithValue("SQLState", "08001")
                .hasMessageContaining("nowhere.yaml:1:1: there is no such file");
        for (String url : new String[] {"", "classpath:", "?tenant=acme", "\0", "a.yaml?ApplicationName=%zz"}) {
            assertThatThrownBy(() -> connect(JdbcUrl.PREFIX + url))
                    .isInstanceOf(SQLException.class)
                    .hasFieldOrPropertyWithValue("SQLState", "08001")
                    .hasMessageContaining("expected is jdbc:tenantshift:<path>[?tenant=<id>]");
        }
    }

    @Test
    @Timeout(20)
    void whatTheServerRefusesFailsAtOnceAsPostgresDriverSaysIt() throws Exception {
        String url = fixture().url("database.yaml", """
                name: nowhere
                shards: {legacy: {url: "%s_nowhere"}}
                legacyShard: legacy
                """.formatted(fixture().bare("legacy")));
        String plain = fixture().bare("legacy") + "_nowhere";
        SQLException expected = failure(() -> connect(plain));
        SQLException found = failure(() -> connect(url));
        assertThat(found.getSQLState()).isEqualTo(expected.getSQLState()).isEqualTo("3D000");
        assertSame(found, expected);

        SQLException option = failure(() -> connect(fixture().oneShard(), "options", "-c nonsense=1x"));
        SQLException plainOption = failure(() -> connect(fixture().bare("legacy"), "options", "-c nonsense=1x"));
        assertSame(option, plainOption);
    }

    @Test
    @Timeout(20)
    void aServerThatIsNotThereFailsAtOnceAndForAllWhoWait() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        String url = fixture().url("down.yaml", """
                name: down
                shards: {legacy: {url: "jdbc:postgresql://localhost:%d/down"}}
                legacyShard: legacy
                """.formatted(port));
        ExecutorService executor = Executors.newFixedThreadPool(8);
        try {
            List<Future<SQLException>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(executor.submit(() -> failure(() -> connect(url))));
            }
            for (Future<SQLException> each : all) {
                assertThat(each.get().getSQLState()).isEqualTo("08001");
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(TenantShiftDriver.openRouters()).isZero();
    }

    /** As with PostgreSQL's driver, nothing stays open on the server: neither the connection nor what the router has for itself. */
    @Test
    void aConnectionThatFailsLeavesNoRouterBehind() throws Exception {
        String url = fixture().oneShard();
        SQLException found = failure(() -> connect(url, "stringtype", "nonsense"));
        assertSame(found, failure(() -> connect(fixture().bare("legacy"), "stringtype", "nonsense")));
        assertThat(TenantShiftDriver.openRouters()).isZero();

        try (Connection connection = connect(url)) {
            assertThat(TenantShiftDriver.openRouters()).isEqualTo(1);
            assertThat(((BaseConnection) connection).haveMinimumServerVersion(90400))
                    .isTrue();
        }
        assertThat(TenantShiftDriver.openRouters()).isEqualTo(1);
    }

    @FunctionalInterface
    private interface Attempt {
        Connection run() throws Exception;
    }

    private static void assertSame(SQLException found, SQLException expected) {
        assertThat(found.getClass()).isEqualTo(expected.getClass());
        assertThat(found.getMessage()).isEqualTo(expected.getMessage());
    }

    private static SQLException failure(Attempt attempt) throws Exception {
        try (Connection connection = attempt.run()) {
            throw new AssertionError("connected: " + connection);
        } catch (SQLException e) {
            return e;
        }
    }

    // ------------------------------------------------------------------------------------------------ the driver
    // itself

    @Test
    void otherUrlsAreLeftToOtherDrivers() throws Exception {
        Driver driver = new TenantShiftDriver();
        assertThat(driver.acceptsURL("jdbc:postgresql://localhost/x")).isFalse();
        assertThat(driver.connect("jdbc:postgresql://localhost/x", new Properties()))
                .isNull();
        assertThat(driver.acceptsURL("jdbc:tenantshift:router.yaml")).isTrue();
        assertThatThrownBy(() -> driver.connect(null, new Properties())).isInstanceOf(SQLException.class);
        assertThat(driver.jdbcCompliant()).isEqualTo(new org.postgresql.Driver().jdbcCompliant());
    }

    @Test
    void itsVersionIsThatOfTheLibrary() throws Exception {
        Driver driver = new TenantShiftDriver();
        assertThat(Files.readString(Path.of("../pom.xml")))
                .contains("<artifactId>tenantshift-parent</artifactId>\n  <version>%d.%d."
                        .formatted(driver.getMajorVersion(), driver.getMinorVersion()));
    }

    @Test
    void itTellsWhatMayBeSetAndNoPassword() throws Exception {
        DriverPropertyInfo[] all = new TenantShiftDriver()
                .getPropertyInfo(
                        "jdbc:tenantshift:router.yaml?tenant=acme&prepareThreshold=7&password=s3cret&sslpassword=s3cret",
                        properties());
        List<String> names = Arrays.stream(all).map(info -> info.name).toList();
        assertThat(names)
                .startsWith("tenant")
                .contains("user", "password", "options", "currentSchema")
                .doesNotContain("PGHOST", "PGPORT", "PGDBNAME", "service")
                .doesNotHaveDuplicates()
                .hasSize(PGProperty.values().length - 4 + 1);
        assertThat(all).noneSatisfy(info -> assertThat(info.value).contains("s3cret"));
        assertThat(all)
                .anySatisfy(info -> assertThat(info.name + info.value).isEqualTo("prepareThreshold7"))
                .anySatisfy(info -> assertThat(info.name + info.value).isEqualTo("tenantacme"));
        assertThat(new TenantShiftDriver().getPropertyInfo("jdbc:postgresql:x", null))
                .isNotEmpty();
    }

    @Test
    void nothingShowsAPassword() throws Exception {
        JdbcUrl asked = JdbcUrl.parse("jdbc:tenantshift:a.yaml?password=s3cret", properties("sslpassword", "s3cret"));
        assertThat(asked + " " + asked.key()).doesNotContain("s3cret").contains("a.yaml", "password");
    }
}
