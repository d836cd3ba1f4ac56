package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.PgConnection;

/** Nothing that one tenant leaves in a session is seen by the next one, and a session that was not touched pays nothing. */
@Guarantee("G8")
@Pitfall(22)
@TenantShiftCluster(shards = 1, perMethod = true, ddl = SessionStateIT.DDL)
class SessionStateIT {
    static final String DDL = """
            create table item (tenant_id text not null, id integer not null, primary key (tenant_id, id));
            create sequence numbers;
            create schema other;
            create table other.item (tenant_id text not null, id integer not null, primary key (tenant_id, id));
            create function leave() returns void language plpgsql as 'begin perform set_config(''app.who'', ''acme'', false); end';
            create procedure leave_too() language plpgsql as 'begin perform set_config(''app.who'', ''acme'', false); end';
            """;

    /** All that a session can hold of its user, as one row. */
    private static final String STATE = """
            select coalesce(current_setting('app.who', true), ''), current_setting('search_path'), current_setting('statement_timeout'),
                   current_setting('timezone'), current_setting('default_transaction_isolation'),
                   current_setting('default_transaction_read_only'), current_setting('application_name'), current_user, session_user,
                   (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()),
                   (select count(*) from pg_listening_channels()), (select count(*) from pg_cursors where name <> ''),
                   (select count(*) from pg_prepared_statements where from_sql),
                   (select count(*) from pg_class where relpersistence = 't' and pg_table_is_visible(oid)),
                   to_regclass('left_behind') is null, current_schema
            """;

    private final Cluster cluster;
    private final TenantShiftDataSource router;

    SessionStateIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        cluster.execute(
                "s0",
                "do $$ begin if not exists (select 1 from pg_roles where rolname = 'clerk') then create role clerk; end if; end $$",
                "grant select on item to clerk");
        this.router = TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "s0"))
                .maximumPoolSize(2)
                // A test here ends one connection after the other.
                .breaker(false)
                .build();
    }

    @AfterEach
    void close() {
        router.close();
    }

    private static List<String> row(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            List<String> values = new ArrayList<>();
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                values.add(row.getString(i));
            }
            return values;
        }
    }

    private static int backend(Connection connection) throws SQLException {
        return Integer.parseInt(row(connection, "select pg_backend_pid()").get(0));
    }

    /** What a tenant may do to its session. */
    @FunctionalInterface
    interface Deed {
        void to(Connection connection) throws SQLException;
    }

    private static Arguments deed(String name, Deed deed) {
        return Arguments.of(Named.of(name, deed));
    }

    private static Arguments text(String sql) {
        return deed(sql, connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        });
    }

    static Stream<Arguments> deeds() {
        return Stream.of(
                text("set app.who = 'acme'"),
                text("set session app.who to 'acme'"),
                text("select set_config('app.who', 'acme', false)"),
                text("set search_path = other"),
                text("set role clerk"),
                text("set session authorization clerk"),
                text("set time zone 'Asia/Tokyo'"),
                text("set statement_timeout = '1h'"),
                text("set session characteristics as transaction read only"),
                text("create temporary table left_behind (id integer)"),
                text("create temp view left_behind as select 1"),
                text("select 1 into temp left_behind"),
                text("select pg_advisory_lock(7)"),
                text("select pg_try_advisory_lock(7)"),
                text("listen news"),
                text("prepare p as select 1"),
                text("declare c cursor with hold for select 1"),
                text("do $$ begin perform set_config('app.who', 'acme', false); end $$"),
                text("call leave_too()"),
                text("select 1; set app.who = 'acme'"),
                text("begin"),
                deed(
                        "a call",
                        connection -> connection.prepareCall("{call leave()}").execute()),
                deed("setSchema", connection -> connection.setSchema("other")),
                deed("setReadOnly", connection -> {
                    connection.setReadOnly(true);
                    backend(connection);
                }),
                deed("setTransactionIsolation", connection -> {
                    connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                    backend(connection);
                }),
                deed("setHoldability", connection -> {
                    connection.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT);
                    backend(connection);
                }),
                deed("setClientInfo", connection -> connection.setClientInfo("ApplicationName", "acme's own")),
                deed("setNetworkTimeout", connection -> {
                    backend(connection);
                    connection.setNetworkTimeout(Runnable::run, 77_000);
                }),
                deed("an open transaction", connection -> {
                    connection.setAutoCommit(false);
                    connection.createStatement().executeUpdate("insert into item values ('acme', 1)");
                    connection.createStatement().execute("set app.who = 'acme'");
                }),
                deed("a failed transaction", connection -> {
                    connection.setAutoCommit(false);
                    connection.createStatement().execute("set app.who = 'acme'");
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("nonsense");
                    } catch (SQLException expected) {
                        assertThat(expected.getSQLState()).isEqualTo("42601");
                    }
                }));
    }

    @ParameterizedTest
    @MethodSource("deeds")
    void theNextTenantHasTheSameSessionAndSeesNothingOfIt(Deed deed) throws SQLException {
        List<String> fresh;
        int backend;
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("bolt")) {
            fresh = row(connection, STATE);
            backend = backend(connection);
        }
        int dirtied;
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme")) {
            deed.to(connection);
            dirtied = connection.unwrap(PGConnection.class).getBackendPID();
        }
        assertThat(dirtied).as("one session is reused").isEqualTo(backend);
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("bolt")) {
            assertThat(backend(connection)).as("and again").isEqualTo(dirtied);
            assertThat(row(connection, STATE)).isEqualTo(fresh);
            assertThat(connection.getAutoCommit()).isTrue();
            assertThat(connection.isReadOnly()).isFalse();
            assertThat(connection.getHoldability()).isEqualTo(ResultSet.CLOSE_CURSORS_AT_COMMIT);
            assertThat(connection.getNetworkTimeout()).isZero();
            assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
            assertThat(connection.getClientInfo("ApplicationName")).isEqualTo(fresh.get(6));
        }
    }

    /** Without transactions, in which another tenant is refused, and JDBC's own settings, which are the connection's. */
    static Stream<Arguments> textsOnly() {
        return deeds().limit(20);
    }

    @ParameterizedTest
    @MethodSource("textsOnly")
    void theNextTenantOfTheSameConnectionSeesNothingOfItEither(Deed deed) throws SQLException {
        try (Connection connection = router.getConnection()) {
            List<String> fresh;
            try (var scope = TenantContext.enter("bolt")) {
                fresh = row(connection, STATE);
            }
            try (var scope = TenantContext.enter("acme")) {
                deed.to(connection);
            }
            try (var scope = TenantContext.enter("bolt")) {
                assertThat(row(connection, STATE)).isEqualTo(fresh);
            }
        }
    }

    @Test
    void aSessionThatWasNotTouchedPaysNothing() throws SQLException {
        int backend;
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement insert = connection.prepareStatement("insert into item values (?, ?)")) {
            connection.setAutoCommit(false);
            backend = backend(connection);
            insert.setString(1, "acme");
            insert.setInt(2, 1);
            insert.executeUpdate();
            connection.commit();
        }
        assertThat(cluster.query("s0", "select query from pg_stat_activity where pid = " + backend))
                .as("the last that the server heard")
                .containsExactly(List.of("COMMIT"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select nextval('numbers')",
                "insert into item values ('acme', nextval('numbers'))",
                "select set_config('app.who', 'acme', true)",
                "select pg_notify('news', 'text')"
            })
    void whatEndsWithItsTransactionOrIsOnlyANumberIsNoReasonToResetASession(String sql) throws SQLException {
        int backend;
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            backend = backend(connection);
            statement.execute(sql);
        }
        assertThat(cluster.query("s0", "select query from pg_stat_activity where pid = " + backend))
                .as("the last that the server heard")
                .containsExactly(List.of(sql));
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("bolt")) {
            assertThat(backend(connection)).isEqualTo(backend);
            assertThat(row(connection, STATE).get(0)).isEmpty();
        }
    }

    @Test
    @Pitfall(26)
    void aSessionWhoseDriverWasHandedOutIsNobodysAfterwards() throws SQLException {
        int backend;
        PgConnection kept;
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme")) {
            kept = connection.unwrap(PgConnection.class);
            backend = backend(connection);
        }
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("bolt")) {
            assertThat(backend(connection)).isNotEqualTo(backend);
        }
        assertThat(kept.isClosed()).isTrue();
    }

    @Test
    @Pitfall(20)
    void whatWasPreparedOnTheServerIsPreparedAgainAfterAReset() throws SQLException {
        for (int round = 0; round < 4; round++) {
            try (Connection connection = router.getConnection();
                    var scope = TenantContext.enter("acme");
                    PreparedStatement select = connection.prepareStatement("select id from item where tenant_id = ?")) {
                for (int i = 0; i < 8; i++) {
                    select.setString(1, "acme");
                    select.executeQuery().close();
                }
                try (Statement statement = connection.createStatement()) {
                    statement.execute(round % 2 == 0 ? "set app.who = 'acme'" : "deallocate all");
                }
                select.executeQuery().close();
            }
        }
    }

    @Test
    @Pitfall(20)
    void aPlanOfOneSearchPathIsNotUsedUnderAnother() throws SQLException {
        cluster.execute("s0", "insert into other.item values ('acme', 42)");
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement count =
                        connection.prepareStatement("select count(*) from item where tenant_id = ?")) {
            count.setString(1, "acme");
            for (int i = 0; i < 8; i++) {
                assertThat(number(count)).isZero();
            }
            connection.setSchema("other");
            assertThat(number(count)).isEqualTo(1);
        }
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement count =
                        connection.prepareStatement("select count(*) from item where tenant_id = ?")) {
            count.setString(1, "acme");
            assertThat(number(count)).isZero();
        }
    }

    private static long number(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    @Pitfall(21)
    void tenThousandConnectionsAndStatementsLeaveNothingOpen() throws SQLException {
        for (int i = 0; i < 10_000; i++) {
            try (Connection connection = router.getConnection();
                    var scope = TenantContext.enter(i % 2 == 0 ? "acme" : "bolt")) {
                PreparedStatement one = connection.prepareStatement("select ?::int + " + i % 7);
                one.setInt(1, i);
                one.executeQuery().next();
                connection.prepareStatement("select 1").executeQuery();
                connection.createStatement();
            }
        }
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme")) {
            assertThat(Integer.parseInt(row(connection, "select count(*) from pg_prepared_statements")
                            .get(0)))
                    .isLessThan(300);
        }
        assertThat(
                        cluster.queryLong(
                                "s0",
                                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"))
                .isLessThanOrEqualTo(2);
    }

    @Test
    @Pitfall(21)
    void aConnectionThatTheServerKilledIsNotLostToThePoolThoughItsUserDoesNotCloseWhatIsClosed() throws SQLException {
        for (int i = 0; i < 5; i++) {
            Connection connection = router.getConnection();
            try (var scope = TenantContext.enter("acme")) {
                int backend = backend(connection);
                cluster.execute("s0", "select pg_terminate_backend(" + backend + ")");
                try {
                    backend(connection);
                } catch (SQLException expected) {
                    assertThat(expected.getSQLState()).isIn("57P01", "08006", "08003");
                }
            }
            if (!connection.isClosed()) {
                connection.close();
            }
        }
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme")) {
            assertThat(backend(connection)).isPositive();
        }
    }
}
