package io.tenantshift.migration;

import io.tenantshift.testkit.Cluster;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A pgbouncer of this machine's package before one database: transaction mode, a few sessions of the server for all that come. */
final class Pgbouncer implements AutoCloseable {
    private static final Pattern URL =
            Pattern.compile("jdbc:postgresql://([^:/]+):(\\d+)/([^?]+)\\?(?:.*&)?user=([^&]*)(?:&password=([^&]*))?.*");

    private final Process process;
    private final String url;

    private Pgbouncer(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /** Whether the program is there. Where a distribution puts it is in the path of administrators only. */
    static boolean isInstalled() {
        return program().isPresent();
    }

    private static Optional<Path> program() {
        return Stream.concat(Stream.of(System.getenv("PATH").split(File.pathSeparator)), Stream.of("/usr/sbin"))
                .map(folder -> Path.of(folder, "pgbouncer"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Starts one and waits until it lets somebody through.
     *
     * @param directory of the test's own
     * @param sessions how many the server gives it
     */
    static Pgbouncer start(Path directory, Cluster cluster, String name, int sessions) throws IOException {
        Matcher to = URL.matcher(cluster.url(name));
        if (!to.matches()) {
            throw new IllegalArgumentException("not understood: " + cluster.url(name));
        }
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        String password = to.group(5) == null ? "" : " password='" + to.group(5) + "'";
        Path file = Files.writeString(directory.resolve(name + ".ini"), """
                [databases]
                %s = host=%s port=%s dbname='%s' user='%s'%s
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = any
                pool_mode = transaction
                default_pool_size = %d
                max_client_conn = 200
                ignore_startup_parameters = extra_float_digits
                """.formatted(
                        name, to.group(1), to.group(2), to.group(3), to.group(4), password, port, sessions));
        List<String> command =
                new ArrayList<>(List.of(program().map(Path::toString).orElse("pgbouncer")));
        if (System.getProperty("user.name", "").equals("root")) {
            // It does not run as root; who it becomes must be able to read its file.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            command.addAll(List.of("-u", "nobody"));
        }
        command.add(file.toString());
        Path log = directory.resolve(name + ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Pgbouncer started =
                new Pgbouncer(process, "jdbc:postgresql://127.0.0.1:%d/%s?user=%s".formatted(port, name, to.group(4)));
        started.awaitAnswer(log);
        return started;
    }

    private void awaitAnswer(Path log) {
        Awaitility.await("pgbouncer answers")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .failFast(() -> {
                    if (!process.isAlive()) {
                        throw new AssertionError(
                                "pgbouncer has ended: " + Files.readString(log, StandardCharsets.UTF_8));
                    }
                })
                .until(() -> {
                    try (Connection through = connect()) {
                        return through.isValid(5);
                    } catch (SQLException e) {
                        return false;
                    }
                });
    }

    /** A JDBC URL; it carries the user, so further parameters follow with {@code &}. */
    String url() {
        return url;
    }

    /** A plain connection through it, with what the driver needs. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(url + "&prepareThreshold=0");
    }

    @Override
    public void close() throws InterruptedException {
        // SIGTERM waits for clients in newer versions.
        process.destroy();
        if (!process.waitFor(2, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
