package io.tenantshift.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM for one contender, so that nobody's classes, profiles or garbage are another's. It answers each line with a line; what it says
 * otherwise goes to the error stream of this one. For one thread.
 */
public final class ChildJvm implements AutoCloseable {
    private final String name;
    private final Process process;
    private final PrintStream in;
    private final BufferedReader out;

    private ChildJvm(String name, Process process) {
        this.name = name;
        this.process = process;
        this.in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts a main class with this JVM's class path. */
    public static ChildJvm start(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new ChildJvm(main.getSimpleName() + " " + arguments[0], process);
    }

    /** What every JVM that measures is given, also JMH's. */
    public static List<String> jvmArguments() {
        return List.of("-Xms512m", "-Xmx512m", "-Dlogback.configurationFile=io/tenantshift/benchmarks/logback.xml");
    }

    /** Sends a line and waits for the answer. */
    public String ask(String line) throws IOException {
        in.println(line);
        return answer();
    }

    /** Waits for a line. */
    public String answer() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException("%s ended without an answer; its own words are above".formatted(name));
        }
        return line;
    }

    /** Ends it: it sees the end of its input, and is given time to close what it has open. */
    @Override
    public void close() {
        in.close();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
