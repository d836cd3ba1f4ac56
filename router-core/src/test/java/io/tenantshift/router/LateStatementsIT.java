package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Statements whose shard is known only when they are executed, from their own text, answer as PostgreSQL's driver does. */
@TenantShiftCluster(
        shards = 0,
        perMethod = true,
        ddl = "create table doc (tenant_id text, id int, body bytea, image oid, page xml, primary key (tenant_id, id))")
@Guarantee("G10")
class LateStatementsIT {
    private static final String INSERT = "insert into doc (tenant_id, id, body) values (?, ?, ?)";

    private final Cluster cluster;
    private final TenantShiftDataSource router;

    LateStatementsIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        this.router = TenantShiftDataSource.builder("late")
                .shard("legacy", cluster.url("legacy"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .tableGroup(new TableGroup("docs", "tenant_id", List.of("public.doc")))
                .build();
    }

    @AfterEach
    void close() {
        router.close();
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> bodies(Connection connection) throws SQLException {
        List<String> bodies = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "select convert_from(body, 'UTF8') from doc where tenant_id = 'acme' order by id")) {
            while (rows.next()) {
                bodies.add(rows.getString(1));
            }
        }
        return bodies;
    }

    @Test
    @Pitfall(25)
    void aStreamIsReadOnceAlsoByAStatementThatWasExecutedBefore() throws SQLException {
        for (boolean autoCommit : new boolean[] {true, false}) {
            try (Connection connection = router.getConnection()) {
                connection.setAutoCommit(autoCommit);
                try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                    for (int id = 0; id < 3; id++) {
                        insert.setString(1, "acme");
                        insert.setInt(2, id);
                        insert.setBinaryStream(3, stream("body " + id));
                        assertThat(insert.executeUpdate()).isEqualTo(1);
                    }
                    for (int id = 3; id < 5; id++) {
                        insert.setString(1, "acme");
                        insert.setInt(2, id);
                        insert.setBinaryStream(3, stream("body " + id));
                        insert.addBatch();
                    }
                    assertThat(insert.executeBatch()).containsExactly(1, 1);
                }
                assertThat(bodies(connection)).containsExactly("body 0", "body 1", "body 2", "body 3", "body 4");
                try (Statement statement = connection.createStatement()) {
                    statement.executeUpdate("delete from doc where tenant_id = 'acme'");
                }
            }
        }
    }

    @Test
    void aBatchLeavesTheParametersThatWereSetAfterItsEntries() throws SQLException {
        for (boolean autoCommit : new boolean[] {true, false}) {
            try (Connection connection = router.getConnection();
                    PreparedStatement insert =
                            connection.prepareStatement("insert into doc (tenant_id, id, body) values ('acme', ?, ?)");
                    var scope = TenantContext.enter("acme")) {
                connection.setAutoCommit(autoCommit);
                for (int id = 1; id < 6; id += 2) {
                    insert.setInt(1, id);
                    insert.setBytes(2, ("body " + id).getBytes(StandardCharsets.UTF_8));
                    insert.addBatch();
                    insert.setInt(1, id + 1);
                    insert.setBytes(2, ("body " + (id + 1)).getBytes(StandardCharsets.UTF_8));
                    assertThat(insert.executeBatch()).containsExactly(1);
                    assertThat(insert.executeUpdate()).isEqualTo(1);
                }
                assertThat(bodies(connection))
                        .containsExactly("body 1", "body 2", "body 3", "body 4", "body 5", "body 6");
                try (Statement statement = connection.createStatement()) {
                    statement.executeUpdate("delete from doc where tenant_id = 'acme'");
                }
            }
        }
    }

    @Test
    @Pitfall(25)
    void anObjectThatIsAStreamIsOneToo() throws SQLException {
        try (Connection connection = router.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into doc (tenant_id, id, image) values (?, ?, ?)")) {
                for (int id = 0; id < 2; id++) {
                    insert.setString(1, "acme");
                    insert.setInt(2, id);
                    insert.setObject(3, stream("image"), Types.BLOB);
                    insert.executeUpdate();
                }
            }
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(
                            "select length(lo_get(image)) from doc where tenant_id = 'acme' order by id")) {
                for (int id = 0; id < 2; id++) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getInt(1)).isEqualTo(5);
                }
            }
            connection.rollback();
        }
    }

    /** JDBC lets a document be read once. */
    private static SQLXML document(AtomicInteger read) {
        return (SQLXML) Proxy.newProxyInstance(
                LateStatementsIT.class.getClassLoader(), new Class<?>[] {SQLXML.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("getString") || read.incrementAndGet() > 1) {
                        throw new SQLException("read already");
                    }
                    return "<page/>";
                });
    }

    @Test
    @Pitfall(25)
    void aDocumentIsReadOnce() throws SQLException {
        try (Connection connection = router.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into doc (tenant_id, id, page) values ('acme', ?, ?)")) {
            for (int id = 0; id < 4; id++) {
                AtomicInteger read = new AtomicInteger();
                insert.setInt(1, id);
                if (id % 2 == 0) {
                    insert.setSQLXML(2, document(read));
                } else {
                    insert.setObject(2, document(read));
                }
                assertThat(insert.executeUpdate()).isEqualTo(1);
                assertThat(read).hasValue(1);
            }
        }
    }

    @Test
    void aStatementClosesWhenItsResultDoes() throws SQLException {
        try (Connection connection = router.getConnection()) {
            Statement statement = connection.createStatement();
            statement.closeOnCompletion();
            statement
                    .executeQuery("select id from doc where tenant_id = 'acme'")
                    .close();
            assertThat(statement.isClosed()).isTrue();

            PreparedStatement prepared = connection.prepareStatement("select id from doc where tenant_id = ?");
            prepared.closeOnCompletion();
            prepared.setString(1, "acme");
            prepared.executeQuery().close();
            assertThat(prepared.isClosed()).isTrue();
        }
    }

    @Test
    void whatIsToldIsToldAlsoIfItIsZero() throws SQLException {
        TenantShiftDataSource defaults = TenantShiftDataSource.builder("defaults")
                .shard("legacy", cluster.url("legacy") + "&defaultRowFetchSize=7&queryTimeout=9")
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .tableGroup(new TableGroup("docs", "tenant_id", List.of("public.doc")))
                .build();
        try (defaults;
                Connection connection = defaults.getConnection();
                PreparedStatement told = connection.prepareStatement("select id from doc where tenant_id = ?");
                PreparedStatement untold = connection.prepareStatement("select id from doc where tenant_id = ?")) {
            told.setFetchSize(0);
            told.setQueryTimeout(0);
            for (PreparedStatement each : List.of(told, untold)) {
                each.setString(1, "acme");
                each.executeQuery().close();
            }
            assertThat(List.of(told.getFetchSize(), told.getQueryTimeout())).containsExactly(0, 0);
            assertThat(List.of(untold.getFetchSize(), untold.getQueryTimeout())).containsExactly(7, 9);
        }
    }

    @Test
    void anUpdateWhoseKeysAreAResultHasNoCount() throws SQLException {
        String sql =
                "with made as (insert into doc (tenant_id, id) values ('acme', 1) returning id) select * from made";
        try (Connection connection = router.getConnection();
                Connection plain = cluster.connect("legacy")) {
            for (Connection each : List.of(connection, plain)) {
                each.setAutoCommit(false);
                try (Statement statement = each.createStatement()) {
                    assertThat(statement.executeUpdate(sql, new String[] {"id"}))
                            .isEqualTo(-1);
                    assertThat(statement.getResultSet().next()).isTrue();
                }
                each.rollback();
            }
        }
    }
}
