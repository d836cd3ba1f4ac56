package io.tenantshift.testkit.jdbc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All differences of one subclass's run, also those that fail no test, as a file for people. */
final class Report {
    private final String name;
    private final List<Verdict> verdicts = new ArrayList<>();

    Report(String name) {
        this.name = name;
    }

    void add(Verdict verdict) {
        verdicts.add(verdict);
    }

    /** Writes {@code target/jdbc-contract/<name>.txt}. */
    void write() throws IOException {
        long wrong = count(verdict -> !verdict.wrong().isEmpty());
        long byDesign = count(verdict ->
                verdict.wrong().isEmpty() && !verdict.comparison().differences().isEmpty());
        long messages = count(verdict -> !verdict.comparison().messages().isEmpty());
        StringBuilder text =
                new StringBuilder("%s: %d behaviours, %d wrong, %d differ by design, %d with other messages%n"
                        .formatted(name, verdicts.size(), wrong, byDesign, messages));
        for (Verdict verdict : verdicts) {
            if (!verdict.wrong().isEmpty()) {
                text.append("\nWRONG: ").append(verdict.wrong());
            } else if (!verdict.comparison().shown().isEmpty()) {
                text.append("\nby design or message only: ")
                        .append(verdict.behaviour().key())
                        .append('\n')
                        .append(verdict.comparison().text());
            }
        }
        Path directory = Path.of("target", "jdbc-contract");
        Files.createDirectories(directory);
        Files.writeString(directory.resolve(name + ".txt"), text);
    }

    private long count(java.util.function.Predicate<Verdict> which) {
        return verdicts.stream().filter(which).count();
    }
}
