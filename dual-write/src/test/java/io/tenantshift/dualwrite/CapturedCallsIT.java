package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a caller may ask of a captured statement besides its rows, and names of every kind. */
class CapturedCallsIT extends CaptureContract {
    private static final String THREE = "insert into item (tenant_id, id) values ('acme', 1), ('acme', 2), ('acme', 3)";

    CapturedCallsIT(Cluster cluster) {
        super(cluster);
    }

    @Test
    @Guarantee({"G1", "G9"})
    void aWriteThroughAViewIsRefused() throws SQLException {
        cluster.execute("legacy", "create view seen as select * from item");
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(THREE);
            for (String text : List.of(
                    "update seen set n = 5",
                    "insert into seen (tenant_id, id) values ('acme', 9)",
                    "delete from seen returning id")) {
                assertThatThrownBy(() -> statement.execute(text), text)
                        .isInstanceOf(StatementRefusedException.class)
                        .hasMessageContaining("public.item refused")
                        .hasMessageContaining("would not reach the journal");
            }
        }
        assertThat(cluster.query("legacy", "select count(*), sum(n) from item").toString())
                .isEqualTo("[[3, 0]]");
        assertJournalMakesTheTable("acme");
    }

    /** The limit is for what the caller reads, not for what is written. */
    @ParameterizedTest
    @Guarantee({"G1", "G10"})
    @ValueSource(strings = {"", "&preferQueryMode=simple", "&prepareThreshold=1", "&defaultRowFetchSize=1"})
    void allRowsAreWrittenHoweverFewAreRead(String parameters) throws SQLException {
        String update = "update item set n = n + 1 where tenant_id = 'acme' returning id";
        try (TenantShiftDataSource router = router(parameters);
                Connection connection = router.getConnection();
                Connection plain = DriverManager.getConnection(cluster.url("legacy") + parameters);
                Statement three = plain.createStatement();
                var scope = TenantContext.enter("acme");
                Statement text = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement(update);
                PreparedStatement keys = connection.prepareStatement(
                        update.substring(0, update.indexOf(" returning")), new String[] {"id"})) {
            text.executeUpdate(THREE);
            text.setMaxRows(2);
            three.setMaxRows(2);
            // The simple protocol has no limit.
            boolean limited = count(three.executeQuery("select generate_series(1, 3)")) == 2;
            prepared.setMaxRows(1);
            keys.setMaxRows(1);
            for (int execution = 1; execution <= 7; execution++) {
                connection.setAutoCommit(execution % 3 != 0);
                assertThat(count(text.executeQuery(update))).isEqualTo(limited ? 2 : 3);
                assertThat(count(prepared.executeQuery())).isEqualTo(limited ? 1 : 3);
                assertThat(keys.executeUpdate()).isEqualTo(3);
                if (!connection.getAutoCommit()) {
                    connection.commit();
                }
                assertThat(cluster.queryLong("legacy", "select min(n) from item"))
                        .isEqualTo(3L * execution);
            }
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from tenantshift.journal"))
                .isEqualTo(3 + 3 * 3 * 7);
        assertJournalMakesTheTable("acme");
    }

    private static int count(ResultSet result) throws SQLException {
        int rows = 0;
        try (result) {
            while (result.next()) {
                rows++;
            }
        }
        return rows;
    }

    @Test
    @Guarantee("G1")
    void aStatementThatTakesTooLongIsEndedAndLeavesNothing() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement slow = connection.prepareStatement(
                        "update item set n = 7 where tenant_id = ? and pg_sleep(20) is not null returning id");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(THREE);
            slow.setQueryTimeout(1);
            slow.setString(1, "acme");
            assertThatThrownBy(slow::executeQuery)
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
            assertThat(statement.executeUpdate("update item set n = 8 where id = 1"))
                    .isEqualTo(1);
        }
        assertThat(cluster.queryLong("legacy", "select sum(n) from item")).isEqualTo(8);
        assertJournalMakesTheTable("acme");
    }

    @Test
    @Guarantee("G10")
    void whatTheServerRemarksReachesTheCaller() throws SQLException {
        cluster.execute(
                "legacy",
                "create function remark() returns trigger language plpgsql as $$ begin raise warning 'row %', new.id; return new; end $$",
                "create trigger remark before insert on item for each row execute function remark()");
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement text = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement(
                        "insert into item (tenant_id, id) values ('acme', ?) returning *")) {
            text.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
            assertThat(Objects.requireNonNull(text.getWarnings()).getMessage()).isEqualTo("row 1");
            prepared.setInt(1, 2);
            prepared.executeQuery().close();
            assertThat(Objects.requireNonNull(prepared.getWarnings()).getMessage())
                    .isEqualTo("row 2");
            prepared.clearWarnings();
            assertThat(prepared.getWarnings() == null).isTrue();
        }
    }

    @ParameterizedTest
    @Guarantee({"G1", "G10"})
    @ValueSource(strings = {"", "&preferQueryMode=simple", "&prepareThreshold=1"})
    void aBatchThatFailsIsToldAsThePlainOne(String parameters) throws SQLException {
        cluster.execute("legacy", "create table twin (like item including all)");
        try (TenantShiftDataSource router = router(parameters);
                Connection connection = router.getConnection();
                Connection plain = DriverManager.getConnection(cluster.url("legacy") + parameters);
                var scope = TenantContext.enter("acme")) {
            plain.setAutoCommit(false);
            for (boolean autoCommit : new boolean[] {true, false}) {
                connection.setAutoCommit(autoCommit);
                for (boolean prepared : new boolean[] {true, false}) {
                    BatchUpdateException expected = batch(plain, "twin", prepared);
                    plain.rollback();
                    BatchUpdateException failure = batch(connection, "item", prepared);
                    if (!autoCommit) {
                        connection.rollback();
                    }
                    assertThat(failure.getLargeUpdateCounts()).isEqualTo(expected.getLargeUpdateCounts());
                    assertThat(failure.getSQLState()).isEqualTo(expected.getSQLState());
                    assertThat(failure.getMessage()).startsWith("Batch entry 3 ");
                    assertThat(expected.getMessage()).startsWith("Batch entry 3 ");
                    assertThat(String.valueOf(failure.getNextException().getMessage()))
                            .isEqualTo(
                                    String.valueOf(expected.getNextException().getMessage())
                                            .replace("twin", "item"));
                }
            }
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isZero();
    }

    private static BatchUpdateException batch(Connection connection, String table, boolean prepared)
            throws SQLException {
        String insert = "insert into " + table + " (tenant_id, id) values ('acme', ";
        try (Statement text = connection.createStatement();
                PreparedStatement statement = connection.prepareStatement(insert + "?)")) {
            for (int id : new int[] {1, 2, 3, 2, 4, 5}) {
                if (prepared) {
                    statement.setInt(1, id);
                    statement.addBatch();
                } else {
                    text.addBatch(insert + id + ")");
                }
            }
            return catchThrowableOfType(
                    BatchUpdateException.class, prepared ? statement::executeBatch : text::executeBatch);
        }
    }

    /** A value that cannot be sent is found only when the entries are bound. */
    @Test
    @Guarantee({"G1", "G10"})
    void aBatchThatFailsBeforeItIsSentLeavesNothingForTheNextOne() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme")) {
            for (boolean autoCommit : new boolean[] {true, false}) {
                connection.setAutoCommit(autoCommit);
                int first = autoCommit ? 0 : 10;
                try (PreparedStatement insert =
                        connection.prepareStatement("insert into item (tenant_id, id) values ('acme', ?)")) {
                    insert.setInt(1, first);
                    insert.executeUpdate();
                    insert.setInt(1, first + 1);
                    insert.addBatch();
                    insert.setObject(1, "abc", Types.INTEGER);
                    insert.addBatch();
                    assertThatThrownBy(insert::executeBatch).isInstanceOf(SQLException.class);
                    insert.setInt(1, first + 2);
                    insert.addBatch();
                    assertThat(insert.executeBatch()).containsExactly(1);
                }
            }
            connection.commit();
        }
        assertThat(cluster.query("legacy", "select id from item order by id").toString())
                .isEqualTo("[[0], [2], [10], [12]]");
        assertJournalMakesTheTable("acme");
    }

    @Test
    @Guarantee({"G1", "G10"})
    void aParameterThatWasClearedIsNotSent() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement();
                PreparedStatement update =
                        connection.prepareStatement("update item set n = ?, note = ? where tenant_id = ? and id = ?")) {
            statement.executeUpdate(THREE);
            for (boolean autoCommit : new boolean[] {true, false}) {
                connection.setAutoCommit(autoCommit);
                set(update, 1);
                update.setString(2, "old");
                assertThat(update.executeUpdate()).isEqualTo(1);
                update.clearParameters();
                set(update, 2);
                assertThatThrownBy(update::executeUpdate).hasMessageContaining("No value specified for parameter");
                connection.setAutoCommit(true);
                connection.setAutoCommit(autoCommit);
                set(update, 1);
                update.setString(2, "old");
                update.addBatch();
                update.clearParameters();
                set(update, 3);
                update.addBatch();
                assertThatThrownBy(update::executeBatch).hasStackTraceContaining("No value specified for parameter");
                connection.setAutoCommit(true);
            }
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item where note is not null and id > 1"))
                .isZero();
        assertJournalMakesTheTable("acme");
    }

    private static void set(PreparedStatement update, int id) throws SQLException {
        update.setInt(1, 7);
        update.setString(3, "acme");
        update.setInt(4, id);
    }

    @Test
    @Guarantee("G10")
    void limitsHoldFromTheNextExecutionOn() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement();
                PreparedStatement update = connection.prepareStatement(
                        "update item set n = n + 1 where tenant_id = 'acme' and pg_sleep(?) is not null returning id")) {
            statement.executeUpdate(THREE);
            update.setDouble(1, 0);
            for (int limit : new int[] {0, 2, 1, 0}) {
                update.setMaxRows(limit);
                assertThat(count(update.executeQuery())).isEqualTo(limit == 0 ? 3 : limit);
            }
            update.setDouble(1, 0.5);
            update.setQueryTimeout(1);
            assertThatThrownBy(update::executeQuery)
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
            update.setQueryTimeout(0);
            assertThat(count(update.executeQuery())).isEqualTo(3);
        }
        assertJournalMakesTheTable("acme");
    }

    @Test
    @Guarantee({"G1", "G9"})
    void namesMayBeAnyAndBesideThemTheSearchPathCounts() throws SQLException {
        String longest = "é".repeat(31) + "x";
        String table = "select \"ö\" ünd";
        String ddl = """
                create table "S p"."select ""ö"" ünd" (
                    "select ""ö"" ünd" text, "%s" integer default 3, "select" text, "tenantshift image" text, "i.d" integer,
                    "TenantÏd" text, tableoids text, "?" integer generated always as ("i.d" * 2) stored, primary key ("TenantÏd", "i.d"))""".formatted(longest);
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(shard, "create schema \"S p\"", ddl);
        }
        OpenTransition.join(cluster, 2, "S p", table, "TenantÏd");
        String name = "\"S p\".\"select \"\"ö\"\" ünd\"";
        List<String> inserts = List.of(
                "insert into " + name + " (\"TenantÏd\", \"i.d\", \"select\") values ('acme', 1, 'a') returning *",
                "insert into " + name + " values ('own', 4, 'b', 'image', 2, 'acme', 'oids') returning \"?\"",
                "update " + name + " set \"select \"\"ö\"\" ünd\" = 'it', \"" + longest
                        + "\" = 5, \"tenantshift image\" = 'no' where \"i.d\" = 1 returning \"select \"\"ö\"\" ünd\".\"select \"\"ö\"\" ünd\", *");
        List<List<Object>> seen = new ArrayList<>();
        try (TenantShiftDataSource router = router("&currentSchema=%22S%20p%22,other");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            for (String text : inserts) {
                try (ResultSet row = statement.executeQuery(text)) {
                    row.next();
                    seen.add(List.of(
                            row.getMetaData().getColumnLabel(1),
                            row.getObject(row.getMetaData().getColumnCount())));
                }
            }
            String unqualified = name.substring(name.indexOf('.') + 1);
            assertThat(statement.executeUpdate("update " + unqualified + " set tableoids = 'x'"))
                    .isEqualTo(2);
            statement.executeUpdate("insert into public.item (tenant_id, id) values ('acme', 1)");
            cluster.execute(
                    "legacy", "create schema other", "create table other.item (like public.item including all)");
            assertThatThrownBy(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 2)"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("the table meant by name is not \"public\".\"item\" here but other.item");
        }
        assertThat(seen).containsExactly(List.of(table, 2), List.of("?", 4), List.of(table, 2));
        assertThat(cluster.query(
                                "legacy",
                                "select image from tenantshift.journal where layout = 2 order by seq desc limit 2")
                        .toString())
                .contains("{it,5,a,no,1,acme,x}", "{own,4,b,image,2,acme,x}");
        assertThat(cluster.queryLong("legacy", "select count(*) from other.item"))
                .isZero();
        assertJournalMakesTheTable("acme");
    }
}
