package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a router without a transition counts. */
@TenantShiftCluster(
        shards = 1,
        perMethod = true,
        ddl = "create table item (tenant_id text, id integer, primary key (tenant_id, id))")
class MetricsIT {
    private final Cluster cluster;
    private final MeterRegistry registry = new SimpleMeterRegistry();

    MetricsIT(Cluster cluster) {
        this.cluster = cluster;
    }

    private TenantShiftDataSource.Builder builder(String name) {
        return TenantShiftDataSource.builder(name)
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.version(3)
                        .slots(0, ShardMap.SLOTS - 1, "legacy")
                        .pin("away", "s0")
                        .build())
                .tableGroup(new TableGroup("items", "tenant_id", List.of("public.item")))
                .maximumPoolSize(2)
                .meters(registry);
    }

    private double value(String name, String... tags) {
        Meter meter = registry.get(name).tags(tags).meter();
        return meter.measure().iterator().next().getValue();
    }

    @Test
    void statementsAreCountedByShardFailuresByStateAndRefusalsByReason() throws SQLException {
        try (TenantShiftDataSource router = builder("shop").build();
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            try (var scope = TenantContext.enter("away")) {
                for (int id = 1; id <= 3; id++) {
                    statement.executeUpdate("insert into item values ('away', %d)".formatted(id));
                }
                assertThatThrownBy(() -> statement.executeUpdate("insert into item values ('away', 1)"))
                        .isInstanceOf(SQLException.class);
                assertThatThrownBy(() -> statement.executeUpdate("delete from item where tenant_id = 'home'"))
                        .isInstanceOf(StatementRefusedException.class);
            }
            try (var scope = TenantContext.enter("home");
                    var prepared = connection.prepareStatement("select 1 from item where tenant_id = ?")) {
                prepared.setString(1, "home");
                prepared.executeQuery();
            }
            assertThatThrownBy(() -> statement.executeQuery("select 1")).isInstanceOf(NoTenantException.class);

            assertThat(value("tenantshift.router.statements", "router", "shop", "shard", "s0", "phase", "none"))
                    .isEqualTo(4);
            assertThat(value("tenantshift.router.statements", "shard", "legacy", "phase", "none"))
                    .isEqualTo(1);
            assertThat(value("tenantshift.router.failures", "router", "shop", "shard", "s0", "state", "23"))
                    .isEqualTo(1);
            assertThat(value("tenantshift.router.refused", "reason", "statement"))
                    .isEqualTo(1);
            assertThat(value("tenantshift.router.refused", "reason", "no_tenant"))
                    .isEqualTo(1);
            assertThat(value("tenantshift.router.map.version")).isEqualTo(3);
            assertThat(value("tenantshift.router.control.reachable")).isEqualTo(1);
            assertThat(value("tenantshift.router.rerouted")).isZero();
            assertThat(registry.get("hikaricp.connections.max")
                            .tag("pool", "tenantshift-shop-s0")
                            .gauge()
                            .value())
                    .isEqualTo(2);
        }
    }

    @Test
    void tenantsThatWereChosenHaveSeriesOfTheirOwn() throws SQLException {
        try (TenantShiftDataSource router =
                        builder("shop").meteredTenants(List.of("vip", "away")).build();
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            for (String tenant : List.of("vip", "away", "vip", "other")) {
                try (var scope = TenantContext.enter(tenant)) {
                    statement.executeQuery("select 1 from item");
                }
            }
            assertThat(value("tenantshift.router.tenant.statements", "router", "shop", "tenant", "vip"))
                    .isEqualTo(2);
            assertThat(value("tenantshift.router.tenant.statements", "tenant", "away"))
                    .isEqualTo(1);
            assertThat(registry.find("tenantshift.router.tenant.statements").functionCounters())
                    .hasSize(2);
        }
    }

    @Test
    void oneDecisionInAHundredAndTwentyEightIsMeasured() throws SQLException {
        int units = 10_000;
        try (TenantShiftDataSource router = builder("shop").build();
                var scope = TenantContext.enter("home")) {
            for (int i = 0; i < units; i++) {
                try (Connection connection = router.getConnection();
                        var prepared = connection.prepareStatement("select 1")) {
                    prepared.executeQuery();
                }
            }
            Timer routing = registry.get("tenantshift.router.routing")
                    .tag("router", "shop")
                    .timer();
            assertThat(routing.count()).isBetween(units / 128 / 3L, units / 128 * 3L);
            assertThat(routing.mean(TimeUnit.MILLISECONDS)).isBetween(1e-6, 5.0);
        }
    }

    @Test
    void aTextThatIsRememberedIsNotAnalysedAgain() throws SQLException {
        try (TenantShiftDataSource router = builder("shop").build();
                var scope = TenantContext.enter("home");
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeQuery("select 1 from item");
            double before = value("tenantshift.router.analyses");
            for (int i = 0; i < 20; i++) {
                for (int text = 0; text < 600; text++) {
                    statement.executeQuery("select %d from item limit 0".formatted(text));
                }
            }
            // The first few are in the table only, until the cache behind it is made.
            assertThat(value("tenantshift.router.analyses") - before).isBetween(600.0, 800.0);
            assertThat(registry.get("cache.gets")
                            .tag("cache", "tenantshift.router.statements")
                            .tag("result", "miss")
                            .functionCounter()
                            .count())
                    .isBetween(500.0, 800.0);
        }
    }

    @Test
    void theLibrarysOwnConnectionsHaveMetersToo() throws SQLException {
        try (TenantShiftDataSource router = builder("shop").build()) {
            for (String shard : router.services().shards()) {
                assertThat(value("tenantshift.router.system.state", "router", "shop", "shard", shard))
                        .isZero();
                assertThat(value("tenantshift.router.system.waiting", "shard", shard))
                        .isZero();
                assertThat(value("tenantshift.router.system.failures", "shard", shard))
                        .isZero();
                assertThat(value("tenantshift.router.system.refused", "shard", shard, "reason", "breaker"))
                        .isZero();
            }
        }
    }

    @Test
    void noTagNamesATenantAndNothingStaysInTheRegistryWhenARouterIsClosed() throws SQLException {
        try (TenantShiftDataSource router = builder("shop").build();
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < 600; i++) {
                try (var scope = TenantContext.enter("tenant " + i)) {
                    statement.executeQuery("select %d from item".formatted(i));
                }
            }
            assertThat(registry.getMeters())
                    .flatExtracting(meter -> meter.getId().getTags())
                    .extracting(Tag::getValue)
                    .noneMatch(value -> value.startsWith("tenant "));
            assertThat(registry.get("cache.gets")
                            .tag("cache", "tenantshift.router.statements")
                            .functionCounters())
                    .isNotEmpty();
        }
        assertThat(registry.getMeters()).isEmpty();
    }
}
