package io.tenantshift.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Real PostgreSQL binaries taken as Maven artifacts, one server process per instance. Works as root: the processes then
 * run in a user namespace of their own, because PostgreSQL refuses to run as root. Ends with the JVM at the latest.
 */
final class EmbeddedBacking implements Backing {

    private final Path data;
    private final EmbeddedPostgres server;

    EmbeddedBacking(Map<String, String> settings) {
        this.data = DataDirectories.fresh("on".equals(settings.get("fsync")));
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(true)
                .setPGStartupWait(Duration.ofSeconds(60)) // on a busy machine the usual 10 seconds are too few
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

    /** Where its data is. */
    Path data() {
        return data;
    }

    int port() {
        return server.getPort();
    }

    /** Kills the server as a crash would; its port and its data stay. */
    void stopImmediate() {
        PgCtl.run(data, "stop", "-m", "immediate");
    }

    /** Ends the server cleanly; its port and its data stay. */
    void stop() {
        PgCtl.run(data, "stop", "-m", "fast");
    }

    /** Starts the server on the same port and data, after a clean stop if it runs. */
    void restart() {
        PgCtl.run(data, "restart", "-m", "fast");
    }

    /** Ends the server and removes its data. */
    void close() {
        if (!Files.exists(data.resolve("postmaster.pid"))) {
            restart(); // the launcher logs an error for a server that does not run
        }
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException("embedded PostgreSQL did not stop in " + data, e);
        }
    }
}
