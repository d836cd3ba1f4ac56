package io.tenantshift.docs;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs the model checker TLC on one configuration of a model, in a JVM of its own: TLC keeps its state in static fields and ends the JVM
 * when it is done. Its output is kept in {@code target/model}. Stateless.
 */
final class Tlc {
    private static final long LONGEST_MINUTES = 60;
    private static final String HEAP = "1g";
    private static final Pattern STATES = Pattern.compile("([0-9]+) states generated, ([0-9]+) distinct states found");
    private static final Pattern VIOLATED =
            Pattern.compile("Error: (?:Invariant|Action property|Temporal property) (\\w+) is violated");
    private static final Pattern TEMPORAL = Pattern.compile("Error: Temporal properties were violated");
    private static final Pattern TIME = Pattern.compile("Finished in (.*?) at");
    private static final String COMPLETE = "Model checking completed. No error has been found.";

    /**
     * What TLC found.
     *
     * @param violated what does not hold; empty if nothing was found
     * @param complete whether every state was looked at
     * @param states distinct ones
     */
    record Outcome(Optional<String> violated, boolean complete, long states, String time, String output) {
        String summary() {
            return "%s, %,d distinct states, %s"
                    .formatted(violated.map(what -> what + " violated").orElse("passes"), states, time);
        }
    }

    private Tlc() {}

    /** On both cores, every state. */
    static Outcome explore(Path directory, String configuration)
            throws IOException, InterruptedException, URISyntaxException {
        return check(directory, configuration, List.of("-XX:+UseParallelGC"), 2);
    }

    /** To a violation that is soon found: a JVM that starts fast, and the same counterexample every time. */
    static Outcome refute(Path directory, String configuration)
            throws IOException, InterruptedException, URISyntaxException {
        return check(directory, configuration, List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), 1);
    }

    private static Outcome check(Path directory, String configuration, List<String> options, int workers)
            throws IOException, InterruptedException, URISyntaxException {
        Path target = Path.of("target", "model").toAbsolutePath();
        Files.createDirectories(target);
        Path log = target.resolve(configuration + ".txt");
        Process process = new ProcessBuilder(command(target, configuration, options, workers))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
                throw new IOException("TLC on %s has not ended within %d minutes; its output is in %s"
                        .formatted(configuration, LONGEST_MINUTES, log));
            }
        } finally {
            process.destroyForcibly();
        }
        return outcome(Files.readString(log));
    }

    private static List<String> command(Path target, String configuration, List<String> options, int workers)
            throws IOException, URISyntaxException {
        // TLC unpacks its standard modules there.
        Path temporary = Files.createDirectories(target.resolve(configuration));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-Xmx" + HEAP, "-Djava.io.tmpdir=" + temporary, "-cp", jar().toString(), "tlc2.TLC"));
        command.addAll(List.of("-workers", Integer.toString(workers)));
        command.addAll(List.of("-metadir", temporary.resolve("states").toString()));
        command.addAll(List.of("-config", configuration + ".cfg", "Tenantshift.tla"));
        return command;
    }

    private static Path jar() throws URISyntaxException {
        return Path.of(tlc2.TLC
                .class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    private static Outcome outcome(String output) {
        Matcher violated = VIOLATED.matcher(output);
        Optional<String> what = violated.find()
                ? Optional.of(violated.group(1))
                : TEMPORAL.matcher(output).find() ? Optional.of("a temporal property") : Optional.empty();
        long states = 0;
        Matcher counts = STATES.matcher(output);
        while (counts.find()) {
            states = Long.parseLong(counts.group(2));
        }
        Matcher time = TIME.matcher(output);
        return new Outcome(
                what, output.contains(COMPLETE), states, time.find() ? time.group(1) : "time unknown", output);
    }
}
