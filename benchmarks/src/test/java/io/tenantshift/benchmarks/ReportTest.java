package io.tenantshift.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.startup.StartUp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the closing note is written from. */
final class ReportTest {
    private static final Measure TIME = new Measure("a thing", "ns/op");

    private final Outcome outcome = new Outcome(new StartUp());

    @TempDir
    private Path directory;

    @Test
    void aLimitIsJudgedRoundByRound() throws IOException {
        sample(Contender.HIKARI, 100, 1_000, 10);
        sample(Contender.TENANTSHIFT, 130, 1_300, 20);
        outcome.limitRatio("time", TIME, true, 1.4);
        outcome.limitExcess("more", TIME, 25);

        JsonNode budget = written().path("P7");

        assertThat(budget.path("limits").path(0).path("figure").path("median").asDouble())
                .isEqualTo(1.3);
        assertThat(budget.path("limits").path(0).path("held").asBoolean()).isTrue();
        assertThat(budget.path("limits").path(1).path("figure").path("median").asDouble())
                .isEqualTo(30);
        assertThat(budget.path("held").asBoolean()).isFalse();
        assertThat(budget.path("figures").path(0).path("hikari").path("median").asDouble())
                .isEqualTo(100);
    }

    @Test
    void whatCannotBeJudgedIsNotHeld() throws IOException {
        sample(Contender.TENANTSHIFT, 130);
        outcome.limitRatio("time", TIME, true, 1.4);

        assertThat(written().path("P7").path("held").asBoolean(true)).isFalse();
    }

    @Test
    void aBudgetThatIsNotMeasuredStaysAsTheFileHasIt() throws IOException {
        Files.writeString(directory.resolve("bench.json"), "{\"P0\": {\"name\": \"P0\"}}");

        assertThat(written().path("P0").path("name").asText()).isEqualTo("P0");
    }

    private void sample(Contender contender, double... figures) {
        for (double figure : figures) {
            outcome.sample(TIME, contender, figure);
        }
    }

    private JsonNode written() throws IOException {
        Path file = directory.resolve("bench.json");
        Report.write(file, List.of(outcome), Pace.FULL);
        return new ObjectMapper().readTree(file.toFile());
    }
}
