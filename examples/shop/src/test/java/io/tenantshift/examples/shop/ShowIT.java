package io.tenantshift.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.examples.shop.Finding.Kind;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The demo in small. */
@TenantShiftCluster(shards = 2, schema = "/io/tenantshift/examples/shop/shop.sql", perMethod = true)
final class ShowIT {
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final MeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void aShopUnderLoadMovesAndNothingIsLost(Cluster cluster) throws Exception {
        Report report = play(cluster, false);
        assertThat(report.findings()).as(text()).isEmpty();
        assertThat(report.tally().failures()).isEmpty();
        assertThat(report.isClean()).as(text()).isTrue();
        assertThat(report.tally().writes()).isGreaterThan(100);
        assertThat(report.cutovers().count()).isGreaterThanOrEqualTo(12);
        assertThat(report.cutovers().rolledBackCount()).isPositive();
        assertThat(text()).contains("transition closed");
    }

    @Test
    void writesBehindTheLibrarysBackAreFoundAndNamed(Cluster cluster) throws Exception {
        Report report = play(cluster, true);
        assertThat(report.isClean()).isFalse();
        assertThat(report.findings())
                .as(text())
                .filteredOn(finding -> finding.kind() == Kind.DIVERGED)
                .isNotEmpty()
                .allSatisfy(finding -> assertThat(finding.table()).isEqualTo("orders"));
    }

    private Report play(Cluster cluster, boolean sabotage) throws Exception {
        Settings settings = new Settings(12, 300, 4, 2, 3, 2, 200, sabotage, false, Path.of("unused"));
        return new Show(settings, cluster, new PrintStream(text, true, StandardCharsets.UTF_8))
                .run((on, now) -> Router.open(on, now, registry));
    }

    private String text() {
        return text.toString(StandardCharsets.UTF_8);
    }
}
