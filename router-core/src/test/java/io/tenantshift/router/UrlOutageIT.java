package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Behind a JDBC URL, where everybody opens connections himself, a shard that does not answer holds up as few, and is refused as soon. */
@TenantShiftCluster(shards = 1)
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UrlOutageIT {
    private final Cluster cluster;

    @TempDir
    private Path directory;

    private Wire wire;
    private String url;

    UrlOutageIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void write() throws Exception {
        wire = new Wire(cluster.url("s0").replaceAll("[?].*", ""));
        UrlFixture fixture = new UrlFixture(cluster, directory);
        url = fixture.url("outage.yaml", """
                name: outage
                shards:
                  legacy: {url: "%s"}
                  s0: {url: "%s"}
                legacyShard: legacy
                shardMap: {everyone: legacy, tenants: {acme: s0}}
                maximumWaiting: 3
                breakerWait: 300ms
                """.formatted(fixture.bare("legacy"), wire.url()));
    }

    @AfterEach
    void close() throws Exception {
        TenantShiftDriver.closeRouters();
        wire.close();
    }

    private @Nullable String answer(String tenant) throws SQLException {
        try (Connection connection = UrlFixture.connect(url, "tenant", tenant)) {
            return UrlFixture.text(connection, "select 'yes'");
        }
    }

    @Test
    @Guarantee("G5")
    void whoOpensAConnectionToAShardThatNeverAnswersWaitsInAQueueThatIsBounded() throws Exception {
        assertThat(answer("acme")).isEqualTo("yes");
        wire.fallSilent();
        ExecutorService executor = Executors.newFixedThreadPool(3);
        try {
            List<Future<@Nullable String>> hanging = new ArrayList<>();
            int before = wire.opened();
            for (int i = 0; i < 3; i++) {
                hanging.add(executor.submit(() -> answer("acme")));
            }
            await("they hang").until(() -> wire.opened() == before + 3);
            assertThatThrownBy(() -> answer("acme"))
                    .hasMessageContaining("3 threads wait for one already")
                    .hasFieldOrPropertyWithValue("SQLState", "53300");
            assertThat(answer("bolt")).isEqualTo("yes");
            wire.speak();
            for (Future<@Nullable String> each : hanging) {
                assertThat(each.get()).isEqualTo("yes");
            }
            assertThat(answer("acme")).isEqualTo("yes");
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    @Guarantee("G5")
    void whatTheDriverSaysIsSaidUntilTheBreakerOpensAndItClosesWhenTheShardIsBack() throws Exception {
        assertThat(answer("acme")).isEqualTo("yes");
        wire.cut();
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> answer("acme"))
                    .isInstanceOf(org.postgresql.util.PSQLException.class)
                    .hasFieldOrPropertyWithValue("SQLState", "08001");
        }
        assertThatThrownBy(() -> answer("acme"))
                .hasMessageContaining("shard \"s0\" refused a connection")
                .hasFieldOrPropertyWithValue("SQLState", "08001");
        assertThat(answer("bolt")).isEqualTo("yes");
        wire.connect();
        await("it is served again").ignoreExceptions().until(() -> "yes".equals(answer("acme")));
        assertThat(answer("acme")).isEqualTo("yes");
    }
}
