package io.tenantshift.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Guarantee;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The model of the protocol, {@code docs/model}: the protocol passes, and each variant that lacks a rule is rejected, for the reason that
 * the page says. What is run and expected stands in the tables of the page; a configuration that is not in them fails the build.
 *
 * <p>Two at a time: each is a process of its own with a directory of its own.
 */
@Execution(ExecutionMode.CONCURRENT)
final class ModelTest {
    private static final Path MODEL = Path.of("model");
    private static final Pattern WHOLE = Pattern.compile("(?m)^\\| `([a-z-]+)` \\| ([0-9,]+) states \\|");
    private static final Pattern BROKEN = Pattern.compile("(?m)^\\| `(without-[a-z-]+)` \\| `(\\w+)` \\|");

    /** Whether the protocol is explored within the large bounds too: minutes, not seconds. */
    private static final boolean LARGE = Boolean.getBoolean("tenantshift.model.large");

    /** Fewer would mean that the model hardly moves. */
    private static final long FEWEST_STATES = 1_000;

    record Whole(String configuration, long states) {
        @Override
        public String toString() {
            return configuration;
        }
    }

    record Broken(String configuration, String violated) {
        @Override
        public String toString() {
            return configuration;
        }
    }

    static List<Whole> wholes() throws IOException {
        return rows(WHOLE)
                .map(row -> new Whole(row.group(1), Long.parseLong(row.group(2).replace(",", ""))))
                .filter(whole -> LARGE || !whole.configuration().endsWith("-large"))
                .toList();
    }

    static List<Broken> brokens() throws IOException {
        return rows(BROKEN).map(row -> new Broken(row.group(1), row.group(2))).toList();
    }

    private static Stream<MatchResult> rows(Pattern pattern) throws IOException {
        return pattern.matcher(Files.readString(MODEL.resolve("README.md"))).results();
    }

    @ParameterizedTest
    @MethodSource("wholes")
    @Guarantee({"G1", "G2", "G3", "G4"})
    void theProtocolKeepsItsGuarantees(Whole whole) throws Exception {
        Tlc.Outcome outcome = Tlc.explore(MODEL, whole.configuration());
        System.out.printf("model: %s: %s%n", whole, outcome.summary());
        assertThat(outcome.violated()).as(outcome.output()).isEmpty();
        assertThat(outcome.complete()).as(outcome.output()).isTrue();
        assertThat(outcome.states())
                .as("states, as model/README.md has them")
                .isEqualTo(whole.states())
                .isGreaterThan(FEWEST_STATES);
    }

    @ParameterizedTest
    @MethodSource("brokens")
    @Guarantee({"G1", "G2", "G3", "G4"})
    void aProtocolThatLacksARuleIsRejected(Broken broken) throws Exception {
        Tlc.Outcome outcome = Tlc.refute(MODEL, broken.configuration());
        System.out.printf("model: %s: %s%n", broken, outcome.summary());
        assertThat(outcome.violated()).as(outcome.output()).contains(broken.violated());
    }

    @Test
    void everyConfigurationIsInTheTablesOfThePage() throws IOException {
        List<String> listed = new ArrayList<>();
        rows(WHOLE).forEach(row -> listed.add(row.group(1)));
        rows(BROKEN).forEach(row -> listed.add(row.group(1)));
        try (Stream<Path> files = Files.list(MODEL)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(file -> file.endsWith(".cfg"))
                            .map(file -> file.replace(".cfg", "")))
                    .containsExactlyInAnyOrderElementsOf(listed);
        }
    }
}
