package io.tenantshift.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A few databases under the names that a test uses: {@code legacy}, the one that is moved away from, and the shards {@code s0}, {@code s1} and
 * so on. All on one server, or each on one of its own. All start with the same DDL.
 *
 * <p>Thread-safe. Closing it drops the databases and whatever is still connected to them.
 */
public final class Cluster implements AutoCloseable {

    /** The name of the database that tenants are moved away from. */
    public static final String LEGACY = "legacy";

    private final Map<String, PostgresServer> servers;
    private final Map<String, String> databases;
    private final List<String> shards;
    private final List<Handed> handed = Collections.synchronizedList(new ArrayList<>());

    private final Set<String> expectedThreads = ConcurrentHashMap.newKeySet();

    private final Set<String> knownLeaks = ConcurrentHashMap.newKeySet();

    private Cluster(Map<String, PostgresServer> servers, Map<String, String> databases, List<String> shards) {
        this.servers = servers;
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
        return create(Collections.nCopies(shards + 1, server), ddl);
    }

    /**
     * Creates {@code legacy} on the first server, {@code s0} on the second, and so on: what ends one server leaves the others as they are.
     * The servers stay their owner's, who ends them when the cluster is closed.
     *
     * @param servers a server may be there more than once
     * @param ddl as above
     */
    public static Cluster create(List<PostgresServer> servers, String ddl) throws SQLException {
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("a cluster needs a server");
        }
        List<String> shards =
                IntStream.range(0, servers.size() - 1).mapToObj(n -> "s" + n).toList();
        List<String> names = new ArrayList<>(List.of(LEGACY));
        names.addAll(shards);
        Map<String, PostgresServer> serverOf = new LinkedHashMap<>();
        Map<String, String> databases = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            serverOf.put(names.get(i), servers.get(i));
            databases.put(names.get(i), servers.get(i).freshName(names.get(i)));
        }
        Cluster cluster =
                new Cluster(Collections.unmodifiableMap(serverOf), Collections.unmodifiableMap(databases), shards);
        for (PostgresServer server : cluster.servers()) {
            String template = server.templates().named(ddl);
            server.createDatabases(cluster.databasesOn(server), template);
        }
        return cluster;
    }

    /**
     * The server that holds all of it.
     *
     * @throws IllegalStateException if there are several
     */
    public PostgresServer server() {
        Set<PostgresServer> all = servers();
        if (all.size() > 1) {
            throw new IllegalStateException(
                    "this cluster is on " + all.size() + " servers; ask for that of one of " + databases.keySet());
        }
        return all.iterator().next();
    }

    /** The server that holds this database; that of others as well, unless each has its own. */
    public PostgresServer server(String name) {
        database(name); // says which there are
        return Objects.requireNonNull(servers.get(name));
    }

    /** Each once. */
    Set<PostgresServer> servers() {
        return new LinkedHashSet<>(servers.values());
    }

    private List<String> databasesOn(PostgresServer server) {
        return databases.entrySet().stream()
                .filter(each -> servers.get(each.getKey()) == server)
                .map(Map.Entry::getValue)
                .toList();
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
        return server(name).jdbcUrl(database(name));
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
                    .atMost(Duration.ofSeconds(60))
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
     * Waits until that many backends of the database wait for a lock, a minute at most: how a test knows that a
     * statement it has sent from another thread is blocked.
     */
    public void awaitLockWaiters(String name, int waiters) throws SQLException {
        LockWaiters.await(server(name), database(name), waiters);
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
        for (PostgresServer server : servers()) {
            server.dropDatabases(databasesOn(server));
        }
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
