package io.tenantshift.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Signals that the JDK cannot send, by the system's own command. */
enum Signal {
    /** Every thread of the process stands still; it cannot refuse. */
    STOP("-STOP"),
    /** They go on. */
    CONTINUE("-CONT"),
    /** It is asked to end, and may take its time. */
    TERMINATE("-TERM");

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String option;

    Signal(String option) {
        this.option = option;
    }

    /** Sends it to a process of this user, and waits until it has had its effect. */
    void send(long pid) {
        String what = "kill " + option + " " + pid;
        try {
            Process kill = new ProcessBuilder("kill", option, Long.toString(pid))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exit = kill.waitFor();
            if (exit != 0) {
                throw new IllegalStateException(what + " ended with exit code " + exit + ": " + said.strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(what + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(what + ": interrupted", e);
        }
        if (Files.isDirectory(threads(pid))) {
            Awaitility.await(what)
                    .atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> isStopped(pid) == (this == STOP));
        }
    }

    /** Whether all threads of a process stand still; false where the system does not tell. */
    static boolean isStopped(long pid) {
        if (!Files.isDirectory(threads(pid))) {
            return false;
        }
        try (Stream<Path> all = Files.list(threads(pid))) {
            List<Path> found = all.toList();
            return !found.isEmpty() && found.stream().allMatch(Signal::stands);
        } catch (IOException e) {
            return false; // it has gone
        }
    }

    /** Its state follows its name, which is in parentheses and may hold anything. */
    private static boolean stands(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException e) {
            return true; // it has ended meanwhile
        }
    }

    private static Path threads(long pid) {
        return Path.of("/proc", Long.toString(pid), "task");
    }
}
