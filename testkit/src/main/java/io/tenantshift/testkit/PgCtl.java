package io.tenantshift.testkit;

import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs the control program of the server that owns a data directory. */
final class PgCtl {

    private PgCtl() {}

    /** Waits until done; {@code restart} takes port and settings from the last start. */
    static void run(Path data, String action, String... arguments) {
        List<String> command = new ArrayList<>();
        if (LinuxUtils.isUnshareAvailable()) {
            command.addAll(List.of("unshare", "-U")); // the program refuses to run as root
        }
        String what = "pg_ctl " + action + " of " + data;
        try {
            // Holds the server's command line: its path, then each argument in quotes.
            String started = Files.readString(data.resolve("postmaster.opts"));
            Path program = Path.of(started.substring(0, started.indexOf(" \""))).resolveSibling("pg_ctl");
            command.addAll(List.of(program.toString(), "-D", data.toString(), "-w", "-t", "10", action));
            command.addAll(List.of(arguments));
            Path output = data.resolve("pg_ctl.log");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IllegalStateException(
                        what + " ended with exit code " + exit + ": " + Files.readString(output));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(what + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(what + ": interrupted", e);
        }
    }
}
