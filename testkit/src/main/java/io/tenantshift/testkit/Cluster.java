package io.tenantshift.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A few databases of one server under the names that a test uses: {@code legacy}, the one that is moved away from, and
 * the shards {@code s0}, {@code s1} and so on. All start as copies of one template.
 *
 * <p>Thread-safe. Closing it drops the databases and whatever is still connected to them.
 */
public final class Cluster implements AutoCloseable {

    /** The name of the database that tenants are moved away from. */
    public static final String LEGACY = "legacy";

    private final PostgresServer server;
    private final Map<String, String> databases;
    private final List<String> shards;
    private final List<Handed> handed = Collections.synchronizedList(new ArrayList<>());

    private final Set<String> expectedThreads = ConcurrentHashMap.newKeySet();

    private final Set<String> knownLeaks = ConcurrentHashMap.newKeySet();

    private Cluster(PostgresServer server, Map<String, String> databases, List<String> shards) {
        this.server = server;
        this.databases = databases;
        this.shards = shards;
    }

    /**
     * Creates {@code legacy} and that many shards. Tests usually let {@link TenantShiftCluster} do this.
     *
     * @param ddl run once per server and text, each database is a copy of the result; may be empty
     */
    public static Cluster create(PostgresServer server, int shards, String ddl) throws SQLException {
        if (shards < 0) {
            throw new IllegalArgumentException("a cluster cannot have " + shards + " shards");
        }
        List<String> shardNames =
                IntStream.range(0, shards).mapToObj(n -> "s" + n).toList();
        List<String> names = new ArrayList<>(List.of(LEGACY));
        names.addAll(shardNames);
        String template = server.templates().named(ddl);
        Map<String, String> databases = new LinkedHashMap<>();
        for (String name : names) {
            databases.put(name, server.freshName(name));
        }
        server.createDatabases(databases.values(), template);
        return new Cluster(server, Collections.unmodifiableMap(databases), shardNames);
    }

    /** The server that holds all of it. */
    public PostgresServer server() {
        return server;
    }

    /** {@code s0}, {@code s1} and so on, without {@code legacy}. */
    public List<String> shards() {
        return shards;
    }

    /** {@code legacy} and the shards. */
    public List<String> names() {
        return List.copyOf(databases.keySet());
    }

    /** The database's real name on the server; differs for every cluster. */
    public String database(String name) {
        String database = databases.get(name);
        if (database == null) {
            throw new IllegalArgumentException(
                    "this cluster has no database '" + name + "'; it has " + databases.keySet());
        }
        return database;
    }

    /** A JDBC URL; it carries user and password, so further parameters follow with {@code &}. */
    public String url(String name) {
        return server.jdbcUrl(database(name));
    }

    /** A new plain connection. The leak check knows it and names the line that took it, should nobody close it. */
    public Connection connect(String name) throws SQLException {
        Connection connection = DriverManager.getConnection(url(name));
        handed.add(new Handed(name, connection, new Throwable("taken here")));
        return connection;
    }

    /** Runs the statements, each in its own transaction, on a connection of their own. */
    public void execute(String name, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(name))) {
            Sql.execute(connection, statements);
        }
    }

    /** Ends a server process that serves this database, and waits until it has gone. */
    public void endBackend(String name, int pid) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(name))) {
            Sql.query(connection, "select pg_terminate_backend(" + pid + ")");
            Awaitility.await("backend " + pid + " has gone")
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> Sql.query(connection, "select from pg_stat_activity where pid = " + pid)
                            .isEmpty());
        }
    }

    /** The rows of a query as text, on a connection of its own. */
    public List<List<@Nullable String>> query(String name, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(name))) {
            return Sql.query(connection, sql);
        }
    }

    /** The one number that a query returns. */
    public long queryLong(String name, String sql) throws SQLException {
        List<List<@Nullable String>> rows = query(name, sql);
        String value = rows.size() == 1 && rows.get(0).size() == 1 ? rows.get(0).get(0) : null;
        if (value == null) {
            throw new IllegalStateException("expected one number, found " + rows + " for: " + sql);
        }
        return Long.parseLong(value);
    }

    /** By which name this cluster knows the database that answers on a connection; asks it, by a statement. */
    public String nameOf(Connection connection) throws SQLException {
        String database = String.valueOf(
                Sql.query(connection, "select current_database()").get(0).get(0));
        return names().stream()
                .filter(name -> database(name).equals(database))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this cluster has no database called " + database));
    }

    /** How many clients are connected to a database. */
    public long sessions(String name) throws SQLException {
        return queryLong(
                name,
                "select count(*) from pg_stat_activity where backend_type = 'client backend'"
                        + " and datname = current_database() and pid <> pg_backend_pid()");
    }

    /** The server's major version, such as 17. */
    public int postgresVersion() throws SQLException {
        return (int) queryLong(names().get(0), "select current_setting('server_version_num')::int / 10000");
    }

    /**
     * Waits until that many backends of the database wait for a lock, 10 seconds at most: how a test knows that a
     * statement it has sent from another thread is blocked.
     */
    public void awaitLockWaiters(String name, int waiters) throws SQLException {
        LockWaiters.await(server, database(name), waiters);
    }

    /**
     * Threads whose names begin so belong to what the class keeps open from test to test: the test in which one starts has not left it
     * behind. The check at the end of the class asks for them all the same.
     */
    public void expectThreads(String prefix) {
        expectedThreads.add(prefix);
    }

    boolean expectsThread(String name) {
        return expectedThreads.stream().anyMatch(name::startsWith);
    }

    /** Drops the databases, ending the connections to them. */
    @Override
    public void close() throws SQLException {
        server.dropDatabases(databases.values());
    }

    /** Connections that {@link #connect} has handed out and that are open. */
    List<Handed> handedOut() {
        synchronized (handed) {
            handed.removeIf(Handed::isClosed);
            return List.copyOf(handed);
        }
    }

    /** What the leak check has reported or excused already: a test's leak is not the class's once more. */
    Set<String> knownLeaks() {
        return knownLeaks;
    }

    /** A connection handed out, and where. */
    record Handed(String name, Connection connection, Throwable taken) {
        boolean isClosed() {
            try {
                return connection.isClosed();
            } catch (SQLException e) {
                throw new IllegalStateException("cannot tell whether a connection to " + name + " is closed", e);
            }
        }
    }
}
