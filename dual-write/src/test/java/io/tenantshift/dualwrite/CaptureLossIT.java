package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What would get past the capture, or would end half way, and does not. */
class CaptureLossIT extends CaptureContract {
    CaptureLossIT(Cluster cluster) {
        super(cluster);
    }

    @Test
    @Guarantee({"G1", "G9"})
    @Pitfall({16, 67})
    void aCascadeIntoATableInTransitionIsRefusedAndChangesNothing() throws SQLException {
        cluster.execute(
                "legacy",
                "create table part (tenant_id text not null, id integer not null, item integer, primary key (tenant_id, id),"
                        + " foreign key (tenant_id, item) references item on delete cascade)",
                "insert into part values ('acme', 1, null)",
                "create trigger guard before insert or update or delete on part for each statement execute function tenantshift.guard()");
        try (Connection connection = cluster.connect("legacy")) {
            Layouts.register(connection, List.of(Layouts.describe(connection, 2, "public", "part", "tenant_id")));
        }
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1), ('acme', 2)");
            statement.executeUpdate("update part set item = 1");
            assertThatThrownBy(() -> statement.executeUpdate("delete from item where id = 1"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("would not reach the journal");
        }
        assertThat(cluster.query("legacy", "select (select count(*) from item), (select count(*) from part)")
                        .toString())
                .isEqualTo("[[2, 1]]");
        assertJournalMakesTheTable("acme");
    }

    /**
     * What no entry would hold: a value by position or by name, a default, an identity. A column without any of these stays null, as it
     * is on the other side if it is there.
     */
    @Test
    @Guarantee({"G1", "G9"})
    @Pitfall(41)
    void aColumnThatWasAddedSinceIsNotWrittenUnseen() throws SQLException {
        cluster.execute("legacy", "create domain pale as text default 'grey'");
        String listed = "insert into item (tenant_id, id) values ('acme', %d)";
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement();
                PreparedStatement prepared =
                        connection.prepareStatement("insert into item (tenant_id, id) values (?, ?) returning id")) {
            statement.executeUpdate("insert into item values ('acme', 1)");
            for (int id = 11; id < 18; id++) {
                prepared.setString(1, "acme");
                prepared.setInt(2, id);
                prepared.executeQuery().close();
            }
            cluster.execute("legacy", "alter table item add column extra text");
            statement.executeUpdate(listed.formatted(2));
            prepared.setInt(2, 18);
            prepared.executeQuery().close();
            prepared.setInt(2, 19);
            assertThatThrownBy(() -> statement.executeUpdate("update item set extra = 'x'"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("\"extra\", which layout 1 does not carry");
            for (String text : List.of(
                    "insert into item values ('acme', 3, 0, 'n', now(), 4, 'would be lost')",
                    "insert into item select 'acme', 4 returning *",
                    "insert into item table item on conflict (tenant_id, id) do update set n = 5")) {
                assertRefused(() -> statement.executeUpdate(text));
            }
            for (String kind : List.of(
                    "text default md5(random()::text)", "integer generated always as identity", "pale", "serial")) {
                cluster.execute(
                        "legacy", "alter table item drop column extra", "alter table item add column extra " + kind);
                assertRefused(() -> statement.executeUpdate(listed.formatted(5)));
                assertRefused(() -> statement.executeUpdate(
                        listed.formatted(1) + " on conflict (tenant_id, id) do update set n = 6"));
                assertRefused(prepared::executeQuery);
            }
            assertThat(statement.executeUpdate("update item set n = 7 where id = 2"))
                    .isEqualTo(1);
            cluster.execute(
                    "legacy",
                    "alter table item drop column extra",
                    "alter table item add column twice integer generated always as (n * 2) stored");
            statement.executeUpdate(listed.formatted(6));
            statement.executeUpdate("insert into item values ('acme', 7)");
            cluster.execute("legacy", "alter table item drop column twice");
            statement.executeUpdate("insert into item values ('acme', 8)");
        }
        assertThat(cluster.query("legacy", "select id, n from item where id < 10 order by id")
                        .toString())
                .isEqualTo("[[1, 0], [2, 7], [6, 0], [7, 0], [8, 0]]");
        assertJournalMakesTheTable("acme");
    }

    /** Its snapshot does not show the new column, but its INSERT fills it. */
    @Test
    @Guarantee({"G1", "G9"})
    @Pitfall(41)
    void aColumnThatWasAddedSinceTheSnapshotIsNotWrittenUnseen() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            statement.executeQuery("select count(*) from item").close();
            connection.commit();
            statement.executeQuery("select 1").close();
            cluster.execute("legacy", "alter table item add column extra text default md5(random()::text)");
            assertRefused(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)"));
            connection.rollback();
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isZero();
    }

