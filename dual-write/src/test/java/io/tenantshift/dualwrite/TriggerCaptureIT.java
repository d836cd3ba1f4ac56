package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.io.StringReader;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/**
 * A table that is captured by trigger beside one that is captured by statement: {@code part} refers to {@code item}. Writes come through
 * the library and past it; the lane brings them to the other side.
 */
class TriggerCaptureIT extends CaptureContract {
    private static final String JOURNAL =
            "select op::text, array_to_string(image, ',', '-') from tenantshift.journal where layout = 2 order by seq";

    TriggerCaptureIT(Cluster cluster) {
        super(cluster);
    }

    @BeforeEach
    void addPart() throws SQLException {
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(shard, """
                    create table part (
                        tenant_id text not null,
                        id        integer not null,
                        item      integer,
                        n         integer not null default 0,
                        primary key (tenant_id, id),
                        foreign key (tenant_id, item) references item on delete cascade
                    )""");
        }
        OpenTransition.join(cluster, 2, "public", "part", "tenant_id");
        OpenTransition.captureByTrigger(cluster, 2);
    }

    /** A service that does not have the library. */
    private void past(String... statements) throws SQLException {
        cluster.execute("legacy", statements);
    }

    private String journal() throws SQLException {
        return cluster.query("legacy", JOURNAL).toString();
    }

    private static String state(SQLException e) {
        return String.valueOf(e.getSQLState());
    }

    private void assertRefused(String sqlState, String message, String... statements) throws SQLException {
        long before = cluster.queryLong("legacy", "select count(*) from part");
        assertThatThrownBy(() -> past(statements))
                .isInstanceOfSatisfying(
                        SQLException.class,
                        e -> assertThat(state(e)).as(e.getMessage()).isEqualTo(sqlState))
                .hasMessageContaining(message);
        assertThat(cluster.queryLong("legacy", "select count(*) from part")).isEqualTo(before);
    }

    @Test
    @Guarantee({"G1", "G9"})
    void whatIsWrittenPastTheLibraryIsJournaledForThoseWhoAreCapturedAndOnlyForThem() throws SQLException {
        past(
                "insert into part (tenant_id, id, n) values ('acme', 1, 5), ('bolt', 1, 6), ('calm', 1, 7)",
                "begin; update part set n = n + 10; delete from part where tenant_id = 'bolt'; commit");

        assertThat(journal())
                .isEqualTo("[[U, acme,1,-,5], [U, bolt,1,-,6], [U, acme,1,-,15], [U, bolt,1,-,16], [D, bolt,1,-,16]]");
        assertThat(cluster.query("legacy", "select distinct tenant_id, epoch, lane from tenantshift.journal order by 1")
                        .toString())
                .isEqualTo("[[acme, 2, legacy->s0], [bolt, 2, legacy->s0]]");
    }

    @Test
    @Guarantee({"G2", "G9"})
    void whoMayNotBeWrittenHereIsRefused() throws SQLException {
        assertRefused(
                "TS001", "no fence row for tenant \"none\"", "insert into part (tenant_id, id) values ('none', 1)");
        assertRefused(
                "TS004",
                "it gives a row to another tenant",
                "insert into part (tenant_id, id) values ('acme', 1); update part set tenant_id = 'bolt'");
        assertThatThrownBy(() -> cluster.execute("s0", "insert into part (tenant_id, id) values ('acme', 1)"))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(state(e)).isEqualTo("TS001"))
                .hasMessageContaining("in state following at epoch 2");
        past("insert into part (tenant_id, id) values ('acme', 7)");
        assertRefused("TS004", "TRUNCATE on public.part refused", "truncate part");
        // The marks of a row are not those of a transaction: the guards of other tables are not fooled by them.
        assertRefused(
                "TS002",
                "this transaction has not entered a tenant",
                "begin; insert into part (tenant_id, id) values ('calm', 1); insert into item (tenant_id, id) values ('acme', 1); commit");
    }

    /** It would wait with the row's lock in its hands, for a coordinator who may wait for somebody who waits for the row. */
    @Test
    @Guarantee({"G2", "G6"})
    @Pitfall(39)
    void aRowNeverWaitsForTheFence() throws SQLException {
        try (Connection coordinator = cluster.connect("legacy");
                Statement statement = coordinator.createStatement()) {
            coordinator.setAutoCommit(false);
            statement.execute("select pg_advisory_xact_lock(tenantshift.lock_key('acme'))");
            assertRefused(
                    "40001", "is being moved at this moment", "insert into part (tenant_id, id) values ('acme', 1)");
            past("insert into part (tenant_id, id) values ('bolt', 1)");
            coordinator.rollback();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
    @Guarantee("G2")
    @Pitfall(48)
    void aSnapshotOlderThanTheCutoverDoesNotWriteAfterIt(int isolation) throws SQLException {
        try (Connection old = cluster.connect("legacy");
                Statement statement = old.createStatement()) {
            old.setAutoCommit(false);
            old.setTransactionIsolation(isolation);
            statement.executeQuery("select count(*) from item").close();
            past("update tenantshift.fence set state = 'following', epoch = 3 where tenant_id = 'acme'");
            assertThatThrownBy(() -> statement.executeUpdate("insert into part (tenant_id, id) values ('acme', 1)"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(state(e)).isEqualTo("40001"));
            old.rollback();
        }
    }

    @Test
    @Guarantee("G2")
    @Pitfall(47)
    void afterAPartialRollbackARowEntersAgain() throws SQLException {
        try (Connection connection = cluster.connect("legacy");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.executeUpdate("insert into part (tenant_id, id) values ('bolt', 1)");
            Savepoint savepoint = connection.setSavepoint();
            statement.executeUpdate("insert into part (tenant_id, id) values ('acme', 1)");
            connection.rollback(savepoint);
            // Nobody holds acme's lock now.
            past("update tenantshift.fence set state = 'following', epoch = 3 where tenant_id = 'acme'");
            assertThatThrownBy(() -> statement.executeUpdate("insert into part (tenant_id, id) values ('acme', 2)"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(state(e)).isEqualTo("TS001"));
            connection.rollback();
        }
    }

    /** Keys are unique at every moment, so the entries in their order are too. */
    @Test
    @Guarantee({"G1", "G4"})
    void keysThatChangeMakeTwoEntriesInTheOrderOfTheRows() throws SQLException {
        past(
                "insert into part (tenant_id, id, n) values ('acme', 2, 2), ('acme', 1, 1)",
                "delete from tenantshift.journal",
                "update part set id = id + 1",
                "update part set id = id");

        assertThat(journal())
                .isEqualTo(
                        "[[D, acme,2,-,2], [U, acme,3,-,2], [D, acme,1,-,1], [U, acme,2,-,1], [U, acme,3,-,2], [U, acme,2,-,1]]");
    }

    @Test
    @Guarantee("G1")
    @Pitfall(57)
    void theSettingsOfASessionPastTheLibraryDoNotChangeTheImage() throws SQLException {
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(
                    shard,
                    "create table moment (tenant_id text, id integer, d date, i interval, f float8, primary key (tenant_id, id))");
        }
        OpenTransition.join(cluster, 3, "public", "moment", "tenant_id");
        OpenTransition.captureByTrigger(cluster, 3);

        // Before 14 the server tells the driver of each change at once, and the driver hangs up.
        String style = cluster.postgresVersion() >= 14 ? "set local DateStyle = 'SQL, DMY'; " : "";
        past(
                "set IntervalStyle = sql_standard",
                "set extra_float_digits = -10",
                "set search_path = pg_temp",
                "begin; " + style
                        + "insert into public.moment values ('acme', 1, date '2024-02-03', interval '1 year -3 days', 0.1::float8 + 0.2); commit");

        assertThat(cluster.query("legacy", "select array_to_string(image, ',') from tenantshift.journal")
                        .toString())
                .isEqualTo("[[acme,1,2024-02-03,1 year -3 days,0.30000000000000004]]");
    }

    @Test
    @Guarantee({"G1", "G9"})
    @Pitfall(41)
    void aColumnThatIsAddedInMidTransitionStopsTheWritesOfItsTable() throws SQLException {
        past("alter table part add column late text");
        assertRefused("TS004", "a column was added", "insert into part (tenant_id, id) values ('acme', 1)");
        past("alter table part drop column late, drop column n");
        assertRefused("TS004", "a column was added", "insert into part (tenant_id, id) values ('acme', 1)");
    }

    /** The catalog of its snapshot does not have the column; the row that it writes has. */
    @ParameterizedTest
    @ValueSource(strings = {"insert into part (tenant_id, id) values ('acme', 2)", "update part set n = 1"})
    @Guarantee("G1")
    @Pitfall(41)
    void aSnapshotThatIsOlderThanTheColumnDoesNotWriteItUnseen(String write) throws SQLException {
        past("insert into part (tenant_id, id) values ('acme', 1)");
        try (Connection old = cluster.connect("legacy");
                Statement statement = old.createStatement()) {
            old.setAutoCommit(false);
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            statement.executeQuery("select count(*) from item").close();
            past("alter table part add column late text default 'unseen'");
            assertThatThrownBy(() -> statement.executeUpdate(write))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(state(e)).isEqualTo("TS004"));
            old.rollback();
        }
    }

    /** The first by name fires first: the outer change is journaled before what a user's trigger makes of it. */
    @Test
    @Guarantee("G4")
    @Pitfall(55)
    void aTriggerThatUpdatesTheSameRowIsJournaledAfterItsCause() throws SQLException {
        past(
                """
                create function again() returns trigger language plpgsql as $$ begin
                    update part set n = n + 100 where tenant_id = new.tenant_id and id = new.id and n < 100;
                    return null;
                end $$""",
                "create trigger again after insert or update on part for each row execute function again()",
                "insert into part (tenant_id, id, n) values ('acme', 1, 5)");

        assertThat(journal()).isEqualTo("[[U, acme,1,-,5], [U, acme,1,-,105]]");
    }

    /**
     * 1. B locks a child. 2. A deletes the parent: its entry is numbered, its cascade waits for B. 3. B updates another child, numbered
     * later, and commits. 4. A's cascade deletes both children. If the parent's entry spoke for them, B's would be the later one, and that
     * child would be there again.
     */
    @Test
    @Guarantee({"G3", "G4"})
    @Pitfall({16, 67})
    void aCascadeThatWaitedIsJournaledAfterWhatItWaitedFor() throws Exception {
        try (DualWrite lanes = DualWrite.builder().build();
                TenantShiftDataSource router = router(lanes);
                Connection child = router.getConnection();
                Statement other = child.createStatement()) {
            lanes.openLanes(OpenTransition.transition());
            try (var scope = TenantContext.enter("acme");
                    Connection connection = router.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1), ('acme', 2)");
                statement.executeUpdate(
                        "insert into part (tenant_id, id, item) values ('acme', 1, 1), ('acme', 2, 1), ('acme', 3, 2)");
                child.setAutoCommit(false);
                other.executeQuery("select from part where tenant_id = 'acme' and id = 1 for update")
                        .close();
            }
            Actor<Integer> parent = Actor.call("parent", () -> {
                try (var scope = TenantContext.enter("acme");
                        Connection connection = router.getConnection();
                        Statement statement = connection.createStatement()) {
                    return statement.executeUpdate("delete from item where tenant_id = 'acme' and id = 1");
                }
            });
            cluster.awaitLockWaiters("legacy", 1);
            try (var scope = TenantContext.enter("acme")) {
                other.executeUpdate("update part set n = 2 where tenant_id = 'acme' and id = 2");
                child.commit();
            }
            assertThat(parent.await()).isEqualTo(1);
            assertThat(journal()).endsWith("[U, acme,2,1,2], [D, acme,1,1,0], [D, acme,2,1,2]]");
            lanes.start();
            awaitApplied(lanes);
            assertSidesAreEqual();
            assertThat(cluster.queryLong("s0", "select count(*) from part")).isEqualTo(1);
            assertThat(cluster.queryLong("s0", "select count(*) from tenantshift.journal"))
                    .as("what the applier writes, and what it causes there, is captured by nobody")
                    .isZero();
        }
    }

    @Test
    @Guarantee({"G1", "G3"})
    @Pitfall({16, 25, 37, 74})
    void whatNoStatementShowsIsCapturedOnATableWithATriggerAndRefusedOnOneWithout() throws Exception {
        past(
                "create procedure add_part(i integer) language sql as $$ insert into part (tenant_id, id) values ('acme', i) $$",
                "create procedure add_item(i integer) language sql as $$ insert into item (tenant_id, id) values ('acme', i) $$",
                "create function new_part(i integer) returns integer language sql as $$ insert into part (tenant_id, id) values ('acme', i) returning id $$");
        try (DualWrite lanes = DualWrite.builder().build();
                TenantShiftDataSource router = router(lanes);
                var scope = TenantContext.enter("acme");
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            lanes.openLanes(OpenTransition.transition());
            lanes.start();
            statement.execute("call add_part(1)");
            statement.execute("do $$ begin insert into part (tenant_id, id) values ('acme', 2); end $$");
            statement.executeQuery("select new_part(3)").close();
            try (CallableStatement call = connection.prepareCall("{? = call new_part(4)}")) {
                call.registerOutParameter(1, java.sql.Types.INTEGER);
                call.execute();
                assertThat(call.getInt(1)).isEqualTo(4);
            }
            assertThat(
                            statement.executeUpdate(
                                    "with w as (insert into part (tenant_id, id) values ('acme', 5) returning tenant_id, id) update part p set n = 1 where p.id = 4"))
                    .isEqualTo(1);
            if (cluster.postgresVersion() >= 15) {
                assertThat(
                                statement.executeUpdate(
                                        "merge into part p using (values (1), (6)) v(i) on p.tenant_id = 'acme' and p.id = v.i"
                                                + " when matched then update set n = 9 when not matched then insert (tenant_id, id) values ('acme', v.i)"))
                        .isEqualTo(2);
            }
            try (Statement updatable =
                            connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
                    ResultSet row = updatable.executeQuery("select * from part where id = 2")) {
                assertThat(row.next()).isTrue();
                row.updateInt("n", 77);
                row.updateRow();
            }
            assertThat(copy(router, "part")).isEqualTo(2);
            for (boolean transaction : List.of(false, true)) {
                connection.setAutoCommit(!transaction);
                assertThatThrownBy(() -> statement.execute("call add_item(1)"))
                        .isInstanceOf(StatementRefusedException.class)
                        .hasMessageContaining("would not reach the journal");
                if (transaction) {
                    connection.rollback();
                }
            }
            connection.setAutoCommit(true);
            assertThatThrownBy(() -> copy(router, "item")).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> {
                        try (Statement updatable = connection.createStatement(
                                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)) {
                            updatable.executeQuery("select * from item").close();
                        }
                    })
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("capture the table by trigger");
            awaitApplied(lanes);
        }
        assertSidesAreEqual();
        assertThat(cluster.queryLong("s0", "select count(*) from part where n in (1, 77)"))
                .isEqualTo(2);
        assertThat(cluster.queryLong("s0", "select count(*) from item")).isZero();
    }

    /** Rows that are written by the partition's name, and rows that move from one partition to another. */
    @Test
    @Guarantee({"G1", "G4"})
    void aPartitionWrittenByItsOwnNameIsCaptured() throws SQLException {
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(
                    shard,
                    "create table track (tenant_id text, region text, id integer, primary key (tenant_id, region, id)) partition by list (region)",
                    // Of another order of columns, as a table that was attached may have.
                    "create table north (id integer not null, region text not null, tenant_id text not null)",
                    "alter table track attach partition north for values in ('n')",
                    "create table south partition of track for values in ('s')");
        }
        OpenTransition.join(cluster, 3, "public", "track", "tenant_id");
        OpenTransition.captureByTrigger(cluster, 3);

        past(
                "insert into north (tenant_id, region, id) values ('acme', 'n', 1)",
                "insert into track (tenant_id, region, id) values ('acme', 's', 2)",
                "update track set region = 's' where id = 1",
                "create table west partition of track for values in ('w')",
                "insert into west (tenant_id, region, id) values ('acme', 'w', 3)");

        assertThat(cluster.query(
                                "legacy",
                                "select op::text, array_to_string(image, ',') from tenantshift.journal where layout = 3 order by seq")
                        .toString())
                .isEqualTo("[[U, acme,n,1], [U, acme,s,2], [D, acme,n,1], [U, acme,s,1], [U, acme,w,3]]");
    }

    private static long copy(TenantShiftDataSource router, String table) throws Exception {
        try (Connection connection = router.getConnection()) {
            return connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("copy " + table + " (tenant_id, id) from stdin", new StringReader("acme\t11\nacme\t12\n"));
        }
    }

    private TenantShiftDataSource router(DualWrite lanes) throws SQLException {
        return TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .capture(lanes)
                .build();
    }

    private static void awaitApplied(DualWrite lanes) throws SQLException {
        Awaitility.await("the journal is applied")
                .atMost(Duration.ofSeconds(20))
                .until(() -> lanes.backlog("legacy", "s0").entries() == 0
                        || lanes.status().stream().anyMatch(s -> s.state() == LaneStatus.State.STOPPED)
                        || !lanes.quarantined("legacy", "s0").isEmpty());
        assertThat(lanes.status()).extracting(LaneStatus::stoppedReason).containsOnlyNulls();
        assertThat(lanes.quarantined("legacy", "s0")).isEmpty();
    }

    private void assertSidesAreEqual() throws SQLException {
        for (String table : List.of("item", "part")) {
            String rows = "select t::text from " + table + " t where tenant_id <> 'calm' order by 1";
            assertThat(cluster.query("s0", rows)).as(table).isEqualTo(cluster.query("legacy", rows));
        }
    }
}
