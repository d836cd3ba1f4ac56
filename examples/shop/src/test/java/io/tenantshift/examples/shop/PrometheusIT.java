package io.tenantshift.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus scrapes the shop while its tenants move. Needs {@code prometheus} and {@code promtool} in the path, as the package of
 * a distribution has them; without them the test is skipped, unless the environment says {@code TENANTSHIFT_PROMETHEUS=required}.
 */
@TenantShiftCluster(shards = 2, schema = "/io/tenantshift/examples/shop/shop.sql", perMethod = true)
final class PrometheusIT {
    @TempDir
    private Path directory;

    @Test
    void whatAnOperatorAsksIsThereWhileACohortMoves(Cluster cluster) throws Exception {
        assumeTrue(
                (isInstalled("prometheus") && isInstalled("promtool"))
                        || "required".equals(System.getenv("TENANTSHIFT_PROMETHEUS")),
                "prometheus is not installed; on Debian: apt-get install prometheus");
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        Settings settings = new Settings(12, 300, 4, 4, 3, 2, 200, false, false, Path.of("unused"));
        try (MetricsEndpoint metrics = MetricsEndpoint.open(0);
                Prometheus prometheus = Prometheus.start(directory, metrics.port())) {
            Actor<Report> show = Actor.call(
                    "show",
                    () -> new Show(settings, cluster, new PrintStream(text, true, StandardCharsets.UTF_8))
                            .run((on, now) -> Router.open(on, now, metrics.registry())));
            for (String phase : List.of("none", "dual_write", "target_primary")) {
                prometheus.await("sum(tenantshift_router_statements_total{phase=\"%s\"}) > 0".formatted(phase));
            }
            prometheus.await("count(count by (shard) (tenantshift_router_statements_total{phase!=\"none\"})) > 1");
            prometheus.await("max(tenantshift_router_topology_version) > 2");
            prometheus.await("sum(tenantshift_cutover_pause_seconds_count) > 0");
            prometheus.await("sum(tenantshift_applier_entries_total) > 0");
            prometheus.await("sum(hikaricp_connections{pool=~\"tenantshift-shop-.*\"}) > 0");
            prometheus.await("min(tenantshift_router_control_reachable) == 1");
            String served = metrics.text();
            assertThat(Prometheus.lint(directory, served)).isEmpty();
            assertThat(documented()).containsAll(names(served));
            Report report = show.await(Duration.ofMinutes(2));
            assertThat(report.isClean())
                    .as(text.toString(StandardCharsets.UTF_8))
                    .isTrue();
        }
    }

    private static boolean isInstalled(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** The library's own, as Prometheus names them. */
    private static Set<String> names(String served) {
        return served.lines()
                .filter(line -> line.startsWith("# TYPE tenantshift_"))
                .map(line -> line.split(" ")[2])
                .filter(name -> !name.endsWith("_max"))
                .collect(Collectors.toSet());
    }

    private static Set<String> documented() throws Exception {
        return Files.readAllLines(Path.of("..", "..", "docs", "metrics.md")).stream()
                .filter(line -> line.startsWith("| `tenantshift."))
                .map(line -> line.split("`")[3])
                .collect(Collectors.toSet());
    }
}