    /** Whoever looks at the catalog with what the statement saw before it had the table's lock sees no new column. */
    @Test
    @Guarantee({"G1", "G9"})
    @Pitfall(41)
    void anInsertThatWaitedForTheNewColumnSeesIt() throws Exception {
        try (TenantShiftDataSource router = router("");
                Connection changing = cluster.connect("legacy");
                Connection connection = router.getConnection();
                var before = TenantContext.enter("acme");
                PreparedStatement insert =
                        connection.prepareStatement("insert into item (tenant_id, id) values ('acme', ?)")) {
            for (int id = 1; id < 8; id++) {
                insert.setInt(1, id);
                insert.executeUpdate();
            }
            changing.setAutoCommit(false);
            changing.createStatement().execute("alter table item add column extra text default 'x'");
            Actor<Boolean> writer = Actor.run("writer", () -> {
                try (var scope = TenantContext.enter("acme")) {
                    insert.setInt(1, 8);
                    insert.executeUpdate();
                }
            });
            cluster.awaitLockWaiters("legacy", 1);
            changing.commit();
            assertRefused(writer::await);
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isEqualTo(7);
        assertJournalMakesTheTable("acme");
    }

    @Test
    @Guarantee({"G1", "G9"})
    @Pitfall(41)
    void aColumnThatWasDroppedSinceFailsTheStatementsAndChangesNothing() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
            cluster.execute("legacy", "alter table item drop column note");
            for (String text : List.of(
                    "insert into item (tenant_id, id) values ('acme', 2)",
                    "update item set n = 7",
                    "delete from item returning id")) {
                assertThatThrownBy(() -> statement.execute(text))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("42703"));
            }
            cluster.execute("legacy", "alter table item add column note integer");
            statement.executeUpdate("update item set n = 8");
        }
        assertThat(cluster.query("legacy", "select id, n from item").toString()).isEqualTo("[[1, 8]]");
        assertThat(cluster.queryLong("legacy", "select count(*) from tenantshift.journal"))
                .isEqualTo(2);
    }

    private static void assertRefused(ThrowingCallable write) {
        assertThatThrownBy(write)
                .isInstanceOf(StatementRefusedException.class)
                .hasMessageContaining("which has got columns since layout 1 was made");
    }

    /** How a connection ends whose COMMIT is on its way. */
    enum Death {
        /** The server's process: nothing is committed. */
        OF_THE_SERVER,
        /** The client: the server commits all the same, when it can. */
        OF_THE_CLIENT
    }

    @ParameterizedTest
    @Guarantee("G1")
    @Pitfall(27)
    @EnumSource(Death.class)
    void aConnectionThatDiesInItsCommitLeavesRowAndEntryOrNeither(Death death) throws Exception {
        cluster.execute(
                "legacy",
                "create function wait() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(42); return null; end $$",
                "create constraint trigger wait after insert on item deferrable initially deferred for each row execute function wait()");
        try (TenantShiftDataSource router = router("");
                Connection holder = cluster.connect("legacy");
                Connection connection = router.getConnection()) {
            holder.createStatement().execute("select pg_advisory_lock(42)");
            Actor<Boolean> writer = Actor.run("writer", () -> {
                try (var scope = TenantContext.enter("acme");
                        Statement statement = connection.createStatement()) {
                    statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
                }
            });
            cluster.awaitLockWaiters("legacy", 1);
            if (death == Death.OF_THE_SERVER) {
                int pid = (int) cluster.queryLong(
                        "legacy", "select pid from pg_locks where locktype = 'advisory' and not granted");
                cluster.endBackend("legacy", pid);
            } else {
                connection.abort(Runnable::run);
            }
            assertThatThrownBy(writer::await).isInstanceOf(SQLException.class);
            holder.createStatement().execute("select pg_advisory_unlock(42)");
            cluster.awaitLockWaiters("legacy", 0);
            // The transaction of whoever waited has ended when its lock on the tenant can be had.
            holder.createStatement().execute("select pg_advisory_lock(tenantshift.lock_key('acme'))");
        }
        long rows = death == Death.OF_THE_SERVER ? 0 : 1;
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isEqualTo(rows);
        assertThat(cluster.queryLong("legacy", "select count(*) from tenantshift.journal"))
                .isEqualTo(rows);
    }
}
