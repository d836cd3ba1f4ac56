package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The user's own mistakes: told as the plain statement tells them. */
class CaptureErrorsIT extends CaptureContract {
    private static final List<String> TEXTS = List.of(
            "insert into item (tenant_id, id, n) values ('acme', 1, wrong)",
            "/* é 😀 */ update item set note = 'ü 😀', n = wrong + 1 where id = 1",
            "  update item set n = = 1",
            "update item set id = id, tenant_id = wrong where true",
            "update item i set note = '😀', id = i.wrong, tenant_id = 'acme'; -- end",
            "update item set id = 1, tenant_id = 'acme', note = wrong",
            "delete from item where id = 'x'",
            "delete from item using wrong where true",
            "with w as (select 1 as a) insert into item (tenant_id, id) select wrong, a from w returning *",
            "insert into item (tenant_id, id) values ('acme', 1) returning id, tenant_id || 'é😀', wrong as w, *",
            "insert into item (tenant_id, id) values ('acme', 1) on conflict (wrong) do nothing");

    private static final List<String> PREPARED = List.of(
            "update item set note = ?, n = ? + wrong where id = ? and tenant_id = ?",
            "update item set id = ?, n = ? where id = wrong(?) and note = ?",
            "insert into item (tenant_id, id, n, note) values (?, ?, ?, ?) returning wrong",
            "update item set n = (select 1 where '{}'::jsonb ?? 'é' and '{}'::jsonb ??| array['a']) + wrong"
                    + " where id = ? and id = ? and id = ? and id = ?");

    CaptureErrorsIT(Cluster cluster) {
        super(cluster);
    }

    @ParameterizedTest
    @Guarantee("G10")
    @ValueSource(
            strings = {
                "",
                "&preferQueryMode=simple",
                "&preferQueryMode=extendedForPrepared",
                "&preferQueryMode=extendedCacheEverything",
                "&prepareThreshold=1",
                "&autosave=always",
                "&logServerErrorDetail=false"
            })
    void aMistakeIsToldAtItsPlaceInTheCallersText(String parameters) throws SQLException {
        boolean simple = parameters.contains("simple");
        try (TenantShiftDataSource router = router(parameters);
                Connection connection = router.getConnection();
                Connection plain = DriverManager.getConnection(cluster.url("legacy") + parameters)) {
            for (String tenant : List.of("acme", "calm")) {
                try (var scope = TenantContext.enter(tenant)) {
                    for (String text : TEXTS) {
                        PSQLException expected = failure(plain, c -> execute(c, text));
                        for (boolean autoCommit : new boolean[] {true, false}) {
                            connection.setAutoCommit(autoCommit);
                            assertSame(failure(connection, c -> execute(c, text)), expected, simple, text);
                        }
                        assertSame(
                                failure(connection, c -> {
                                    execute(c, "select 1");
                                    execute(c, text);
                                }),
                                expected,
                                simple && tenant.equals("acme"),
                                text);
                    }
                    for (String text : PREPARED) {
                        PSQLException expected = failure(plain, c -> prepared(c, text, false));
                        for (boolean autoCommit : new boolean[] {true, false}) {
                            connection.setAutoCommit(autoCommit);
                            assertSame(failure(connection, c -> prepared(c, text, false)), expected, simple, text);
                        }
                        if (!text.contains("returning")) {
                            connection.setAutoCommit(true);
                            BatchUpdateException batch = catchThrowableOfType(
                                    BatchUpdateException.class, () -> prepared(connection, text, true));
                            PSQLException first = (PSQLException) Objects.requireNonNull(batch.getNextException());
                            assertThat(batch.getUpdateCounts())
                                    .containsExactly(Statement.EXECUTE_FAILED, Statement.EXECUTE_FAILED);
                            assertThat(batch.getCause()).isSameAs(first);
                            assertThat(batch.getMessage()).contains(first.getMessage());
                            assertSame(first, expected, simple && tenant.equals("acme"), text);
                        }
                    }
                    connection.setAutoCommit(true);
                }
            }
        }
    }

    private static void assertSame(PSQLException failure, PSQLException expected, boolean simple, String text) {
        ServerErrorMessage told = Objects.requireNonNull(failure.getServerErrorMessage());
        ServerErrorMessage plain = Objects.requireNonNull(expected.getServerErrorMessage());
        assertThat(failure.getSQLState()).as(text).isEqualTo(expected.getSQLState());
        assertThat(told.getMessage()).as(text).isEqualTo(plain.getMessage());
        assertThat(told.getHint()).as(text).isEqualTo(plain.getHint());
        assertThat(told.getRoutine()).as(text).isEqualTo(plain.getRoutine());
        assertThat(told.getPosition()).as(text).isEqualTo(simple ? 0 : plain.getPosition());
        if (!simple) {
            assertThat(failure.getMessage()).as(text).isEqualTo(expected.getMessage());
        }
        assertThat(failure.getStackTrace()).as(text).isNotEmpty();
    }

    @FunctionalInterface
    private interface Work {
        void on(Connection connection) throws SQLException;
    }

    private static PSQLException failure(Connection connection, Work work) throws SQLException {
        PSQLException failure = catchThrowableOfType(PSQLException.class, () -> work.on(connection));
        if (!connection.getAutoCommit()) {
            connection.rollback();
        }
        return failure;
    }

    private static void execute(Connection connection, String text) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    private static void prepared(Connection connection, String text, boolean batch) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(text)) {
            for (int entry = 0; entry < 2; entry++) {
                for (int i = 1; i <= 4; i++) {
                    statement.setObject(i, null);
                }
                if (batch) {
                    statement.addBatch();
                }
            }
            if (batch) {
                statement.executeBatch();
            } else {
                statement.execute();
            }
        }
    }
}
