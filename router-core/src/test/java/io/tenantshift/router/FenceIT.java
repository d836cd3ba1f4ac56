package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every write on a guarded shard enters, however it is sent. The column {@code mark} tells, for each row, whose mark its transaction bore;
 * the guard refuses a write without one.
 */
@TenantShiftCluster(shards = 1, perMethod = true, ddl = Moving.ITEMS)
class FenceIT {
    private final Cluster cluster;
    private final Moving moving;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    FenceIT(Cluster cluster) {
        this.cluster = cluster;
        this.moving = new Moving(cluster);
    }

    @BeforeEach
    void open() throws SQLException {
        moving.open("acme", "bolt");
    }

    private TenantShiftDataSource router(String parameters) throws SQLException {
        return moving.router(parameters).meters(meters).build();
    }

    private double counted(String meter) {
        return meters.get(meter).functionCounter().count();
    }

    private void assertAllMarked(int rows) throws SQLException {
        assertThat(cluster.query("legacy", "select count(*), count(*) filter (where mark = tenant_id) from item")
                        .get(0))
                .containsExactly(Integer.toString(rows), Integer.toString(rows));
    }

    @ParameterizedTest
    @Guarantee("G2")
    @Pitfall({46, 72})
    @ValueSource(
            strings = {
                "",
                "&preferQueryMode=simple",
                "&preferQueryMode=extendedForPrepared",
                "&preferQueryMode=extendedCacheEverything",
                "&autosave=always",
                "&autosave=conservative",
                "&prepareThreshold=1",
                "&binaryTransfer=false",
                "&reWriteBatchedInserts=true"
            })
    void everyFormOfAWriteEntersAtEachOfTwelveExecutions(String parameters) throws SQLException {
        int id = 0;
        try (TenantShiftDataSource router = router(parameters);
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement counted =
                        connection.prepareStatement("insert into item (tenant_id, id, at) values (?, ?, ?) -- one");
                PreparedStatement returning = connection.prepareStatement(
                        "insert into item (tenant_id, id, at) values (?, ?, ?) returning note, mark, at;");
                PreparedStatement keys = connection.prepareStatement(
                        "insert into item (tenant_id, id, at) values (?, ?, ?)", Statement.RETURN_GENERATED_KEYS);
                PreparedStatement named = connection.prepareStatement(
                        "insert into item (tenant_id, id, at) values (?, ?, ?)", new String[] {"mark", "id"});
                Statement text = connection.createStatement()) {
            for (int round = 0; round < 12; round++) {
                if (round == 7 && !parameters.contains("simple")) {
                    counted.getParameterMetaData();
                    returning.getMetaData();
                }
                assertThat(bind(counted, ++id).executeUpdate()).isEqualTo(1);
                assertThat(counted.getMoreResults()).isFalse();
                assertThat(counted.getUpdateCount()).isEqualTo(-1);
                try (ResultSet row = bind(returning, ++id).executeQuery()) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getString("mark")).as("round %d", round).isEqualTo("acme");
                    assertThat(row.next()).isFalse();
                }
                assertThat(bind(keys, ++id).executeUpdate()).isEqualTo(1);
                try (ResultSet row = keys.getGeneratedKeys()) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getString("mark")).isEqualTo("acme");
                    assertThat(row.getInt("id")).isEqualTo(id);
                }
                assertThat(bind(named, ++id).executeUpdate()).isEqualTo(1);
                try (ResultSet row = named.getGeneratedKeys()) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getString(1)).isEqualTo("acme");
                    assertThat(row.getInt(2)).isEqualTo(id);
                }
                assertThat(text.executeUpdate(
                                "insert into item (tenant_id, id) values ('acme', " + ++id + ") /* text */ ;"))
                        .isEqualTo(1);
                for (int entry = 0; entry < 3; entry++) {
                    bind(counted, ++id).addBatch();
                }
                assertThat(counted.executeBatch()).hasSize(3);
                assertThat(connection.getAutoCommit()).isTrue();
            }
        }
        assertAllMarked(id);
    }

    private static PreparedStatement bind(PreparedStatement statement, int id) throws SQLException {
        statement.setString(1, "acme");
        statement.setInt(2, id);
        statement.setTimestamp(3, id % 2 == 0 ? new Timestamp(1_700_000_000_000L) : null);
        return statement;
    }

    @ParameterizedTest
    @Guarantee("G2")
    @Pitfall(47)
    @ValueSource(strings = {"", "&autosave=always", "&autosave=conservative"})
    void aWriteAfterAPartialRollbackIsFenced(String parameters) throws SQLException {
        try (TenantShiftDataSource router = router(parameters);
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            Savepoint first = connection.setSavepoint();
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
            connection.rollback(first);
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 2)");
            assertThat(heldLocks()).isEqualTo(1);
            if (parameters.contains("always")) {
                assertThatThrownBy(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 2)"))
                        .hasMessageContaining("duplicate");
                assertThat(heldLocks())
                        .as("the driver's own savepoint took nothing with it")
                        .isEqualTo(1);
                statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 3)");
            }
            connection.commit();
        }
        assertAllMarked(parameters.contains("always") ? 2 : 1);
    }

    private long heldLocks() throws SQLException {
        return cluster.queryLong(
                "legacy",
                "select count(*) from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and database = (select oid from pg_database where datname = current_database())");
    }

    @Test
    @Guarantee("G2")
    @Pitfall(58)
    void aConnectionSetReadOnlyInAutocommitStillEntersToWrite() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            connection.setReadOnly(true);
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
        }
        assertAllMarked(1);
    }

    @Test
    @Guarantee("G2")
    void aFailedStatementLeavesTheConnectionUsableAndNothingBehind() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
            assertThatThrownBy(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("23505"));
            assertThat(heldLocks()).isZero();
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 2)");
            assertThatThrownBy(() -> statement.executeQuery("insert into item (tenant_id, id) values ('acme', 3)"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("02000"));
            assertThat((Throwable) statement.getWarnings()).isNull();
        }
    }

    @Test
    @Guarantee("G9")
    void transactionsAsTextAreRefusedWhereTheyWouldBreakTheFence() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            for (String text : new String[] {"begin", "COMMIT", "rollback", "start transaction", "end"}) {
                assertThatThrownBy(() -> statement.execute(text))
                        .as(text)
                        .isInstanceOf(StatementRefusedException.class)
                        .hasMessageContaining("setAutoCommit");
            }
        }
    }

    @Test
    @Guarantee("G2")
    @Pitfall(48)
    void aTenantWithoutAFenceRowIsRefusedEverywhere() throws SQLException {
        try (TenantShiftDataSource router =
                        moving.router("").locateDeadline(Duration.ofMillis(50)).build();
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("unborn");
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('unborn', 1)"))
                    .isInstanceOf(TenantUnavailableException.class)
                    .hasMessageContaining("\"unborn\"")
                    .hasMessageContaining("nothing");
            try (Connection plain = cluster.connect("legacy");
                    Statement direct = plain.createStatement()) {
                assertThatThrownBy(() -> direct.execute("call tenantshift.enter('unborn', 1)"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("TS001"));
            }
        }
    }

    @ParameterizedTest
    @Guarantee("G2")
    @ValueSource(
            ints = {
                Connection.TRANSACTION_READ_COMMITTED,
                Connection.TRANSACTION_REPEATABLE_READ,
                Connection.TRANSACTION_SERIALIZABLE
            })
    void aStaleInstanceIsRefusedAndGoesSilentlyToTheOtherSide(int isolation) throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            connection.setTransactionIsolation(isolation);
            long first = System.nanoTime();
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
            moving.flip("acme", "legacy", "s0", 2);
            long second = System.nanoTime();
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 2)");
            long third = System.nanoTime();
            moving.flip("acme", "s0", "legacy", 3);
            connection.setAutoCommit(false);
            try (ResultSet rows = statement.executeQuery("select id from item where tenant_id = 'acme' order by id")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getInt(1))
                        .as("the transaction's first read is routed by the fence")
                        .isEqualTo(1);
                assertThat(rows.next()).isFalse();
            }
            long fourth = System.nanoTime();
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 3)");
            connection.commit();
            // Where a tenant lives is remembered for a second: who took longer may have asked anew.
            long aSecond = TimeUnit.SECONDS.toNanos(1);
            int sure = (third - first < aSecond ? 1 : 0) + (fourth - second < aSecond ? 1 : 0);
            assertThat(counted("tenantshift.router.rerouted")).isBetween((double) sure, 2.0);
            assertThat(counted("tenantshift.router.moved")).isZero();
        }
        assertThat(cluster.query("legacy", "select id from item order by id").toString())
                .isEqualTo("[[1], [3]]");
        assertThat(cluster.query("s0", "select id from item order by id").toString())
                .isEqualTo("[[2]]");
    }

    @Test
    @Guarantee("G2")
    @Pitfall(5)
    void anInstanceThatWasNeverToldOfTheTransitionIsRefusedByTheGuardAndLearns() throws SQLException {
        cluster.execute("legacy", "delete from tenantshift.transition", "delete from tenantshift.guarded_shard");
        try (TenantShiftDataSource frozen = router("");
                Connection connection = frozen.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            assertThat(frozen.services().topology().guarded()).isEmpty();
            // It is told now, but its poll has not come yet: the counter is the same.
            cluster.execute(
                    "legacy",
                    "insert into tenantshift.transition (from_version, to_version, status) values (1, 2, 'open')",
                    "insert into tenantshift.guarded_shard values ('legacy'), ('s0')");
            moving.flip("acme", "legacy", "s0", 2);
            cluster.execute("legacy", "update tenantshift.topology set version = version + 1");
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isZero();
        assertThat(cluster.queryLong("s0", "select count(*) from item where mark = 'acme'"))
                .isEqualTo(1);
    }

    @Test
    @Guarantee("G2")
    void aTransactionThatHasReadBeforeItLearnsOfTheMoveEndsAsASerializationFailure() throws SQLException {
        cluster.execute("legacy", "delete from tenantshift.transition", "delete from tenantshift.guarded_shard");
        try (TenantShiftDataSource frozen = router("");
                Connection connection = frozen.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.executeQuery("select 1").close();
            cluster.execute(
                    "legacy",
                    "insert into tenantshift.transition (from_version, to_version, status) values (1, 2, 'open')",
                    "insert into tenantshift.guarded_shard values ('legacy'), ('s0')",
                    "update tenantshift.topology set version = version + 1");
            assertThatThrownBy(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)"))
                    .isInstanceOf(TenantMovedException.class)
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("40001"));
            connection.rollback();
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
            connection.commit();
            assertThat(counted("tenantshift.router.moved")).isEqualTo(1);
        }
        assertAllMarked(1);
    }

    @Test
    @Guarantee("G5")
    void aLoopOverAResultThatWritesSurvivesACutover() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement reader = connection.createStatement();
                PreparedStatement writer =
                        connection.prepareStatement("insert into item (tenant_id, id) values ('acme', ?)")) {
            for (int i = 0; i < 4; i++) {
                writer.setInt(1, i);
                writer.executeUpdate();
            }
            int seen = 0;
            try (ResultSet rows = reader.executeQuery("select id from item where tenant_id = 'acme' order by id")) {
                while (rows.next()) {
                    if (rows.getInt(1) == 1) {
                        moving.flip("acme", "legacy", "s0", 2);
                    }
                    writer.setInt(1, 100 + rows.getInt(1));
                    writer.executeUpdate();
                    seen++;
                }
            }
            assertThat(seen).isEqualTo(4);
        }
        assertThat(cluster.query("s0", "select id from item order by id").toString())
                .isEqualTo("[[101], [102], [103]]");
    }

    @Test
    @Guarantee("G5")
    @Pitfall(59)
    void aMovingTenantHoldsAtMostHalfOfThePool() throws SQLException {
        try (TenantShiftDataSource router = moving.router("")
                .maximumPoolSize(4)
                .connectionTimeout(Duration.ofSeconds(2))
                .build()) {
            try (Connection one = router.getConnection();
                    Connection two = router.getConnection();
                    Connection three = router.getConnection();
                    Connection neighbour = router.getConnection()) {
                try (var scope = TenantContext.enter("acme")) {
                    one.createStatement().executeQuery("select 1").close();
                    two.createStatement().executeQuery("select 1").close();
                    assertThatThrownBy(() -> three.createStatement().executeQuery("select 1"))
                            .isInstanceOf(java.sql.SQLTransientConnectionException.class)
                            .hasMessageContaining("2 of 4");
                }
                try (var scope = TenantContext.enter("bolt")) {
                    neighbour.createStatement().executeQuery("select 1").close();
                }
            }
        }
    }

    @Test
    @Guarantee("G2")
    void aTenantOfWhichNoSideIsOpenWaitsAndIsServedAsSoonAsOneIs() throws SQLException {
        moving.put("legacy", "acme", 2, FenceState.FOLLOWING);
        try (TenantShiftDataSource router =
                        moving.router("").locateDeadline(Duration.ofMillis(100)).build();
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)"))
                    .isInstanceOf(TenantUnavailableException.class)
                    .hasMessageContaining("following 2")
                    .hasMessageContaining("absent 1");
            moving.put("s0", "acme", 2, FenceState.OPEN);
            assertThat(statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)"))
                    .isEqualTo(1);
        }
    }

    @Test
    @Guarantee("G2")
    @Pitfall(25)
    void aReadThatWritesByAFunctionEntersAfterAll() throws SQLException {
        cluster.execute(
                "legacy",
                "create function sneak(i integer) returns integer language sql as $$ insert into item (tenant_id, id) values ('acme', i) returning id $$");
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement select = connection.prepareStatement("select sneak(?)")) {
            for (int i = 1; i <= 7; i++) {
                select.setInt(1, i);
                try (ResultSet row = select.executeQuery()) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getInt(1)).isEqualTo(i);
                }
            }
        }
        assertAllMarked(7);
    }

    @Test
    @Guarantee("G9")
    void truncateOfATableInTransitionIsRefusedOnceAndClearly() throws SQLException {
        cluster.execute(
                "legacy",
                "create trigger guard_truncate before truncate on item for each statement execute function tenantshift.guard()");
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("truncate item"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("TRUNCATE")
                    .hasMessageContaining("Delete the tenant's rows");
        }
    }

    @Test
    @Guarantee("G6")
    void aFenceThatIsHeldTooLongIsARefusalAndNotAFailure() throws SQLException {
        cluster.execute("legacy", "alter procedure tenantshift.wait_for_lock(text) set lock_timeout = '100ms'");
        try (TenantShiftDataSource router = router("");
                Connection holder = cluster.connect("legacy");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            holder.setAutoCommit(false);
            io.tenantshift.router.fence.Fence.lockExclusive(holder, "acme");
            assertThatThrownBy(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)"))
                    .isInstanceOf(TenantUnavailableException.class)
                    .hasMessageContaining("nothing was executed");
            holder.rollback();
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
        }
        assertAllMarked(1);
    }

    /** The procedure runs as the schema's owner, the guard in front of every write; neither sets a search path for itself. */
    @Test
    @Guarantee({"G2", "G9"})
    void namesThatHideTheServersOwnAreNotCalledByFenceOrGuard() throws SQLException {
        cluster.execute(
                "legacy",
                "create schema evil",
                "create function evil.hide() returns boolean language plpgsql as $$ begin raise exception 'hidden'; end $$",
                "create function evil.compare(text, text) returns boolean language sql as 'select evil.hide()'",
                "create function evil.compare(bigint, bigint) returns boolean language sql as 'select evil.hide()'",
                "create function evil.compare(integer, integer) returns boolean language sql as 'select evil.hide()'",
                """
                do $$ declare o text; t text; begin
                    foreach o in array array['=', '<>', '<', '>'] loop
                        foreach t in array array['text', 'bigint', 'integer'] loop
                            execute format('create operator evil.%1$s (leftarg = %2$s, rightarg = %2$s, function = evil.compare)', o, t);
                        end loop;
                    end loop;
                end $$""",
                "create function evil.current_setting(text) returns text language sql as 'select evil.hide()::text'",
                "create function evil.current_setting(text, boolean) returns text language sql as 'select evil.hide()::text'",
                "create function evil.set_config(text, text, boolean) returns text language sql as 'select evil.hide()::text'",
                "create function evil.starts_with(text, text) returns boolean language sql as 'select evil.hide()'",
                "create function evil.strpos(text, text) returns integer language sql as 'select evil.hide()::integer'",
                "create function evil.current_query() returns text language sql as 'select evil.hide()::text'",
                "create function evil.pg_trigger_depth() returns integer language sql as 'select evil.hide()::integer'",
                "create function evil.pg_advisory_xact_lock_shared(bigint) returns boolean language sql as 'select evil.hide()'",
                "create function evil.pg_try_advisory_xact_lock_shared(bigint) returns boolean language sql as 'select evil.hide()'",
                "create table evil.fence (tenant_id text)");
        String insert = "insert into item (tenant_id, id) values ('acme', %d)";
        try (Connection connection = cluster.connect("legacy");
                Statement statement = connection.createStatement()) {
            statement.execute("set search_path = evil, pg_catalog, public");
            for (String level : new String[] {"read committed", "repeatable read"}) {
                statement.execute("set default_transaction_isolation = '" + level + "'");
                assertRefused(statement, "TS002", insert.formatted(1));
                assertRefused(statement, "TS001", "call tenantshift.enter('acme', 7)");
                assertRefused(statement, "TS001", "call tenantshift.enter('nobody', 1)");
            }
            statement.execute("begin; call tenantshift.enter('acme', 1); " + insert.formatted(1) + "; commit");
            cluster.execute("legacy", "update tenantshift.fence set phase = 'DUAL_WRITE' where tenant_id = 'acme'");
            assertRefused(
                    statement,
                    "TS004",
                    "begin; call tenantshift.enter('acme', 1); " + insert.formatted(2) + "; commit");
            connection.setAutoCommit(false);
            statement.execute("call tenantshift.enter('acme', 1)");
            statement.execute("WITH \"tenantshift rows\" AS (" + insert.formatted(2)
                    + " returning 1) table \"tenantshift rows\"");
            assertRefused(statement, "TS004", insert.formatted(3));
        }
        assertAllMarked(1);
    }

    private static void assertRefused(Statement statement, String state, String sql) throws SQLException {
        assertThatThrownBy(() -> statement.execute(sql))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(state));
        if (statement.getConnection().getAutoCommit()) {
            statement.execute("rollback");
        } else {
            statement.getConnection().rollback();
        }
    }

    @Test
    void settingsOfATransactionMayComeBeforeItEnters() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("set transaction isolation level serializable");
            statement.execute("set local work_mem = '8MB'");
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
            connection.commit();
        }
        assertAllMarked(1);
    }
}
