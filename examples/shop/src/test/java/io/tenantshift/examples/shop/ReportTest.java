package io.tenantshift.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenantshift.examples.shop.Finding.Kind;
import io.tenantshift.migration.RolloutProgress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
    private static final List<String> KEYS = List.of(
            "tenants",
            "rows",
            "acknowledged",
            "failed",
            "retried",
            "lost",
            "doubled",
            "diverged",
            "cutovers/count",
            "cutovers/rolledBack",
            "cutovers/pauseMillis/p50",
            "cutovers/pauseMillis/p95",
            "cutovers/pauseMillis/max",
            "shadow/compared",
            "shadow/unexplained",
            "misreported",
            "turnover/orders",
            "turnover/cents",
            "latencyMicros/before/p50",
            "latencyMicros/before/p99",
            "latencyMicros/during/p50",
            "latencyMicros/during/p99",
            "latencyMicros/after/p50",
            "latencyMicros/after/p99",
            "seconds");

    private static final Turnover TURNOVER = new Turnover(
            Map.of(Turnover.Section.STATE, List.of(new Turnover.Line("new", new Turnover.Figure(2, 1_050)))), 12.3);

    private final Tally tally = new Tally();

    @Test
    void theFileHasEveryKeyAndANumberInIt(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("target").resolve("report.json");
        report(List.of(), 0).write(file);
        JsonNode document = new ObjectMapper().readTree(file.toFile());
        for (String key : KEYS) {
            assertThat(document.at("/" + key).isNumber()).as(key).isTrue();
        }
        assertThat(document.at("/cutovers/count").asInt()).isEqualTo(2);
        assertThat(document.at("/cutovers/rolledBack").asInt()).isEqualTo(1);
        assertThat(document.at("/cutovers/pauseMillis/max").asDouble()).isEqualTo(5.0);
    }

    @Test
    void anythingThatIsWrongMakesItUnclean() {
        assertThat(report(List.of(), 0).isClean()).isTrue();
        assertThat(report(List.of(), 1).isClean()).isFalse();
        for (Kind kind : Kind.values()) {
            assertThat(report(List.of(new Finding(kind, "orders", "(a,1)", "x")), 0)
                            .isClean())
                    .as(kind.name())
                    .isFalse();
        }
        tally.failed(
                new Reading(new Tenant(0, "a", range(), range(), range()), Reading.What.DASHBOARD, 0),
                new Exception("no"));
        assertThat(report(List.of(), 0).isClean()).isFalse();
    }

    @Test
    void whatIsWrongIsNamedOnTheTerminal() {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        report(List.of(new Finding(Kind.LOST, "orders", "(acme,17)", "an acknowledged order is not there")), 0)
                .print(new PrintStream(text, true, StandardCharsets.UTF_8));
        assertThat(text.toString(StandardCharsets.UTF_8))
                .contains("lost orders (acme,17): an acknowledged order is not there")
                .contains("NOT CLEAN");
    }

    private static Tenant.Range range() {
        return new Tenant.Range(1, 1);
    }

    private Report report(List<Finding> findings, long unexplained) {
        RolloutProgress progress = new RolloutProgress(
                List.of(), 2, 1, 0, List.of(Duration.ofMillis(5), Duration.ofMillis(3)), Duration.ofSeconds(9));
        Cutovers cutovers = new Cutovers(() -> Optional.of(progress));
        return new Report(
                200,
                200_001,
                tally,
                findings,
                cutovers,
                new Report.Shadow(10, unexplained),
                Optional.of(TURNOVER),
                Map.of(),
                12.34);
    }
}
