package io.tenantshift.testkit.jdbc;

import static java.util.stream.Collectors.joining;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Puts the databases of both sides into the same state before each behaviour. Tables, types and functions stay, for connections of a
 * pool remember their numbers; rows, sequences, large objects and what behaviours create in schema {@code scratch} do not. Behaviours
 * that wrote nothing are told by the server's next transaction number and cost no reset; of what others may have written, only that is
 * reset which has changed.
 */
final class Fixture implements AutoCloseable {

    /** A backend that a behaviour has left in a transaction makes the reset fail after this. */
    private static final String PATIENCE = "set lock_timeout = '5s'; set application_name = 'contract fixture'";

    /** Ends whatever a behaviour has left behind. */
    static final String END_BACKENDS =
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                    + " and pid <> pg_backend_pid() and application_name <> 'contract fixture'";

    /** Whatever is held here is seen by nobody until it ends: the resets wait for it, and fail. */
    private static final String HELD = "select exists (select from pg_locks where pid is distinct from pg_backend_pid()"
            + " and database = (select oid from pg_database where datname = current_database()) and relation >= 16384)";

    /**
     * What behaviours change, in parts of which most change one or none: a query whose answer is another after a change, and what undoes it.
     */
    private enum Part {
        SCRATCH(
                "select max(n.xmin::text) || ' ' || count(d) from pg_namespace n left join pg_depend d on refobjid = n.oid"
                        + " and refclassid = 'pg_namespace'::regclass where nspname = 'scratch'",
                "drop schema if exists scratch cascade; create schema scratch"),
        ITEM(
                rows("item") + " || " + numbers("item_id_seq") + " || " + rows("part") + " || "
                        + numbers("part_id_seq"),
                """
                truncate item, part restart identity;
                insert into item (tenant_id, name, n, price, note) values
                    ('acme', 'one', 1, 1.10, null), ('acme', 'two', 2, 2.20, 'second'), ('acme', 'three', 3, 3.30, '');
                insert into part (tenant_id, item_id, label) values ('acme', 1, 'lid'), ('acme', 1, 'box'), ('acme', 2, 'bag')"""),
        EVERYTHING(rows("everything"), "truncate everything; insert into everything select * from everything_rows"),
        PLAIN(rows("plain"), "truncate plain; insert into plain (a, b) values (1, 'x'), (2, 'y'), (3, null)"),
        GENERATED(rows("generated") + " || " + numbers("generated_id_seq"), "truncate generated restart identity"),
        COMPOSITE(
                rows("composite_key") + " || " + rows("composite_child"),
                "truncate composite_key, composite_child; insert into composite_key values (1, 'k', 2)"),
        PARTED(rows("parted_north"), "truncate parted; insert into parted values (1, 'north')"),
        ODD(rows("\"Odd \"\"Name\""), "truncate \"Odd \"\"Name\"; insert into \"Odd \"\"Name\" values (1, 's', 'u')"),
        COUNTER(numbers("counter"), "alter sequence counter restart"),
        LARGE_OBJECTS(
                "select count(*)::text from pg_largeobject_metadata",
                "select lo_unlink(oid) from pg_largeobject_metadata");

        private final String look;
        private final String reset;

        Part(String look, String reset) {
            this.look = look.startsWith("select") ? "(" + look + ")" : look;
            this.reset = reset;
        }

        /** Every version of a row has another place, or another transaction that wrote it. */
        private static String rows(String table) {
            return "(select coalesce(string_agg(ctid::text || xmin, ','), '') from " + table + ")";
        }

        private static String numbers(String sequence) {
            return "(select last_value || ' ' || log_cnt || is_called from " + sequence + ")";
        }
    }

    private static final String LOOK =
            Stream.of(Part.values()).map(part -> part.look + " as " + part).collect(joining(", ", "select ", ""));

    private final List<Connection> connections;
    /** What a connection's database was like after the last reset. */
    private final Map<Connection, Map<Part, String>> clean = new HashMap<>();

    private long next = -1;

    Fixture(String referenceUrl, String subjectUrl) throws SQLException {
        this.connections = List.of(open(referenceUrl), open(subjectUrl));
    }

    private static Connection open(String url) throws SQLException {
        Connection connection = DriverManager.getConnection(url);
        execute(connection, PATIENCE);
        return connection;
    }

    /** Resets in both databases what anything may have written in either. */
    void prepare() throws SQLException {
        if (next == nextTransaction()) {
            return;
        }
        EnumSet<Part> changed = EnumSet.noneOf(Part.class);
        for (Connection connection : connections) {
            changed.addAll(changed(connection));
        }
        if (!changed.isEmpty()) {
            String resets = changed.stream().map(part -> part.reset).collect(joining(";\n"));
            for (Connection connection : connections) {
                reset(connection, resets);
                clean.put(connection, look(connection));
            }
        }
        next = nextTransaction();
    }

    private EnumSet<Part> changed(Connection connection) throws SQLException {
        Map<Part, String> before = clean.get(connection);
        if (before == null || isHeld(connection)) {
            return EnumSet.allOf(Part.class);
        }
        Map<Part, String> now = look(connection);
        EnumSet<Part> changed = EnumSet.allOf(Part.class);
        changed.removeIf(part -> Objects.equals(now.get(part), before.get(part)));
        return changed;
    }

    private static boolean isHeld(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HELD);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static Map<Part, String> look(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOOK);
                ResultSet row = statement.executeQuery()) {
            row.next();
            Map<Part, String> seen = new EnumMap<>(Part.class);
            for (Part part : Part.values()) {
                seen.put(part, String.valueOf(row.getString(part.name())));
            }
            return seen;
        }
    }

    private static void reset(Connection connection, String resets) throws SQLException {
        try {
            execute(connection, resets);
        } catch (SQLException e) {
            execute(connection, END_BACKENDS);
            execute(connection, resets);
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
