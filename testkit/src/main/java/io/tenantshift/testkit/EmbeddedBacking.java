package io.tenantshift.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Real PostgreSQL binaries taken as Maven artifacts, one server process per instance. Works as root: the processes then
 * run in a user namespace of their own, because PostgreSQL refuses to run as root.
 *
 * <p>The data directory lies in the directory that the launcher sweeps, so that a server orphaned by a killed JVM is
 * stopped and removed by a later run.
 */
final class EmbeddedBacking implements Backing {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBacking.class);

    private final Path data;
    private final EmbeddedPostgres server;

    EmbeddedBacking(Map<String, String> settings) {
        Path home = Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg");
        this.data = home.resolve("data-" + UUID.randomUUID());
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(data.toFile())
                .setCleanDataDirectory(true)
                .setLocaleConfig("locale", "C");
        settings.forEach((name, value) -> {
            if (!value.matches("[A-Za-z0-9_.,:/*-]*")) {
                throw new IllegalArgumentException("setting " + name + ": value '" + value
                        + "' cannot be passed to the embedded server; use ALTER SYSTEM after the start");
            }
            builder.setServerConfig(name, value);
        });
        try {
            this.server = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("embedded PostgreSQL did not start in " + data, e);
        }
    }

    @Override
    public String description() {
        return "embedded server on port " + server.getPort();
    }

    @Override
    public String url(String database) {
        return "jdbc:postgresql://localhost:" + server.getPort() + "/" + database + "?user=postgres";
    }

    @Override
    public void stopImmediate() {
        control("stop", "-m", "immediate");
    }

    @Override
    public void restart() {
        control("restart", "-m", "fast");
    }

    @Override
    public void close() {
        if (!Files.exists(data.resolve("postmaster.pid"))) {
            restart(); // the launcher can only end a server that runs
        }
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException("embedded PostgreSQL did not stop in " + data, e);
        }
    }

    /** Runs the server's own control program; {@code restart} takes the port and the settings from the last start. */
    private void control(String action, String... arguments) {
        List<String> command = new ArrayList<>();
        if (LinuxUtils.isUnshareAvailable()) {
            command.addAll(List.of("unshare", "-U"));
        }
        try {
            String opts = Files.readString(data.resolve("postmaster.opts"));
            Path binaries = Path.of(opts.substring(0, opts.indexOf(" \""))).resolveSibling("pg_ctl");
            command.addAll(List.of(binaries.toString(), "-D", data.toString(), "-w", "-t", "10", action));
            command.addAll(List.of(arguments));
            Path log = data.resolve("testkit-" + action + ".log");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IllegalStateException(description() + ": " + action + " ended with exit code " + exit + ": "
                        + Files.readString(log, StandardCharsets.UTF_8));
            }
            LOG.debug("{}: {} done", description(), action);
        } catch (IOException e) {
            throw new UncheckedIOException(description() + ": " + action + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(description() + ": interrupted during " + action, e);
        }
    }
}
