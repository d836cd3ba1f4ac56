package io.tenantshift.router;

import static io.tenantshift.router.UrlFixture.connect;
import static io.tenantshift.router.UrlFixture.execute;
import static io.tenantshift.router.UrlFixture.properties;
import static io.tenantshift.router.UrlFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.jdbc.AutoSave;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.PGobject;

/** Whoever asks a URL for a connection gets one that cannot be told from a new one, whatever its predecessor did. */
@TenantShiftCluster(
        shards = 0,
        perMethod = true,
        ddl = "create table item (id bigint generated always as identity, note text)")
class AsIfNewIT {
    /** What a predecessor may do, and why it could shine through. */
    enum Deed {
        NOTHING(c -> {}),
        READS(c -> text(c, "select count(*) from item")),
        WRITES(c -> execute(c, "insert into item (note) values ('x')", "delete from item")),
        LEAVES_A_TRANSACTION_OPEN(c -> {
            c.setAutoCommit(false);
            execute(c, "insert into item (note) values ('lost')");
        }),
        LEAVES_A_FAILED_TRANSACTION(c -> {
            c.setAutoCommit(false);
            try {
                execute(c, "insert into nowhere values (1)");
            } catch (SQLException e) {
                // As it is meant to be.
            }
        }),
        BEGINS_BY_TEXT(c -> execute(c, "begin", "insert into item (note) values ('lost')")),
        SETS(c -> execute(c, "set work_mem = '7MB'", "set timezone = 'Asia/Tokyo'", "set search_path = pg_catalog")),
        SETS_A_VARIABLE_OF_ITS_OWN(c -> execute(c, "set my.secret = 'x'")),
        SETS_BY_A_FUNCTION(c -> text(c, "select set_config('work_mem', '7MB', false)")),
        SETS_BY_A_FUNCTION_OF_ITS_OWN(c -> {
            execute(
                    c,
                    "create function pg_temp.f() returns int language plpgsql as 'begin set work_mem = 7000; return 1; end'");
            text(c, "select pg_temp.f()");
        }),
        CALLS_A_FUNCTION_THAT_SETS(c -> text(c, "select sets()")),
        SETS_A_ROLE(c -> execute(c, "set role pg_monitor")),
        SETS_THE_SESSIONS_USER(c -> execute(c, "set session authorization pg_monitor")),
        SETS_THE_SESSIONS_CHARACTERISTICS(
                c -> execute(c, "set session characteristics as transaction isolation level serializable, read only")),
        MAKES_A_TEMPORARY_TABLE(c -> execute(c, "create temp table item (secret text)")),
        MAKES_A_TEMPORARY_TABLE_BY_SELECT(c -> execute(c, "select 1 as secret into temp item")),
        LOCKS_FOR_THE_SESSION(c -> text(c, "select pg_advisory_lock(42)::text")),
        PREPARES_BY_TEXT(c -> execute(c, "prepare p as select 1")),
        LISTENS(c -> execute(c, "listen news")),
        HEARS_AND_DOES_NOT_LOOK(c -> execute(c, "listen news", "notify news, 'secret'", "select 1")),
        DECLARES_A_CURSOR(c -> execute(c, "declare cursed cursor with hold for select 1")),
        DRAWS_A_NUMBER(c -> text(c, "select nextval('item_id_seq')")),
        WARNS(c -> execute(c, "do $$ begin raise warning 'secret'; end $$")),
        CHANGES_DEFINITIONS(c -> execute(c, "create table other (id int)", "drop table other")),
        SETS_THE_CONNECTION(c -> {
            c.setAutoCommit(false);
            c.setReadOnly(true);
            c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            c.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT);
            c.setSchema("pg_catalog");
            c.setNetworkTimeout(Runnable::run, 30_000);
        }),
        SETS_AND_USES_THE_CONNECTION(c -> {
            c.setReadOnly(true);
            c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            c.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT);
            c.setNetworkTimeout(Runnable::run, 30_000);
            text(c, "select 1");
        }),
        SETS_CLIENT_INFO(c -> {
            c.setClientInfo("ApplicationName", "secret");
            text(c, "select 1");
        }),
        SETS_CLIENT_INFO_THAT_IS_NONE(c -> c.setClientInfo("secret", "secret")),
        SETS_A_TYPE_MAP(c -> c.setTypeMap(Map.of("secret", PGobject.class))),
        SETS_THE_DRIVER(c -> {
            PGConnection driver = c.unwrap(PGConnection.class);
            driver.setPrepareThreshold(1);
            driver.setDefaultFetchSize(7);
            driver.setAutosave(AutoSave.ALWAYS);
            driver.setAdaptiveFetch(true);
        }),
        KEEPS_THE_DRIVERS_CONNECTION(c -> execute(c.unwrap(PgConnection.class), "set work_mem = '7MB'")),
        COPIES_WITH_THE_DRIVERS_CLASS(
                c -> new CopyManager(c.unwrap(BaseConnection.class)).copyIn("copy item (note) from stdin")),
        COPIES(c -> c.unwrap(PGConnection.class).getCopyAPI().copyIn("copy item (note) from stdin")),
        LEAVES_STATEMENTS_OPEN(c -> {
            Statement statement = c.createStatement();
            statement.setFetchSize(1);
            statement.executeQuery("select generate_series(1, 1000)");
        });

        @SuppressWarnings("ImmutableEnumChecker") // lambdas that hold nothing
        private final Does does;

        Deed(Does does) {
            this.does = does;
        }
    }

    @FunctionalInterface
    private interface Does {
        void to(Connection connection) throws SQLException;
    }

    private final Cluster cluster;

    @TempDir
    Path directory;

    AsIfNewIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        cluster.execute(
                "legacy",
                "create or replace function sets() returns int language plpgsql as 'begin set work_mem = 7000; return 1; end'");
    }

    @AfterEach
    void closeRouters() {
        TenantShiftDriver.closeRouters();
    }

    /** Everything that can be asked of a connection and its session without knowing what to look for, but for the process id. */
    private static Map<String, String> fingerprint(Connection connection) throws SQLException {
        Map<String, String> seen = new TreeMap<>();
        seen.put("autocommit", String.valueOf(connection.getAutoCommit()));
        seen.put("read-only", String.valueOf(connection.isReadOnly()));
        seen.put("isolation", String.valueOf(connection.getTransactionIsolation()));
        seen.put("holdability", String.valueOf(connection.getHoldability()));
        seen.put("schema", String.valueOf(connection.getSchema()));
        seen.put("catalog", String.valueOf(connection.getCatalog()));
        seen.put("network time-out", String.valueOf(connection.getNetworkTimeout()));
        seen.put("type map", String.valueOf(connection.getTypeMap()));
        seen.put("client info", new TreeMap<>(connection.getClientInfo()).toString());
        seen.put("warnings", String.valueOf(connection.getWarnings()));
        try (Statement statement = connection.createStatement()) {
            seen.put("fetch size", String.valueOf(statement.getFetchSize()));
            seen.put("statement's holdability", String.valueOf(statement.getResultSetHoldability()));
        }
        addRows(seen, connection, "setting", "select name, coalesce(setting, '<null>') from pg_settings");
        addRows(seen, connection, "temporary", "select oid::text, relname from pg_class where relpersistence = 't'");
        addRows(seen, connection, "temporary schema", "select '', pg_my_temp_schema()::text");
        addRows(seen, connection, "listening", "select c, '' from pg_listening_channels() c");
        addRows(seen, connection, "cursor", "select name, '' from pg_cursors where name <> ''");
        addRows(seen, connection, "prepared", "select name, '' from pg_prepared_statements where from_sql");
        addRows(
                seen,
                connection,
                "lock",
                "select objid::text, mode from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'");
        addRows(seen, connection, "own", "select 'my.secret', coalesce(current_setting('my.secret', true), '<null>')");
        addRows(seen, connection, "users", "select session_user::text, current_user::text");
        try {
            seen.put("last number", String.valueOf(text(connection, "select lastval()")));
        } catch (SQLException e) {
            seen.put("last number", String.valueOf(e.getSQLState()));
        }
        PGConnection driver = connection.unwrap(PGConnection.class);
        seen.put("prepare threshold", String.valueOf(driver.getPrepareThreshold()));
        seen.put("default fetch size", String.valueOf(driver.getDefaultFetchSize()));
        seen.put("autosave", String.valueOf(driver.getAutosave()));
        seen.put("adaptive fetch", String.valueOf(driver.getAdaptiveFetch()));
        seen.put("parameters", new TreeMap<>(driver.getParameterStatuses()).toString());
        seen.put("notifications", Arrays.toString(driver.getNotifications()));
        return seen;
    }

    private static void addRows(Map<String, String> seen, Connection connection, String what, String sql)
            throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                seen.put(what + " " + row.getString(1), row.getString(2));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Deed.class)
    @Guarantee({"G8", "G10"})
    @Pitfall(22)
    void itCannotBeToldFromOneOfPostgresDriver(Deed deed) throws Exception {
        UrlFixture fixture = new UrlFixture(cluster, directory);
        Properties asked = properties();
        Map<String, String> expected;
        try (Connection plain = DriverManager.getConnection(fixture.bare("legacy"), asked)) {
            expected = fingerprint(plain);
        }
        String url = fixture.oneShard();
        // Several, for whoever comes next may get any of them.
        try (Connection one = DriverManager.getConnection(url, asked);
                Connection two = DriverManager.getConnection(url, asked)) {
            text(two, "select 1");
            deed.does.to(one);
        }
        try (Connection one = DriverManager.getConnection(url, asked);
                Connection two = DriverManager.getConnection(url, asked)) {
            assertThat(fingerprint(one)).isEqualTo(expected);
            assertThat(fingerprint(two)).isEqualTo(expected);
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item where note = 'lost'"))
                .isZero();
    }

    @Test
    @Guarantee("G10")
    void itIsNewAndGoesWhenItIsClosed() throws Exception {
        String url = new UrlFixture(cluster, directory).oneShard();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            try (Connection connection = connect(url, "ApplicationName", "counted")) {
                assertThat(seen.add(String.valueOf(text(connection, "select pg_backend_pid()"))))
                        .isTrue();
            }
        }
        Awaitility.await()
                .untilAsserted(() -> assertThat(cluster.queryLong(
                                "legacy", "select count(*) from pg_stat_activity where application_name = 'counted'"))
                        .isZero());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "drop type mood; create type mood as enum ('sad', 'glad')",
                "do $$ begin drop type mood; create type mood as enum ('sad', 'glad'); end $$"
            })
    void aTypeThatWasMadeAnewIsKnownAnew(String remade) throws Exception {
        String url = new UrlFixture(cluster, directory).oneShard();
        cluster.execute("legacy", "drop type if exists mood", "create type mood as enum ('glad')");
        try (Connection one = connect(url);
                Connection changing = connect(url, "ApplicationName", "another router")) {
            // Its driver now remembers the type's number.
            assertThat(glad(one)).isEqualTo("{glad}");
            one.close();
            execute(changing, remade);
            try (Connection next = connect(url)) {
                assertThat(glad(next)).isEqualTo("{glad}");
            }
        }
    }

    private static String glad(Connection connection) throws SQLException {
        Array array = connection.createArrayOf("mood", new Object[] {"glad"});
        try (var select = connection.prepareStatement("select ?::text")) {
            select.setArray(1, array);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneWhoseServerProcessWasEndedIsNotHandedOut(boolean whileItWasOpen) throws Exception {
        String url = new UrlFixture(cluster, directory).oneShard();
        try (Connection keeping = connect(url)) {
            for (int i = 0; i < 5; i++) {
                Connection connection = connect(url);
                int pid = Integer.parseInt(text(connection, "select pg_backend_pid()"));
                if (whileItWasOpen) {
                    cluster.endBackend("legacy", pid);
                }
                connection.close();
                if (!whileItWasOpen) {
                    cluster.endBackend("legacy", pid);
                }
                try (Connection next = connect(url)) {
                    assertThat(text(next, "select 1")).isEqualTo("1");
                }
            }
            // It has kept the router open all the time.
            assertThat(text(keeping, "select 1")).isEqualTo("1");
        }
    }
}
