package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.fence.Fence;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.jdbc.PgStatement;

/**
 * A transition opens, and a tenant moves, under statements that were made directly on the driver: what was prepared, set and added before
 * goes on; what works past the library is refused.
 */
@TenantShiftCluster(shards = 1, perMethod = true, ddl = Moving.ITEMS)
class OpeningUnderStatementsIT {
    private final Cluster cluster;
    private final Moving moving;
    private final TenantShiftDataSource router;
    private final TenantContext.Scope scope = TenantContext.enter("acme");

    OpeningUnderStatementsIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        this.moving = new Moving(cluster);
        this.router = moving.router("").build();
    }

    @BeforeEach
    void fill() throws SQLException {
        cluster.execute(
                "legacy",
                "insert into item (tenant_id, id) values ('acme', 1)",
                "create function touch(id integer) returns integer language sql as 'update item set n = n + 1 where tenant_id = ''acme'' and item.id = $1 returning n'");
        cluster.execute("s0", "insert into item (tenant_id, id) values ('acme', 1)");
    }

    @AfterEach
    void close() {
        scope.close();
        router.close();
    }

    private long onLegacy(String what) throws SQLException {
        return cluster.queryLong("legacy", "select " + what + " from item");
    }

    @Test
    @Guarantee({"G2", "G5"})
    @Pitfall(20)
    void preparedAndSetThenATransitionOpensThenExecuted() throws SQLException {
        try (Connection connection = router.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into item (tenant_id, id, n, note, at) values (?, ?, ?, ?, ?)")) {
            Timestamp at = Timestamp.valueOf("2026-11-20 12:00:00");
            for (int i = 2; i < 10; i++) {
                set(insert, i, at);
                insert.executeUpdate();
            }
            set(insert, 10, at);
            at.setTime(0);
            moving.open("acme");
            assertThat(insert.executeUpdate()).isEqualTo(1);
            insert.setInt(2, 11);
            assertThat(insert.executeUpdate()).as("the others are still set").isEqualTo(1);
            moving.flip("acme", "legacy", "s0", 2);
            insert.setInt(2, 12);
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
        assertThat(onLegacy("count(*)")).isEqualTo(11);
        assertThat(onLegacy("count(distinct at)"))
                .as("the date as it was when it was set")
                .isEqualTo(1);
        assertThat(cluster.queryLong("s0", "select count(*) from item where id = 12 and n = 7 and note = 'note'"))
                .isEqualTo(1);
    }

    private static void set(PreparedStatement insert, int id, Timestamp at) throws SQLException {
        insert.setString(1, "acme");
        insert.setInt(2, id);
        insert.setObject(3, 7L, Types.INTEGER);
        insert.setObject(4, "note");
        insert.setTimestamp(5, at);
    }

    @Test
    @Guarantee({"G2", "G5"})
    void addedToABatchThenATransitionOpensThenExecuted() throws SQLException {
        try (Connection connection = router.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into item (tenant_id, id) values (?, ?)");
                Statement texts = connection.createStatement()) {
            for (int i = 2; i < 7; i++) {
                insert.setString(1, "acme");
                insert.setInt(2, i);
                insert.addBatch();
                texts.addBatch("insert into item (tenant_id, id) values ('acme', %d)".formatted(i + 100));
            }
            moving.open("acme");
            assertThat(insert.executeBatch()).containsExactly(1, 1, 1, 1, 1);
            assertThat(texts.executeBatch()).containsExactly(1, 1, 1, 1, 1);
        }
        assertThat(onLegacy("count(*)")).isEqualTo(11);
    }

    @Test
    @Guarantee("G2")
    void calledWithOutParametersThenATransitionOpensThenCalledAgain() throws SQLException {
        try (Connection connection = router.getConnection();
                CallableStatement call = connection.prepareCall("{? = call touch(?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.setInt(2, 1);
            call.execute();
            assertThat(call.getInt(1)).isEqualTo(1);
            moving.open("acme");
            call.execute();
            assertThat(call.getInt(1)).isEqualTo(2);
        }
        assertThat(onLegacy("max(n)")).isEqualTo(2);
    }

    @Test
    @Guarantee("G2")
    void executedInATransactionThenATransitionOpensThenAWriteIsTheCallersToRepeat() throws SQLException {
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.executeQuery("select * from item").close();
            moving.open("acme");
            assertThatThrownBy(() -> statement.executeUpdate("update item set n = 1 where tenant_id = 'acme'"))
                    .isInstanceOf(TenantMovedException.class);
            connection.rollback();
            assertThat(statement.executeUpdate("update item set n = 1 where tenant_id = 'acme'"))
                    .isEqualTo(1);
            connection.commit();
        }
        assertThat(onLegacy("max(n)")).isEqualTo(1);
    }

    @Test
    @Guarantee({"G2", "G9"})
    @Pitfall({26, 25})
    void whatWorksPastTheLibraryIsRefusedInATransitionAndByTheDatabaseIfItWasKept() throws Exception {
        try (Connection connection = router.getConnection()) {
            CopyManager kept = connection.unwrap(PGConnection.class).getCopyAPI();
            assertThat(kept.copyIn("copy item (tenant_id, id) from stdin", new StringReader("acme\t2\n")))
                    .isEqualTo(1);
            PgConnection driver = connection.unwrap(PgConnection.class);
            moving.open("acme");
            assertThatThrownBy(() -> kept.copyIn("copy item (tenant_id, id) from stdin", new StringReader("acme\t3\n")))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo(Fence.NOT_ENTERED);
            try (Statement raw = driver.createStatement()) {
                assertThatThrownBy(() -> raw.executeUpdate("update item set n = 9"))
                        .isInstanceOf(SQLException.class)
                        .extracting(e -> ((SQLException) e).getSQLState())
                        .isEqualTo(Fence.NOT_ENTERED);
            }
        }
        router.services().refreshTopology();
        try (Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("update item set n = 1 where tenant_id = 'acme' and id = 1");
            PGConnection postgres = connection.unwrap(PGConnection.class);
            assertRefused(postgres::getCopyAPI);
            assertRefused(postgres::getLargeObjectAPI);
            assertRefused(() -> connection.unwrap(PgConnection.class));
            assertRefused(() -> statement.unwrap(PgStatement.class));
            BaseConnection base = (BaseConnection) connection;
            assertRefused(() -> base.createQuery("select 1", true, true));
            assertThatThrownBy(() -> new CopyManager(base))
                    .isInstanceOf(IllegalStateException.class)
                    .cause()
                    .isInstanceOf(StatementRefusedException.class);
            assertThat(base.haveMinimumServerVersion(90400)).isTrue();
            assertThat(postgres.escapeLiteral("it's")).isEqualTo("it''s");
            assertThat(postgres.getBackendPID()).isPositive();
        }
        assertThat(onLegacy("count(*)")).isEqualTo(2);
        assertThat(onLegacy("max(n)")).isEqualTo(1);
    }

    private static void assertRefused(ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOf(StatementRefusedException.class)
                .hasMessageContaining("bypass")
                .hasMessageContaining("\"acme\"");
    }

    @Test
    @Guarantee("G2")
    @Pitfall(37)
    void anUpdatableResultThatWasOpenedBeforeDoesNotWriteBehindTheFence() throws SQLException {
        try (Connection connection = router.getConnection();
                Statement statement =
                        connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
                ResultSet rows = statement.executeQuery("select tenant_id, id, n from item where tenant_id = 'acme'")) {
            assertThat(rows.next()).isTrue();
            rows.updateInt("n", 5);
            rows.updateRow();
            moving.open("acme");
            rows.updateInt("n", 6);
            assertThatThrownBy(rows::updateRow)
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo(Fence.NOT_ENTERED);
        }
        assertThat(onLegacy("max(n)")).isEqualTo(5);
    }

    @Test
    @Guarantee("G5")
    void aStreamThatHasBeenReadIsNotSentAgain() throws SQLException {
        try (Connection connection = router.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into item (tenant_id, id, note) values ('acme', 2, ?)")) {
            insert.setCharacterStream(1, new StringReader("from a stream"), 13);
            moving.open("acme");
            assertThatThrownBy(insert::executeUpdate).isInstanceOf(TenantMovedException.class);
            router.services().refreshTopology();
            for (int attempt = 1, done = 0; done == 0; attempt++) {
                insert.setAsciiStream(1, new ByteArrayInputStream("again".getBytes(StandardCharsets.US_ASCII)), 5);
                try {
                    done = insert.executeUpdate();
                } catch (TenantMovedException e) {
                    assertThat(attempt).isLessThan(5);
                }
            }
            assertThatThrownBy(insert::executeUpdate)
                    .as("an empty value in place of what was read")
                    .isInstanceOf(TenantMovedException.class);
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item where note = 'again'"))
                .isEqualTo(1);
    }

    @Test
    @Guarantee("G5")
    void aResultThatIsBeingReadIsReadToItsEndThoughTheTenantMoves() throws SQLException {
        cluster.execute("legacy", "insert into item (tenant_id, id) select 'acme', i from generate_series(2, 100) i");
        moving.open("acme");
        router.services().refreshTopology();
        try (Connection connection = router.getConnection();
                Statement read = connection.createStatement();
                PreparedStatement write =
                        connection.prepareStatement("insert into item (tenant_id, id) values ('acme', ?)")) {
            int seen = 0;
            try (ResultSet rows = read.executeQuery("select id from item where tenant_id = 'acme' order by id")) {
                while (rows.next()) {
                    seen++;
                    if (seen == 50) {
                        moving.flip("acme", "legacy", "s0", 2);
                    }
                    write.setInt(1, 1000 + seen);
                    write.executeUpdate();
                }
            }
            assertThat(seen).isEqualTo(100);
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item where id > 1000"))
                .isEqualTo(49);
        assertThat(cluster.queryLong("s0", "select count(*) from item where id > 1000"))
                .isEqualTo(51);
    }
}
