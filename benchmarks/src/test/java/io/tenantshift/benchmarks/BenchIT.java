package io.tenantshift.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plumbing of each budget, with iterations too few to mean anything: no figure is judged here. */
final class BenchIT {
    @TempDir
    private Path directory;

    @Test
    void theStubPartOfP1WritesItsFigures() throws IOException {
        JsonNode budget =
                run("P1", "--only", "stub", "--workload", "point-select", "--contender", "hikari,tenantshift");

        assertThat(budget.path("figures").findValuesAsText("what")).contains("stub: pointSelect");
        assertThat(budget.path("limits").size()).isEqualTo(2);
        for (JsonNode figure : budget.path("figures")) {
            assertThat(figure.path("hikari").path("median").asDouble()).isPositive();
            assertThat(figure.path("tenantshift").path("rounds").asInt()).isEqualTo(1);
        }
    }

    @Test
    void theRealPartOfP1WritesItsFigures() throws IOException {
        JsonNode budget = run("P1", "--only", "real", "--workload", "transaction", "--contender", "hikari,tenantshift");

        assertThat(budget.path("figures").findValuesAsText("unit"))
                .contains("op/s", "p50, µs", "p99, µs", "client CPU, µs/op", "worker CPU, µs/op");
        for (JsonNode figure : budget.path("figures")) {
            assertThat(figure.path("tenantshift").path("median").asDouble()).isPositive();
        }
    }

    @Test
    void p2WritesItsFigures() throws IOException {
        JsonNode budget = run("P2", "--only", "relaxed", "--contender", "plain,captured");

        assertThat(budget.path("figures").findValuesAsText("unit")).contains("op/s", "p50, µs", "flushes, p50");
        assertThat(budget.path("limits").size()).isEqualTo(1);
        for (JsonNode figure : budget.path("figures")) {
            // A turn is too short here for every percentile of every counter.
            assertThat(figure.path("plain").path("median").asDouble())
                    .as("%s", figure)
                    .isGreaterThanOrEqualTo(figure.path("unit").asText().equals("op/s") ? Double.MIN_VALUE : 0);
            assertThat(figure.path("captured").path("rounds").asInt()).isEqualTo(4);
        }
    }

    @Test
    void p3WritesItsFiguresAndBothSidesAreEqual() throws IOException {
        JsonNode budget = run("P3", "--only", "relaxed");

        assertThat(budget.path("limits").size()).isEqualTo(2);
        for (JsonNode figure : budget.path("figures")) {
            assertThat(figure.path("tenantshift").path("median").asDouble()).isPositive();
            assertThat(figure.path("logical-replication").path("median").asDouble())
                    .isPositive();
        }
    }

    @Test
    void aPoisonedTenantIsFoundReleasedAndBothSidesAreEqual() throws IOException {
        JsonNode figure = run("P3", "--only", "poison").path("figures").get(0);

        assertThat(figure.path("all-well").path("rounds").asInt()).isPositive();
        assertThat(figure.path("one-poisoned").path("median").asDouble()).isPositive();
    }

    @Test
    void p7WritesItsFigures() throws IOException {
        JsonNode budget = run("P7", "--contender", "hikari,tenantshift");

        assertThat(budget.path("limits").size()).isEqualTo(2);
        for (JsonNode figure : budget.path("figures")) {
            assertThat(figure.path("tenantshift").path("median").asDouble()).isPositive();
        }
    }

    @Test
    void p8WritesItsFigures() throws IOException {
        JsonNode budget = run("P8");

        assertThat(budget.path("limits").size()).isEqualTo(1);
        for (JsonNode figure : budget.path("figures")) {
            assertThat(figure.path("a-million").path("rounds").asInt()).isEqualTo(1);
            assertThat(figure.path("map-of-a-million").path("median").asDouble())
                    .isPositive();
        }
    }

    @Test
    void whatDoesNotExistIsRefusedBeforeAnythingIsStarted() {
        assertThat(Bench.run("P99")).isEqualTo(2);
        assertThat(Bench.run("P1", "--contender", "nobody")).isEqualTo(2);
        assertThat(Bench.run("P1", "--workload", "nothing")).isEqualTo(2);
    }

    private JsonNode run(String budget, String... options) throws IOException {
        String[] arguments = new String[options.length + 4];
        arguments[0] = budget;
        System.arraycopy(options, 0, arguments, 1, options.length);
        arguments[options.length + 1] = "--smoke";
        arguments[options.length + 2] = "--out";
        arguments[options.length + 3] = directory.resolve("bench.json").toString();
        assertThat(Bench.run(arguments)).isZero();
        return written().path(budget);
    }

    private JsonNode written() throws IOException {
        return new ObjectMapper().readTree(directory.resolve("bench.json").toFile());
    }
}
