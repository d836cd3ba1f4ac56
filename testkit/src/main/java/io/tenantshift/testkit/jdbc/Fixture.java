package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Puts the databases of both sides into the same state before each behaviour. Tables, types and functions stay, for connections of a
 * pool remember their numbers; rows, sequences, large objects and what behaviours create in schema {@code scratch} do not. Behaviours
 * that wrote nothing are told by the server's next transaction number and cost no reset.
 */
final class Fixture implements AutoCloseable {

    /** A backend that a behaviour has left in a transaction makes the reset fail after this. */
    private static final String PATIENCE = "set lock_timeout = '5s'; set application_name = 'contract fixture'";

    /** Ends whatever a behaviour has left behind. */
    static final String END_BACKENDS =
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                    + " and pid <> pg_backend_pid() and application_name <> 'contract fixture'";

    private static final String RESET = """
            drop schema if exists scratch cascade;
            create schema scratch;
            truncate item, part, everything, plain, generated, composite_key, composite_child, parted, "Odd ""Name" restart identity;
            alter sequence counter restart;
            insert into item (tenant_id, name, n, price, note) values
                ('acme', 'one', 1, 1.10, null), ('acme', 'two', 2, 2.20, 'second'), ('acme', 'three', 3, 3.30, '');
            insert into part (tenant_id, item_id, label) values ('acme', 1, 'lid'), ('acme', 1, 'box'), ('acme', 2, 'bag');
            insert into plain (a, b) values (1, 'x'), (2, 'y'), (3, null);
            insert into composite_key values (1, 'k', 2);
            insert into parted values (1, 'north');
            insert into "Odd ""Name" values (1, 's', 'u');
            insert into everything select * from everything_rows;
            select lo_unlink(oid) from pg_largeobject_metadata;
            """;

    private final List<Connection> connections;
    private long next = -1;

    Fixture(String referenceUrl, String subjectUrl) throws SQLException {
        this.connections = List.of(open(referenceUrl), open(subjectUrl));
    }

    private static Connection open(String url) throws SQLException {
        Connection connection = DriverManager.getConnection(url);
        execute(connection, PATIENCE);
        return connection;
    }

    /** Resets both databases if anything may have written to either. */
    void prepare() throws SQLException {
        if (next == nextTransaction()) {
            return;
        }
        for (Connection connection : connections) {
            reset(connection);
        }
        next = nextTransaction();
    }

    private static void reset(Connection connection) throws SQLException {
        try {
            execute(connection, RESET);
        } catch (SQLException e) {
            execute(connection, END_BACKENDS);
            execute(connection, RESET);
            throw new SQLException(
                    "an earlier behaviour left a transaction open that keeps its tables locked; all backends of the database have been ended and the tables reset",
                    e.getSQLState(),
                    e);
        }
    }

    private long nextTransaction() throws SQLException {
        try (Statement statement = connections.get(0).createStatement();
                ResultSet row = statement.executeQuery("select pg_snapshot_xmax(pg_current_snapshot())::text")) {
            row.next();
            return Long.parseLong(row.getString(1));
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : connections) {
            connection.close();
        }
    }
}
