package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.TenantShiftDriver;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A captured tenant's writes through the DataSource: each form of a statement leaves the caller what it asked for and the journal what was
 * written. The journal replayed in its order must give the table.
 */
class CaptureIT extends CaptureContract {
    CaptureIT(Cluster cluster) {
        super(cluster);
    }

    @Test
    void aRouterByUrlWhoseFileNamesTheClassCaptures(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(
                directory.resolve("router.yaml"), """
                name: byurl
                shards: {legacy: {url: "%s"}, s0: {url: "%s"}}
                legacyShard: legacy
                capture: io.tenantshift.dualwrite.DualWrite
                """.formatted(cluster.url("legacy"), cluster.url("s0")));
        try (Connection connection = DriverManager.getConnection("jdbc:tenantshift:" + file);
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 7)"))
                    .isEqualTo(1);
            assertThat(connection.isWrapperFor(DualWrite.class)).isTrue();
            assertThat(connection.unwrap(DualWrite.class).backlog("legacy", "s0"))
                    .isNotNull();
        } finally {
            TenantShiftDriver.closeRouters();
        }
        assertJournalMakesTheTable("acme");
    }

    @ParameterizedTest
    @Guarantee({"G1", "G2"})
    @Pitfall({46, 72, 13})
    @ValueSource(
            strings = {
                "",
                "&preferQueryMode=simple",
                "&preferQueryMode=extendedForPrepared",
                "&preferQueryMode=extendedCacheEverything",
                "&autosave=always",
                "&prepareThreshold=1",
                "&binaryTransfer=false",
                "&reWriteBatchedInserts=true"
            })
    void everyFormOfAWriteIsCapturedAtEachOfTenExecutions(String parameters) throws SQLException {
        int id = 0;
        try (TenantShiftDataSource router = router(parameters);
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement insert = connection.prepareStatement(
                        "insert into item (tenant_id, id, at) values (?, ?, coalesce(?, now()))");
                PreparedStatement returning = connection.prepareStatement(
                        "insert into item as i (tenant_id, id, at) values (?, ?, ?) returning i.note, serial * 2 as twice, at");
                PreparedStatement keys = connection.prepareStatement(
                        "insert into item (tenant_id, id, at) values (?, ?, ?)", Statement.RETURN_GENERATED_KEYS);
                PreparedStatement named = connection.prepareStatement(
                        "insert into item (tenant_id, id, at) values (?, ?, ?)", new String[] {"serial"});
                PreparedStatement update = connection.prepareStatement(
                        "update item set n = n + ?, note = md5(random()::text) where tenant_id = ? and id <= ?");
                PreparedStatement delete =
                        connection.prepareStatement("delete from item where tenant_id = ? and id = ?");
                Statement text = connection.createStatement()) {
            for (int round = 0; round < 10; round++) {
                if (round == 6 && !parameters.contains("simple")) {
                    insert.getParameterMetaData();
                }
                assertThat(bind(insert, ++id).executeUpdate()).isEqualTo(1);
                try (ResultSet row = bind(returning, ++id).executeQuery()) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getMetaData().getColumnLabel(2)).isEqualTo("twice");
                    assertThat(row.getString("note")).isNull();
                    assertThat(row.getLong("twice")).isPositive();
                    assertThat(row.next()).isFalse();
                }
                assertThat(bind(keys, ++id).executeUpdate()).isEqualTo(1);
                try (ResultSet row = keys.getGeneratedKeys()) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getInt("id")).isEqualTo(id);
                    assertThat(row.getLong("serial")).isPositive();
                }
                assertThat(bind(named, ++id).executeUpdate()).isEqualTo(1);
                try (ResultSet row = named.getGeneratedKeys()) {
                    assertThat(row.next()).isTrue();
                    assertThat(row.getLong(1)).isPositive();
                    assertThat(row.getMetaData().getColumnCount()).isEqualTo(1);
                }
                assertThat(text.executeUpdate("insert into item (tenant_id, id, note) values ('acme', " + ++id
                                + ", 'it''s; -- text') ; -- end"))
                        .isEqualTo(1);
                for (int entry = 0; entry < 3; entry++) {
                    bind(insert, ++id).addBatch();
                }
                assertThat(insert.executeBatch()).hasSize(3);
                update.setInt(1, round);
                update.setString(2, "acme");
                update.setInt(3, 4);
                assertThat(update.executeUpdate()).as("round %d", round).isEqualTo(round == 0 ? 4 : 3);
                delete.setString(1, "acme");
                delete.setInt(2, 4);
                assertThat(delete.executeUpdate()).isEqualTo(round == 0 ? 1 : 0);
            }
            assertThat(connection.getAutoCommit()).isTrue();
        }
        assertJournalMakesTheTable("acme");
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isEqualTo(id - 1L);
    }

    @ParameterizedTest
    @Guarantee("G1")
    @Pitfall({17, 47})
    @ValueSource(strings = {"", "&autosave=always", "&autosave=conservative"})
    void whatASavepointTakesBackIsNotInTheJournal(String parameters) throws SQLException {
        try (TenantShiftDataSource router = router(parameters);
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement insert = connection.prepareStatement(
                        "insert into item (tenant_id, id, at) values (?, ?, ?) on conflict (tenant_id, id) do update set n = item.n + 1")) {
            connection.setAutoCommit(false);
            Savepoint outer = connection.setSavepoint();
            bind(insert, 1).executeUpdate();
            Savepoint inner = connection.setSavepoint("inner");
            bind(insert, 2).executeUpdate();
            connection.rollback(inner);
            bind(insert, 3).executeUpdate();
            connection.commit();
            outer = connection.setSavepoint();
            bind(insert, 4).executeUpdate();
            connection.rollback(outer);
            bind(insert, 5).executeUpdate();
            bind(insert, 1).executeUpdate();
            connection.commit();
            bind(insert, 6).executeUpdate();
            connection.rollback();
        }
        assertThat(cluster.query("legacy", "select id, n from item order by id").toString())
                .isEqualTo("[[1, 1], [3, 0], [5, 0]]");
        assertJournalMakesTheTable("acme");
        assertThat(cluster.queryLong("legacy", "select count(*) from tenantshift.journal"))
                .isEqualTo(4);
    }

    @Test
    @Guarantee({"G1", "G9"})
    @Pitfall({74, 25})
    void whatEntersButWouldNotReachTheJournalIsRefused() throws SQLException {
        cluster.execute(
                "legacy",
                "create function sneak() returns integer language plpgsql as $$ begin insert into item (tenant_id, id) values ('acme', 99); return 1; end $$",
                "create table other (id integer primary key)",
                "create function nested() returns trigger language plpgsql as $$ begin insert into item (tenant_id, id) values ('acme', 98); return null; end $$",
                "create trigger nested after insert on other for each row execute function nested()");
        String keyInRow = "update item set (id, n) = (id + 1, 2) where tenant_id = 'acme'";
        boolean carried = cluster.postgresVersion() >= 18;
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            for (String text : List.of(
                    "select sneak()",
                    "insert into item (tenant_id, id, n) values ('acme', 1, sneak())",
                    "do $$ begin insert into item (tenant_id, id) values ('acme', 97); end $$",
                    "insert into other values (1)",
                    "with w as (insert into item (tenant_id, id) values ('acme', 2) returning id) select * from w",
                    "insert into item (tenant_id, id) values ('acme', 3); insert into item (tenant_id, id) values ('acme', 4)",
                    "truncate item",
                    "alter table item add column extra text",
                    carried ? "truncate only item" : keyInRow,
                    "update item set (n, tenant_id) = (1, 'bolt') where tenant_id = 'acme'")) {
                assertThatThrownBy(() -> statement.execute(text), text)
                        .isInstanceOf(StatementRefusedException.class)
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("0A000"));
            }
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 5)");
            if (carried) {
                assertThat(statement.executeUpdate(keyInRow)).isOne();
            }
        }
        assertThat(cluster.query("legacy", "select id from item").toString()).isEqualTo(carried ? "[[6]]" : "[[5]]");
        assertJournalMakesTheTable("acme");
    }

    @Test
    @Guarantee({"G1", "G8"})
    void aWriteThatTouchesAnotherTenantsRowFailsByItself() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('bolt', 1)"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("0A000"))
                    .hasMessageContaining(
                            "INSERT of table public.item touches a row of tenant bolt, and the transaction has entered tenant acme");
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item")).isZero();
    }

    @Test
    @Guarantee("G1")
    @Pitfall(76)
    void aTenantThatBecomesCapturedIsCapturedFromTheEpochOn() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("calm");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("insert into item (tenant_id, id) values ('calm', 1)");
            cluster.execute(
                    "legacy", "update tenantshift.fence set epoch = 3, phase = 'DUAL_WRITE' where tenant_id = 'calm'");
            // The router still remembers epoch 2 and "not captured"; it may not get the one without the other.
            statement.executeUpdate("insert into item (tenant_id, id) values ('calm', 2)");
            cluster.execute(
                    "legacy", "update tenantshift.fence set epoch = 4, phase = 'SOURCE_ONLY' where tenant_id = 'calm'");
            statement.executeUpdate("insert into item (tenant_id, id) values ('calm', 3)");
        }
        assertThat(cluster.query("legacy", "select image[2], epoch from tenantshift.journal")
                        .toString())
                .isEqualTo("[[2, 3]]");
    }

    @Test
    @Guarantee("G1")
    @Pitfall(12)
    void aLongValueThatTheUpdateDoesNotTouchIsInTheImage() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "insert into item (tenant_id, id, note) select 'acme', 1, string_agg(md5(g::text), '') from generate_series(1, 2000) g");
            statement.executeUpdate("update item set n = 7 where tenant_id = 'acme' and id = 1");
        }
        assertThat(cluster.queryLong(
                        "legacy", "select length(image[4]) from tenantshift.journal order by seq desc limit 1"))
                .isEqualTo(64_000);
        assertJournalMakesTheTable("acme");
    }

    /** The rewritten text is kept; what a star stands for is not. */
    @Test
    @Guarantee({"G1", "G9"})
    @Pitfall(20)
    void aStarBesideAnotherTableShowsTheColumnsThatThereAreNow() throws SQLException {
        cluster.execute(
                "legacy",
                "create table rate (item integer, a text, b text)",
                "insert into rate values (1, 'a1', 'b1')");
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement update = connection.prepareStatement(
                        "update item set n = n + 1 from rate where rate.item = item.id and tenant_id = ? returning *, n");
                PreparedStatement keys = connection.prepareStatement(
                        "delete from item using rate where rate.item = item.id", Statement.RETURN_GENERATED_KEYS);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)");
            for (int execution = 0; execution < 7; execution++) {
                update.setString(1, "acme");
                assertThat(labels(update.executeQuery())).endsWith("serial", "item", "a", "b", "n");
            }
            cluster.execute(
                    "legacy", "alter table rate drop column a", "alter table rate add column c integer default 5");
            try (ResultSet row = update.executeQuery()) {
                row.next();
                assertThat(row.getString("b")).isEqualTo("b1");
                assertThat(row.getInt("c")).isEqualTo(5);
                assertThat(row.getInt(row.getMetaData().getColumnCount())).isEqualTo(8);
                assertThat(labels(row)).endsWith("serial", "item", "b", "c", "n");
            }
            assertThat(keys.executeUpdate()).isEqualTo(1);
            assertThat(labels(keys.getGeneratedKeys()))
                    .startsWith("tenant_id", "id")
                    .endsWith("item", "b", "c");
        }
        assertJournalMakesTheTable("acme");
    }

    private static List<String> labels(ResultSet result) throws SQLException {
        return labels(result.getMetaData());
    }

    private static List<String> labels(ResultSetMetaData columns) throws SQLException {
        List<String> labels = new ArrayList<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            labels.add(columns.getColumnLabel(i));
        }
        return labels;
    }

    @ParameterizedTest
    @Guarantee("G10")
    @ValueSource(strings = {"", "&currentSchema=pg_temp", "&preferQueryMode=simple"})
    void anItemWhoseNameTheTextDoesNotTellIsNamedByTheServer(String parameters) throws SQLException {
        String insert =
                "insert into public.item (tenant_id, id) values ('acme', 1) returning extract(year from at), cast(id as text), trim(note)";
        try (TenantShiftDataSource router = router(parameters);
                Connection connection = router.getConnection();
                Connection plain = cluster.connect("legacy");
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            List<String> expected = labels(plain.prepareStatement(insert).getMetaData());
            if (parameters.contains("simple")) {
                assertThatThrownBy(() -> statement.executeQuery(insert))
                        .isInstanceOf(StatementRefusedException.class)
                        .hasMessageContaining("give it a name with AS");
            } else {
                assertThat(labels(statement.executeQuery(insert))).isEqualTo(expected);
            }
            assertThatThrownBy(() -> statement.executeQuery(insert.replace("(note)", "(wrong)")))
                    .isInstanceOf(StatementRefusedException.class);
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from item"))
                .as("asking for names writes nothing")
                .isEqualTo(parameters.contains("simple") ? 0 : 1);
    }

    @Test
    @Guarantee("G9")
    @Pitfall(37)
    void anUpdatableResultOfACapturedTenantIsRefusedBeforeItIsOpened() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                Statement updatable =
                        connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)) {
            try (var scope = TenantContext.enter("acme")) {
                for (boolean autoCommit : new boolean[] {true, false}) {
                    connection.setAutoCommit(autoCommit);
                    assertThatThrownBy(() -> updatable.executeQuery("select tenant_id, id, n from item"))
                            .isInstanceOf(StatementRefusedException.class)
                            .hasMessageContaining("updatable");
                    connection
                            .createStatement()
                            .executeQuery("select * from item")
                            .close();
                }
                connection.rollback();
            }
            try (var scope = TenantContext.enter("calm")) {
                connection.createStatement().executeUpdate("insert into item (tenant_id, id) values ('calm', 1)");
                connection.commit();
            }
            try (var scope = TenantContext.enter("calm");
                    ResultSet rows =
                            updatable.executeQuery("select tenant_id, id, n from item where tenant_id = 'calm'")) {
                rows.next();
                connection.createStatement().executeUpdate("update item set note = 'entered' where tenant_id = 'calm'");
                rows.updateInt("n", 7);
                rows.updateRow();
                connection.commit();
            }
        }
        assertThat(cluster.queryLong("legacy", "select n from item where tenant_id = 'calm'"))
                .as("entered, and not captured: its transaction has begun behind the fence")
                .isEqualTo(7);
    }

    @Test
    @Guarantee("G9")
    @Pitfall(57)
    void aSessionWhoseTextWouldLoseDigitsIsRefused() throws SQLException {
        try (TenantShiftDataSource router = router("&options=-c%20extra_float_digits=0");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.execute("set extra_float_digits = 0");
            assertThatThrownBy(() -> statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1)"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("extra_float_digits");
        }
    }
}
