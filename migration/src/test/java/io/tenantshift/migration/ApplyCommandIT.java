package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that leaves the lanes to processes of their own, and what becomes of these. */
@TenantShiftCluster(shards = 1, ddl = Moving.DDL)
final class ApplyCommandIT {
    private static final String FORWARD = "legacy->s0";

    private final Cluster cluster;

    @TempDir
    private Path directory = Path.of("");

    ApplyCommandIT(Cluster cluster) {
        this.cluster = cluster;
    }

    /** As a service would have it, whose writes are captured. */
    private Path config(String more) throws IOException {
        Path file = directory.resolve("router.yaml");
        return Files.writeString(file, """
                name: shop
                shards:
                  legacy: {url: "%s"}
                  s0: {url: "%s"}
                control: legacy
                legacyShard: legacy
                %s
                """.formatted(cluster.url("legacy"), cluster.url("s0"), more));
    }

    private static void awaitBoth(ChildJvm child, String state) {
        Set<String> lines = new HashSet<>(Set.of("lane legacy->s0 " + state, "lane s0->legacy " + state));
        while (!lines.isEmpty()) {
            lines.remove(child.answer());
        }
    }

    private String holder() throws Exception {
        return String.valueOf(cluster.query("s0", "select holder from tenantshift.lane where lane = '" + FORWARD + "'")
                .get(0)
                .get(0));
    }

    /** A service without appliers moves a tenant, with the lanes in another process; that one is killed, and another goes on. */
    @Test
    @Guarantee({"G1", "G12"})
    void aServiceWritesAndProcessesOfTheirOwnApply() throws Exception {
        DualWrite none = DualWrite.builder()
                .appliers(false)
                .lease(Duration.ofSeconds(2))
                .poll(Duration.ofMillis(1), Duration.ofMillis(5))
                .build();
        try (Moving moving = new Moving(cluster, Moving.GROUP, none, cluster::url).withTenant("acme")) {
            moving.open();
            Path config = config("capture: io.tenantshift.dualwrite.DualWrite");
            try (ChildJvm first = ApplyProcess.start(config)) {
                assertThat(first.answer())
                        .isEqualTo(
                                "router \"shop\": the transition from map version 1 to 2 has lanes legacy->s0, s0->legacy");
                awaitBoth(first, "RUNNING");
                moving.toShadowRead("acme");
                moving.write("acme", 1);
                moving.awaitDrained("acme");
                first.awaitLine("lane legacy->s0 RUNNING"); // again, after the copy was made
                ChildJvm second = ApplyProcess.start(config);
                try (second) {
                    awaitBoth(second, "WAITING_FOR_LEASE");
                    first.kill();
                    moving.write("acme", 1);
                    moving.write("acme", 2);
                    awaitBoth(second, "RUNNING");
                    moving.awaitDrained("acme");
                    assertThat(moving.rows("s0", "acme")).isEqualTo(moving.rows("legacy", "acme"));
                    assertThat(second.terminate()).isZero();
                    second.awaitLine("ended; leases are given back");
                }
                assertThat(holder()).as("given back, not lapsed").isEqualTo("null");
            }
            assertThat(moving.total("s0", "acme")).isEqualTo(3);
        }
    }

    @Test
    void whatCannotBeUsedIsSaidAndNothingIsDone() throws Exception {
        assertThat(run("apply", "--config", directory.resolve("none.yaml").toString()))
                .startsWith("2")
                .contains("none.yaml", "there is no such file");
        assertThat(run("apply", "--config", config("nmae: shop").toString()))
                .startsWith("2")
                .contains("router.yaml:7:1", "nmae");
        assertThat(run("apply")).startsWith("2").contains("--config");
        assertThat(run()).startsWith("2").contains("which command?");
        assertThat(run("apply", "--config", config("").toString(), "--lease", "soon"))
                .startsWith("2")
                .contains("--lease", "\"soon\" is not a time");
        assertThat(run("apply", "--config", config("").toString(), "--retention", "2h"))
                .startsWith("2")
                .contains("retention is PT2H");
    }

    @Test
    void aControlDatabaseThatDoesNotAnswerIsAFailure() throws Exception {
        Path config = config("connectionTimeout: 250ms");
        Files.writeString(config, Files.readString(config).replaceAll("localhost:\\d+|127.0.0.1:\\d+", "localhost:1"));
        assertThat(run("apply", "--config", config.toString())).startsWith("1").contains("SQLState 08");
    }

    private static String run(String... args) {
        StringWriter said = new StringWriter();
        SignalledEnd end = new SignalledEnd();
        int code = Tenantshift.commandLine(end)
                .setOut(new PrintWriter(said, true))
                .setErr(new PrintWriter(said, true))
                .execute(args);
        return code + " " + said;
    }
}
