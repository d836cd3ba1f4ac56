package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of captured rows: generated ones of batches, and those that statements set to what they are. */
class CapturedKeysIT extends CaptureContract {
    CapturedKeysIT(Cluster cluster) {
        super(cluster);
    }

    /** As mappers write that set every column of the row. */
    @Test
    @Guarantee({"G1", "G10"})
    @Pitfall(19)
    void keyAndTenantMayBeSetToWhatTheyAreAndToNothingElse() throws SQLException {
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement all = connection.prepareStatement(
                        "update item i set id = ?, tenant_id = ?, n = n + ? where i.id = ?");
                PreparedStatement upsert = connection.prepareStatement(
                        "insert into item as i (tenant_id, id, n) values (?, ?, ?) on conflict (tenant_id, id)"
                                + " do update set tenant_id = excluded.tenant_id, id = excluded.id, n = excluded.n");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 1), ('acme', 2)");
            for (int execution = 0; execution < 7; execution++) {
                assertThat(keyed(all, 1, "acme", 1).executeUpdate()).isEqualTo(1);
                upsert.setString(1, "acme");
                upsert.setInt(2, 2 + execution % 2);
                upsert.setInt(3, execution);
                assertThat(upsert.executeUpdate()).isEqualTo(1);
            }
            assertThat(statement.executeUpdate(
                            "update item set id = (select max(id) from item x where x.id = item.id)"))
                    .isEqualTo(3);
            assertThatThrownBy(() -> keyed(all, 1, "bolt", 1).executeUpdate())
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("0A000"));
        }
        assertThat(cluster.query("legacy", "select id, n from item order by id").toString())
                .isEqualTo("[[1, 7], [2, 6], [3, 5]]");
        assertJournalMakesTheTable("acme");
    }

    @Test
    @Guarantee({"G1", "G9"})
    @Pitfall(19)
    void aKeyThatChangesIsCarriedOrFailsTheStatement() throws SQLException {
        boolean carried = cluster.postgresVersion() >= 18;
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("insert into item (tenant_id, id) values ('acme', 3), ('acme', 2), ('acme', 1)");
            for (String text : List.of(
                    "update item set id = id + 1",
                    "update item i set id = i.id + 2, n = 5 where i.id > 1",
                    "insert into item (tenant_id, id) values ('acme', 3), ('acme', 5), ('acme', 9)"
                            + " on conflict (tenant_id, id) do update set id = item.id + 20, n = 6")) {
                if (carried) {
                    assertThat(statement.executeUpdate(text)).as(text).isEqualTo(3);
                } else {
                    assertThatThrownBy(() -> statement.executeUpdate(text))
                            .isInstanceOf(StatementRefusedException.class)
                            .hasMessageContaining("would change the key column \"id\"");
                }
            }
            assertThatThrownBy(() -> statement.executeUpdate("update item set id = null"))
                    .isInstanceOf(SQLException.class);
        }
        assertThat(cluster.query("legacy", "select id, n from item order by id").toString())
                .isEqualTo(carried ? "[[3, 0], [4, 5], [6, 5], [9, 0], [25, 6]]" : "[[1, 0], [2, 0], [3, 0]]");
        assertJournalMakesTheTable("acme");
    }

    private static PreparedStatement keyed(PreparedStatement statement, int id, String tenant, int where)
            throws SQLException {
        statement.setInt(1, id);
        statement.setString(2, tenant);
        statement.setInt(3, 1);
        statement.setInt(4, where);
        return statement;
    }

    @Test
    @Guarantee({"G1", "G8"})
    void aRowOfAnotherTenantIsNotTakenOverBySettingItsTenant() throws SQLException {
        cluster.execute(
                "legacy", "set tenantshift.applier = 'on'", "insert into item (tenant_id, id) values ('bolt', 1)");
        try (TenantShiftDataSource router = router("");
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeUpdate("update item set tenant_id = 'acme', n = 5"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("0A000"));
        }
        assertThat(cluster.query("legacy", "select tenant_id, n from item").toString())
                .isEqualTo("[[bolt, 0]]");
    }

    @ParameterizedTest
    @Guarantee({"G1", "G10"})
    @Pitfall(15)
    @ValueSource(
            strings = {
                "",
                "&preferQueryMode=simple",
                "&preferQueryMode=extendedForPrepared",
                "&autosave=always",
                "&prepareThreshold=1",
                "&reWriteBatchedInserts=true"
            })
    void theGeneratedKeysOfABatchAreThoseOfItsEntries(String parameters) throws SQLException {
        String insert = "insert into item (tenant_id, id, at) values (?, ?, ?)";
        try (TenantShiftDataSource router = router(parameters);
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                PreparedStatement all = connection.prepareStatement(insert, Statement.RETURN_GENERATED_KEYS);
                PreparedStatement named = connection.prepareStatement(insert, new String[] {"serial", "id"});
                PreparedStatement own = connection.prepareStatement(
                        insert + " on conflict do nothing returning id as key, note",
                        Statement.RETURN_GENERATED_KEYS)) {
            int id = 0;
            for (boolean autoCommit : new boolean[] {true, false, true}) {
                connection.setAutoCommit(autoCommit);
                for (PreparedStatement statement : List.of(all, named, own)) {
                    int first = id + 1;
                    for (int entry = 0; entry < 3; entry++) {
                        bind(statement, ++id).addBatch();
                    }
                    assertThat(statement.executeBatch()).containsExactly(1, 1, 1);
                    try (ResultSet keys = statement.getGeneratedKeys()) {
                        for (int expected = first; expected <= id; expected++) {
                            assertThat(keys.next()).isTrue();
                            assertThat(keys.getInt(statement == own ? "key" : "id"))
                                    .isEqualTo(expected);
                        }
                        assertThat(keys.next()).isFalse();
                        assertThat(keys.getMetaData().getColumnCount()).isEqualTo(statement == all ? 6 : 2);
                    }
                }
                bind(own, 1).addBatch();
                bind(own, ++id).addBatch();
                assertThat(own.executeBatch()).containsExactly(0, 1);
                try (ResultSet keys = own.getGeneratedKeys()) {
                    assertThat(keys.next()).isTrue();
                    assertThat(keys.getInt("key")).isEqualTo(id);
                    assertThat(keys.next()).isFalse();
                }
                if (!autoCommit) {
                    connection.commit();
                }
            }
            assertThat(cluster.queryLong("legacy", "select count(*) from item")).isEqualTo(id);
        }
        assertJournalMakesTheTable("acme");
    }
}
