package io.tenantshift.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes which tests of this run prove which guarantee and pitfall, and how they ended, to {@code
 * target/guarantees.json} of the module. Found by the launcher through the service loader. A run of some tests only
 * reports those; without a {@code target} directory nothing is written. Where several JVMs share the tests of a module, the system
 * property {@value #FORK} tells each its number, and the second and further ones write {@code guarantees-2.json} and so on.
 *
 * <pre>{@code
 * {"guarantees": {"G1": [{"test": "a.b.CTest#method", "outcome": "successful", "runs": 1}]}, "pitfalls": {"9": []}}
 * }</pre>
 */
public final class ProofReport implements TestExecutionListener {

    static final String FORK = "tenantshift.test.fork";

    /** How a method ended; the worst of its runs counts. */
    enum Outcome {
        SUCCESSFUL,
        SKIPPED,
        ABORTED,
        FAILED
    }

    private record Ended(Proofs proofs, Outcome outcome, int runs) {
        Ended and(Ended other) {
            return new Ended(
                    proofs, outcome.compareTo(other.outcome) >= 0 ? outcome : other.outcome, runs + other.runs);
        }
    }

    private final Map<String, Ended> byTest = new ConcurrentSkipListMap<>();

    private final Path target;
    private final String file;

    /** For the service loader. */
    public ProofReport() {
        this(Path.of(System.getProperty("basedir", "."), "target"), System.getProperty(FORK, "1"));
    }

    ProofReport(Path target, String fork) {
        this.target = target;
        this.file = fork.equals("1") ? "guarantees.json" : "guarantees-" + fork + ".json";
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (test.isTest()) {
            note(test, Outcome.valueOf(result.getStatus().name()), 1);
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        note(test, Outcome.SKIPPED, 0);
    }

    @Override
    public void testPlanExecutionFinished(TestPlan testPlan) {
        if (byTest.isEmpty() || !Files.isDirectory(target)) {
            return;
        }
        Path report = target.resolve(file);
        try {
            Files.writeString(report, json());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + report, e);
        }
    }

    private void note(TestIdentifier test, Outcome outcome, int runs) {
        Proofs.of(test.getSource().orElse(null))
                .filter(Proofs::any)
                .ifPresent(proofs -> byTest.merge(proofs.test(), new Ended(proofs, outcome, runs), Ended::and));
    }

    /** Names of classes and methods and our own numbers need no escaping. */
    String json() {
        return "{\n  \"guarantees\": " + section(Proofs::guarantees, Comparator.comparing(ProofReport::number))
                + ",\n  \"pitfalls\": " + section(Proofs::pitfalls, Comparator.naturalOrder()) + "\n}\n";
    }

    private static int number(String guarantee) {
        String digits = guarantee.replaceAll("[^0-9]", "");
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }

    private <K> String section(Function<Proofs, Set<K>> keys, Comparator<K> order) {
        Map<K, String> entries = new TreeMap<>(order);
        for (Ended ended : byTest.values()) {
            for (K key : keys.apply(ended.proofs())) {
                entries.merge(key, entry(ended), (one, two) -> one + ",\n" + two);
            }
        }
        return entries.entrySet().stream()
                .map(entry -> "    \"" + entry.getKey() + "\": [\n" + entry.getValue() + "\n    ]")
                .collect(Collectors.joining(",\n", "{\n", "\n  }"));
    }

    private static String entry(Ended ended) {
        return "      {\"test\": \"" + ended.proofs().test() + "\", \"outcome\": \""
                + ended.outcome().name().toLowerCase(Locale.ROOT) + "\", \"runs\": " + ended.runs() + "}";
    }
}
