package io.tenantshift.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.docs.ProofScan.Proof;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Writes {@code docs/target/guarantee-report.md}: every guarantee and every known pitfall with the tests that claim it, and
 * those without. Fails for a demanded number without a test.
 */
final class GuaranteeReportTest {

    private static final Set<Integer> DEMANDED_GUARANTEES = Set.of(1, 2, 3, 4, 6, 7, 8, 9, 10, 11);

    private static final Set<Integer> DEMANDED_PITFALLS = Set.of(
            1, 3, 4, 5, 9, 10, 11, 12, 13, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 36, 37, 38, 39, 43, 46, 47, 48, 50,
            51, 54, 58, 62, 66, 68, 70, 71, 72, 73, 74, 76);

    /** Whether a demanded number without a test fails the build: not with {@code -Dtenantshift.proofs.demanded=false}. */
    private static final boolean FAIL = Boolean.parseBoolean(System.getProperty("tenantshift.proofs.demanded", "true"));

    private final Path docs = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
    private final List<Proof> proofs =
            ProofScan.below(Objects.requireNonNull(docs.getParent(), "the repository's root"));
    private final Map<Integer, String> guarantees = names("guarantees.txt");
    private final Map<Integer, String> pitfalls = names("pitfalls.txt");

    GuaranteeReportTest() throws IOException {}

    @Test
    void everyDemandedGuaranteeAndPitfallHasATest() throws IOException {
        String guaranteeTable = table("Guarantee", "G", guarantees, DEMANDED_GUARANTEES);
        String pitfallTable = table("Pitfall", "", pitfalls, DEMANDED_PITFALLS);
        Path report = docs.resolve("target/guarantee-report.md");
        Files.createDirectories(docs.resolve("target"));
        Files.writeString(report, "# Guarantees, pitfalls and their tests\n" + guaranteeTable + pitfallTable);

        List<String> missing = Stream.concat(
                        missing("Guarantee", DEMANDED_GUARANTEES).map(number -> "G" + number),
                        missing("Pitfall", DEMANDED_PITFALLS).map(number -> "pitfall " + number))
                .toList();
        if (FAIL) {
            assertThat(missing).as("demanded and without a test, see " + report).isEmpty();
        } else if (!missing.isEmpty()) {
            System.out.println("demanded and without a test: " + missing + ", see " + report);
        }
    }

    @Test
    void noTestClaimsANumberThatDoesNotExist() {
        assertThat(proofs)
                .allSatisfy(proof -> assertThat((proof.kind().equals("Guarantee") ? guarantees : pitfalls).keySet())
                        .contains(proof.number()));
    }

    @Test
    void theScanFindsMethodsClassesAndSeveralNumbers() throws IOException {
        String source = resource("proof-scan.txt");
        assertThat(ProofScan.in(source, "ATest"))
                .containsExactly(
                        new Proof("Guarantee", 1, "ATest (all)"),
                        new Proof("Guarantee", 2, "ATest (all)"),
                        new Proof("Pitfall", 9, "ATest.one"),
                        new Proof("Pitfall", 10, "ATest.one"),
                        new Proof("Guarantee", 11, "ATest.one"),
                        new Proof("Pitfall", 12, "ATest.Inner"));
    }

    private Stream<Integer> missing(String kind, Set<Integer> demanded) {
        return demanded.stream().sorted().filter(number -> tests(kind, number).isEmpty());
    }

    private String table(String kind, String prefix, Map<Integer, String> names, Set<Integer> demanded) {
        return "\n## " + kind + "s\n\n| | what | demanded | tests |\n|---|---|---|---|\n"
                + names.entrySet().stream()
                        .map(entry -> "| " + prefix + entry.getKey() + " | " + entry.getValue() + " | "
                                + (demanded.contains(entry.getKey()) ? "yes" : "") + " | "
                                + cell(tests(kind, entry.getKey())) + " |\n")
                        .collect(Collectors.joining());
    }

    private static String cell(List<String> tests) {
        return tests.isEmpty() ? "**none**" : String.join("<br>", tests);
    }

    private List<String> tests(String kind, int number) {
        return proofs.stream()
                .filter(proof -> proof.kind().equals(kind) && proof.number() == number)
                .map(Proof::test)
                .distinct()
                .toList();
    }

    private static Map<Integer, String> names(String resource) throws IOException {
        Map<Integer, String> names = new TreeMap<>();
        resource(resource).lines().forEach(line -> {
            String[] parts = line.split(" ", 2);
            names.put(Integer.valueOf(parts[0]), parts[1]);
        });
        return names;
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = GuaranteeReportTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
