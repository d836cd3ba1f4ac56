package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches of one insert where the driver is told to make statements of several rows of them: against the same on a twin, not captured. */
class CapturedBatchesIT extends CaptureContract {
    private static final String REWRITING = "&reWriteBatchedInserts=true";

    CapturedBatchesIT(Cluster cluster) {
        super(cluster);
    }

    @BeforeEach
    void countStatements() throws SQLException {
        cluster.execute(
                "legacy",
                "create table twin (like item including all)",
                "create table fired (name text)",
                "create function fired() returns trigger language plpgsql as $$ begin insert into fired values (tg_table_name); return null; end $$",
                "create trigger fired after insert on item for each statement execute function fired()",
                "create trigger fired after insert on twin for each statement execute function fired()");
    }

    @ParameterizedTest
    @Guarantee({"G1", "G10"})
    @Pitfall(15)
    @ValueSource(
            strings = {
                REWRITING,
                REWRITING + "&preferQueryMode=simple",
                REWRITING + "&prepareThreshold=0",
                REWRITING + "&autosave=always",
                ""
            })
    void aBatchIsFewStatementsAndTellsTheCountsOfThePlainOne(String parameters) throws SQLException {
        List<String> texts = List.of(
                "insert into %s (tenant_id, id, note) values (?, ?, ?)",
                "/* ) values ( */ INSERT INTO %s as i (tenant_id, id, note) VALUES (?, ? + 0, 'x(' || coalesce(?, '')) on conflict (tenant_id, id) do nothing /* end */",
                "insert into %1$s (tenant_id, id, note) values (?, ?, ?) on conflict (tenant_id, id) do update set n = %1$s.n + 1",
                "insert into %s (tenant_id, id, n, note) values ('acme', ?, 1, ?), (?, 100000 + nextval('item_serial_seq'), 2, 'second')",
                "insert into %s (tenant_id, id, note) select ?, ?, ?",
                "insert into %s (tenant_id, id, note) values (?, ?, ?) returning id");
        int id = 0;
        try (TenantShiftDataSource router = router(parameters);
                Connection captured = router.getConnection();
                Connection plain = DriverManager.getConnection(cluster.url("legacy") + parameters);
                var scope = TenantContext.enter("acme")) {
            for (String text : texts) {
                for (int size : new int[] {1, 2, 3, 128, 300}) {
                    captured.setAutoCommit(size % 2 == 0);
                    long[] expected = run(plain, text.formatted("twin"), id, size);
                    long[] counts = run(captured, text.formatted("item"), id, size);
                    if (!captured.getAutoCommit()) {
                        captured.commit();
                    }
                    assertThat(counts).as("%s entries of %s", size, text).isEqualTo(expected);
                    // Where it may be, the next batch begins with a row that is there already.
                    id += text.contains("conflict") ? size - 1 : size;
                }
                id++;
            }
        }
        // 1; 2; 2 + 1; 128; 128 + 128 + 32 + 8 + 4 rows: ten statements, of four texts.
        assertThat(cluster.queryLong("legacy", "select count(*) from fired where name = 'item'"))
                .isEqualTo(parameters.isEmpty() ? 6 * 434 : 4 * 10 + 2 * 434)
                .isBetween(cluster.queryLong("legacy", "select count(*) from fired where name = 'twin'"), 6 * 434L);
        assertThat(cluster.query("legacy", "select id, n, note from item where id < 100000 order by id"))
                .isEqualTo(cluster.query("legacy", "select id, n, note from twin where id < 100000 order by id"));
        assertJournalMakesTheTable("acme");
    }

    @Test
    @Guarantee({"G1", "G10"})
    void aRowThatFailsFailsTheBatchAsThePlainOneIsTold() throws SQLException {
        String text = "insert into %s (tenant_id, id, note) values (?, ?, ?)";
        try (TenantShiftDataSource router = router(REWRITING);
                Connection captured = router.getConnection();
                Connection plain = DriverManager.getConnection(cluster.url("legacy") + REWRITING);
                var scope = TenantContext.enter("acme")) {
            plain.setAutoCommit(false);
            for (String wrong : List.of(text, text.replace("?)", "wrong)"))) {
                BatchUpdateException expected = failure(plain, wrong.formatted("twin"));
                plain.rollback();
                for (boolean autoCommit : new boolean[] {true, false}) {
                    captured.setAutoCommit(autoCommit);
                    BatchUpdateException failure = failure(captured, wrong.formatted("item"));
                    assertThat(failure.getLargeUpdateCounts()).isEqualTo(expected.getLargeUpdateCounts());
                    assertThat(failure.getSQLState()).isEqualTo(expected.getSQLState());
                    assertThat(String.valueOf(failure.getNextException().getMessage()))
                            .isEqualTo(
                                    String.valueOf(expected.getNextException().getMessage())
                                            .replace("twin", "item"));
                }
                captured.rollback();
            }
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isZero();
        assertThat(cluster.queryLong("legacy", "select count(*) from tenantshift.journal"))
                .isZero();
    }

    /** 128 rows of 600 parameters are more than the protocol takes in one statement. */
    @Test
    @Guarantee("G1")
    void manyParametersMakeSmallerStatements() throws SQLException {
        String sum = "? + ".repeat(599);
        try (TenantShiftDataSource router = router(REWRITING);
                Connection captured = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement insert = captured.prepareStatement(
                        "insert into item (tenant_id, n, id) values ('acme', " + sum + "0, ?)")) {
            for (int entry = 1; entry <= 130; entry++) {
                for (int i = 1; i <= 599; i++) {
                    insert.setInt(i, 1);
                }
                insert.setInt(600, entry);
                insert.addBatch();
            }
            assertThat(insert.executeBatch()).hasSize(130);
        }
        assertThat(cluster.query("legacy", "select count(*), min(n), max(n) from item")
                        .toString())
                .isEqualTo("[[130, 599, 599]]");
        assertThat(cluster.queryLong("legacy", "select count(*) from fired")).isEqualTo(3);
        assertJournalMakesTheTable("acme");
    }

    /** Ids from {@code after + 1} on; what is counted is left in the text's own way. */
    private static long[] run(Connection connection, String text, int after, int size) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(text)) {
            boolean second = text.contains("nextval");
            for (int id = after + 1; id <= after + size; id++) {
                if (second) {
                    statement.setInt(1, id);
                    statement.setString(2, "note " + id);
                    statement.setString(3, "acme");
                } else {
                    statement.setString(1, "acme");
                    statement.setInt(2, id);
                    statement.setString(3, id % 2 == 0 ? "note " + id : null);
                }
                statement.addBatch();
            }
            return statement.executeLargeBatch();
        }
    }

    private static BatchUpdateException failure(Connection connection, String text) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(text)) {
            boolean note = !text.toLowerCase(Locale.ROOT).contains("wrong)");
            for (int entry = 0; entry < 7; entry++) {
                statement.setString(1, "acme");
                statement.setInt(2, entry == 5 ? 1 : entry);
                if (note) {
                    statement.setString(3, "n");
                }
                statement.addBatch();
            }
            return catchThrowableOfType(BatchUpdateException.class, statement::executeBatch);
        }
    }
}
