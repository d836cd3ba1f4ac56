package io.tenantshift.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.slf4j.LoggerFactory;

/**
 * A hot standby of a {@link PostgresServer}: a server process of its own that streams from it by a replication slot, and answers queries.
 * It has all databases of its primary under the same names and the same users.
 *
 * <p>A promoted standby is a primary of its own; nothing makes it a standby again.
 *
 * <p>Thread-safe. Closing it ends the server, removes its data and drops the slot.
 */
public final class Standby implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration OFTEN = Duration.ofMillis(5);

    private final PostgresServer primary;
    private final int primaryPort;
    private final Consumer<Standby> whenClosed;
    private final Path data;
    private final String slot;
    private final int port;
    private final Closeable lock;
    private final Thread atTheEnd = new Thread(this::remove, "tenantshift-testkit-standby-cleanup");
    private boolean closed;

    Standby(PostgresServer primary, EmbeddedBacking of, Consumer<Standby> whenClosed) {
        this.primary = primary;
        this.primaryPort = of.port();
        this.whenClosed = whenClosed;
        this.data = DataDirectories.fresh(false);
        this.slot = primary.freshName("standby");
        boolean started = false;
        try {
            this.port = freePort();
            this.lock = DataDirectories.create(data);
            try {
                start(of);
                started = true;
            } finally {
                if (!started) {
                    remove();
                    dropSlot();
                }
            }
        } catch (IOException | SQLException e) {
            throw new IllegalStateException("a standby of " + primary + " did not start in " + data, e);
        }
        Runtime.getRuntime().addShutdownHook(atTheEnd);
    }

    private void start(EmbeddedBacking of) throws IOException, SQLException {
        try (Connection connection = primary.superuserConnection("postgres")) {
            Sql.query(connection, "select pg_create_physical_replication_slot(" + Sql.literal(slot) + ", true)");
        }
        BaseBackup.copy(primary, of.data(), data);
        Files.writeString(
                data.resolve("postgresql.auto.conf"),
                "hot_standby = on\nprimary_slot_name = '%s'\nprimary_conninfo = '%s'\n".formatted(slot, conninfo()),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        Files.createFile(data.resolve("standby.signal"));
        PgCtl.startLike(of.data(), data, port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private String conninfo() {
        return "host=localhost port=%d user=postgres".formatted(primaryPort);
    }

    /** A JDBC URL of that database here; it carries user and password, so further parameters follow with {@code &}. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://localhost:" + port + "/" + database + "?user=postgres";
    }

    /**
     * A JDBC URL that names the primary and this server, and finds that one of them which is a primary; further parameters follow with
     * {@code &}.
     */
    public String failoverUrl(String database) {
        return "jdbc:postgresql://localhost:%d,localhost:%d/%s?user=postgres&targetServerType=primary"
                .formatted(primaryPort, port, database);
    }

    /** A new plain connection to it. */
    public Connection superuserConnection(String database) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database));
    }

    /** The server whose standby it began as. */
    public PostgresServer primary() {
        return primary;
    }

    /** Waits until everything that was committed on the primary when this was called is visible here; not what was committed asynchronously. */
    public void awaitReplayed() throws SQLException {
        try (Connection there = primary.superuserConnection("postgres")) {
            String written = String.valueOf(
                    Sql.query(there, "select pg_current_wal_flush_lsn()").get(0).get(0));
            await(
                    "the standby has replayed " + written,
                    "select from pg_last_wal_replay_lsn() as at where at >= '" + written + "'");
        }
    }

    /** Stops replaying what arrives, until {@link #resumeReplay}; returns when it has stopped. */
    public void pauseReplay() throws SQLException {
        ask("select pg_wal_replay_pause()");
        // Before 14 nobody tells whether it has stopped; the next record is not replayed in any case.
        await(
                "replay has stopped",
                primary.majorVersion() >= 14
                        ? "select where pg_get_wal_replay_pause_state() = 'paused'"
                        : "select where pg_is_wal_replay_paused()");
    }

    /** Replays again. */
    public void resumeReplay() throws SQLException {
        ask("select pg_wal_replay_resume()");
    }

    /** Receives nothing more, until {@link #reconnect()}; returns when the connection to the primary has ended. */
    public void disconnect() throws SQLException {
        ask("alter system set primary_conninfo = ''", "select pg_reload_conf()");
        await("nothing is received", "select where not exists (select from pg_stat_wal_receiver)");
    }

    /** Receives again. */
    public void reconnect() throws SQLException {
        ask("alter system set primary_conninfo = " + Sql.literal(conninfo()), "select pg_reload_conf()");
        await("something is received", "select from pg_stat_wal_receiver where status = 'streaming'");
    }

    /** Makes a primary of it; returns when it takes writes. */
    public void promote() throws SQLException {
        ask("select pg_promote(true, 20)");
        await("it is a primary", "select where not pg_is_in_recovery()");
    }

    /** Ends it as a crash would; its port and its data stay. */
    public void stopImmediate() {
        PgCtl.run(data, "stop", "-m", "immediate");
    }

    /** Starts it again on the same port and data, after a clean stop if it runs. */
    public void restart() {
        PgCtl.run(data, "restart", "-m", "fast");
    }

    private void ask(String... statements) throws SQLException {
        try (Connection connection = superuserConnection("postgres")) {
            Sql.execute(connection, statements);
        }
    }

    /** Waits until the query returns a row. */
    private void await(String what, String query) throws SQLException {
        try (Connection connection = superuserConnection("postgres")) {
            Awaitility.await(what)
                    .atMost(PATIENCE)
                    .pollInterval(OFTEN)
                    .until(() -> !Sql.query(connection, query).isEmpty());
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Runtime.getRuntime().removeShutdownHook(atTheEnd);
        remove();
        dropSlot();
        whenClosed.accept(this);
    }

    /** Ends the server and removes its data. */
    private void remove() {
        try (lock) {
            if (Files.exists(data.resolve("postmaster.pid"))) {
                stopImmediate();
            }
            DataDirectories.delete(data);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + data, e);
        }
    }

    /** It keeps the primary's log for a standby that is gone. */
    private void dropSlot() {
        String own = "from pg_replication_slots where slot_name = " + Sql.literal(slot);
        try (Connection connection = primary.superuserConnection("postgres")) {
            Awaitility.await("the slot " + slot + " is free")
                    .atMost(PATIENCE)
                    .pollInterval(OFTEN)
                    .until(() -> Sql.query(connection, "select " + own + " and active")
                            .isEmpty());
            Sql.query(connection, "select pg_drop_replication_slot(slot_name) " + own);
        } catch (SQLException e) {
            // A primary that the test has stopped has no use for it.
            LoggerFactory.getLogger(Standby.class).debug("{}: the slot {} stays", primary, slot, e);
        }
    }

    @Override
    public String toString() {
        return "standby on port " + port + " of " + primary;
    }
}
