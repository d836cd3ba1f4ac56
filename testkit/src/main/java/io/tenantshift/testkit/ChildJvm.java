package io.tenantshift.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own that runs a main class of this one's class path: to be killed or frozen as no thread can be, or to be measured alone.
 * The two talk in lines, over the child's standard input and output; what it writes to its error stream goes to this JVM's.
 *
 * <pre>{@code
 * try (ChildJvm applier = ChildJvm.of(Applier.class).start(url)) {
 *     applier.awaitLine("running");
 *     applier.freeze();
 *     ...
 *     applier.thaw();
 * }
 * }</pre>
 *
 * <p>The main class ends when its input ends: then it never outlives this JVM, not even one that is killed. No answer is awaited for
 * longer than the patience, 30 seconds unless told otherwise. The leak check sees a child that runs, by the thread that reads what it says.
 *
 * <p>Safe for any thread; each line goes to one reader. Freezing and thawing need a system with POSIX signals.
 */
public final class ChildJvm implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A child that nobody listens to stops at its output, as it would at a full pipe. */
    private static final int MOST_LINES = 10_000;

    private static final Duration TO_END = Duration.ofSeconds(20);

    private final String name;
    private final Process process;
    private final Duration patience;
    private final PrintStream in;
    /** Nothing behind the last one. */
    private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>(MOST_LINES);

    private ChildJvm(String name, Process process, Duration patience) {
        this.name = name;
        this.process = process;
        this.patience = patience;
        this.in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** A child to be, with this main class. */
    public static Builder of(Class<?> main) {
        return new Builder(main);
    }

    /** The number of its process. */
    public long pid() {
        return process.pid();
    }

    /** Whether it runs, or is frozen. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends a line. */
    public void send(String line) {
        in.println(line);
    }

    /** Sends a line and waits for the next one that it says. */
    public String ask(String line) {
        send(line);
        return answer();
    }

    /** The next line that it says, or has said. */
    public String answer() {
        try {
            Optional<String> line = lines.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new IllegalStateException("%s has said nothing for %d ms; it is %s"
                        .formatted(this, patience.toMillis(), process.isAlive() ? "alive" : "not alive any more"));
            }
            if (line.isEmpty()) {
                lines.add(line); // for whoever asks next
                throw new IllegalStateException(this + " ended without an answer; its own words are above");
            }
            return line.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + this, e);
        }
    }

    /** Takes lines until this one has come. */
    public void awaitLine(String wanted) {
        while (!answer().equals(wanted)) {
            // What it has said before.
        }
    }

    /** Kills it ({@code SIGKILL}): nothing of its own runs any more. Waits until it has gone. */
    public void kill() {
        process.destroyForcibly();
        await();
    }

    /**
     * Asks it to end ({@code SIGTERM}), and waits until it has; it is killed if it has not 20 seconds later.
     *
     * @return its exit code; of a JVM that does nothing about it, 143
     */
    public int terminate() {
        Signal.TERMINATE.send(process.pid());
        return exitCode();
    }

    /** Waits until it has ended by itself, and is killed if it has not 20 seconds later; its exit code. */
    public int exitCode() {
        await();
        return process.exitValue();
    }

    /** Stops all its threads where they are ({@code SIGSTOP}), and waits until they stand; its connections stay open. */
    public void freeze() {
        Signal.STOP.send(process.pid());
    }

    /** Lets it go on as if no time had passed ({@code SIGCONT}). */
    public void thaw() {
        Signal.CONTINUE.send(process.pid());
    }

    /** Ends it: it sees the end of its input, and is killed if it has not ended 20 seconds later. A frozen one is killed at once. */
    @Override
    public void close() {
        if (process.isAlive() && Signal.isStopped(process.pid())) {
            process.destroyForcibly();
        }
        in.close();
        await();
    }

    private void await() {
        try {
            if (!process.waitFor(TO_END.toNanos(), TimeUnit.NANOSECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "child JVM %s, process %d".formatted(name, process.pid());
    }

    private void read() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.put(Optional.of(line));
            }
            lines.put(Optional.empty());
        } catch (IOException e) {
            lines.offer(Optional.empty()); // closed under the reader's hands: the child has been killed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Collects how the child is to run. Not safe for concurrent use. */
    public static final class Builder {
        private final Class<?> main;
        private final List<String> jvmArguments = new ArrayList<>();
        private Duration patience = PATIENCE;

        private Builder(Class<?> main) {
            this.main = main;
        }

        /** Arguments of the JVM itself, such as {@code -Xmx64m}; none are taken over from this one. */
        public Builder jvmArguments(List<String> arguments) {
            jvmArguments.addAll(arguments);
            return this;
        }

        /** How long it may take to answer; 30 s. */
        public Builder patience(Duration patience) {
            this.patience = patience;
            return this;
        }

        /** Starts it, with the arguments of its main method. */
        public ChildJvm start(String... arguments) {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(jvmArguments);
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
            command.addAll(List.of(arguments));
            try {
                Process process = new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                ChildJvm child = new ChildJvm(main.getSimpleName(), process, patience);
                Thread reader = new Thread(child::read, "tenantshift-child-jvm-" + process.pid());
                reader.setDaemon(true);
                reader.start();
                return child;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot start a JVM for " + main.getName(), e);
            }
        }
    }
}
