package io.tenantshift.testkit;

import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Runs the control program of the server that owns a data directory. */
final class PgCtl {

    private PgCtl() {}

    /** Waits until done; {@code restart} takes port and settings from the last start. */
    static void run(Path data, String action, String... arguments) {
        run(program(data), data, action, arguments);
    }

    /**
     * Starts a server in a directory where none has run, with the settings of another, and waits until it can be connected to.
     *
     * @param like the other's directory; it has been started
     */
    static void startLike(Path like, Path data, int port) {
        List<String> options = new ArrayList<>();
        List<String> started = commandLine(like);
        for (int i = 1; i < started.size(); i++) {
            if (List.of("-D", "-p").contains(started.get(i))) {
                i++; // and its value
            } else {
                options.add(started.get(i));
            }
        }
        options.addAll(List.of("-p", Integer.toString(port)));
        String quoted = options.stream().map(option -> '"' + option + '"').collect(Collectors.joining(" "));
        run(program(like), data, "start", "-o", quoted);
    }

    private static Path program(Path data) {
        return Path.of(commandLine(data).get(0)).resolveSibling("pg_ctl");
    }

    /** The program of the server that was started there last, and its arguments. */
    private static List<String> commandLine(Path data) {
        try {
            // Its path, then each argument in quotes.
            String started = Files.readString(data.resolve("postmaster.opts")).strip();
            List<String> parts = new ArrayList<>(List.of(started.split(" \"")));
            parts.replaceAll(part -> part.endsWith("\"") ? part.substring(0, part.length() - 1) : part);
            return parts;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read how the server in " + data + " was started", e);
        }
    }

    private static void run(Path program, Path data, String action, String... arguments) {
        List<String> command = new ArrayList<>();
        if (LinuxUtils.isUnshareAvailable()) {
            command.addAll(List.of("unshare", "-U")); // the program refuses to run as root
        }
        String what = "pg_ctl " + action + " of " + data;
        try {
            command.addAll(List.of(program.toString(), "-D", data.toString(), "-w", "-t", "30", action));
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
