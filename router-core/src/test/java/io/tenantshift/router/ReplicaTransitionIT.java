package io.tenantshift.router;

import static io.tenantshift.router.Replicas.WHERE;
import static io.tenantshift.router.Replicas.port;
import static io.tenantshift.router.Replicas.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.ShardMaps;
import io.tenantshift.router.control.ShardMaps.Moves;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Standby;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tenants move from legacy to s0; every shard has a replica. Whoever takes part is served by the side with authority. */
@TenantShiftCluster(shards = 2, ownServer = true, perMethod = true, ddl = Moving.ITEMS)
@Timeout(120)
class ReplicaTransitionIT {
    /** Nothing in here is about age. */
    private static final Duration BOUND = Duration.ofSeconds(60);

    private final Cluster cluster;
    private final Moving moving;
    private final Replicas replicas;
    private Standby standby;
    private TenantShiftDataSource router;

    ReplicaTransitionIT(Cluster cluster) {
        this.cluster = cluster;
        this.moving = new Moving(cluster);
        this.replicas = new Replicas(cluster);
    }

    private TenantShiftDataSource open(ShardMap map) throws SQLException {
        return TenantShiftDataSource.builder("shop")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .control("legacy")
                .shardMap(map)
                .maximumPoolSize(4)
                .replica("legacy", standby.jdbcUrl(cluster.database("legacy")))
                .replica("s0", standby.jdbcUrl(cluster.database("s0")))
                .replica("s1", standby.jdbcUrl(cluster.database("s1")))
                .replicaStaleness(BOUND)
                .build();
    }

    @BeforeEach
    void start() throws SQLException {
        standby = cluster.server().startStandby();
        for (String shard : cluster.names()) {
            cluster.execute(shard, "insert into item (tenant_id, id, note) values ('where', 1, '" + shard + "')");
        }
        router = open(ShardMap.everyoneOn(1, "legacy"));
    }

    @AfterEach
    void close() {
        router.close();
        standby.close();
    }

    private @Nullable String ask(String tenant, boolean autoCommit, String sql) throws SQLException {
        try (var scope = TenantContext.enter(tenant);
                Connection connection = router.getConnection()) {
            connection.setReadOnly(true);
            connection.setAutoCommit(autoCommit);
            String answer = Replicas.ask(connection, sql);
            if (!autoCommit) {
                connection.commit();
            }
            return answer;
        }
    }

    private void awaitAt(String tenant, String port) {
        until(tenant + " is read at " + port, () -> port.equals(ask(tenant, true, WHERE)));
    }

    private void awaitTopology(long version) {
        until("topology " + version, () -> router.services().topology().version() >= version);
    }

    @Test
    void inATransitionTheSideWithAuthorityAnswers() throws SQLException {
        awaitAt("acme", port(standby));
        moving.open("acme", "rest");
        ControlStore control = moving.control();
        awaitTopology(control.version());
        for (boolean autoCommit : List.of(true, false)) {
            for (int i = 0; i < 20; i++) {
                assertThat(ask("acme", autoCommit, WHERE)).isEqualTo(replicas.primary());
                assertThat(ask("rest", autoCommit, WHERE)).isEqualTo(replicas.primary());
            }
        }
        moving.flip("acme", "legacy", "s0", 2);
        until("it has moved", () -> "s0".equals(ask("acme", true, "select note from item where tenant_id = 'where'")));
        assertThat(ask("acme", false, WHERE)).isEqualTo(replicas.primary());
        control.setStatus(2, Transition.Status.CLOSED);
        awaitTopology(control.version());
        // Closed, and the guards are still there.
        assertThat(ask("acme", true, WHERE)).isEqualTo(replicas.primary());
        control.unguard(List.of("legacy", "s0"));
        awaitTopology(control.version());
        awaitAt("acme", port(standby));
        assertThat(ask("acme", true, "select note from item where tenant_id = 'where'"))
                .isEqualTo("s0");
    }

    @Test
    void aShardThatTakesNoPartKeepsItsReplicas() throws SQLException {
        List<ShardMap> maps = List.of(apart(1, "legacy"), apart(2, "s0"));
        router.close();
        router = open(maps.get(0));
        ControlStore control = moving.control();
        for (String shard : List.of("legacy", "s0")) {
            try (Connection connection = cluster.connect(shard)) {
                Schema.install(connection);
            }
        }
        for (ShardMap map : maps) {
            control.publish(map, "test", "test");
        }
        control.begin(1, 2, List.of("legacy", "s0"));
        control.setStatus(2, Transition.Status.OPEN);
        moving.put("legacy", "acme", 1, FenceState.OPEN);
        moving.put("s0", "acme", 1, FenceState.ABSENT);
        awaitTopology(control.version());
        awaitAt("apart", port(standby));
        assertThat(ask("acme", true, WHERE)).isEqualTo(replicas.primary());
    }

    private static ShardMap apart(long version, String others) {
        return ShardMap.version(version)
                .slots(0, ShardMap.SLOTS - 1, others)
                .pin("apart", "s1")
                .build();
    }

    /** By age alone it could be used: what it shows is a few seconds old. But then the tenant was elsewhere. */
    @Test
    void aReplicaThatIsAsItWasBeforeAMapCameIntoForceIsNotReadUnderThatMap() throws SQLException {
        ShardMaps maps = new ShardMaps(() -> cluster.connect("legacy"), Set.of("legacy", "s0", "s1"));
        ShardMap first = ShardMap.everyoneOn(1, "legacy");
        maps.adopt(first, "test", "test");
        awaitAt("acme", port(standby));
        standby.pauseReplay();
        cluster.execute("s0", "insert into item (tenant_id, id, note) values ('acme', 1, 'came along')");
        maps.publish(ShardMap.everyoneOn(2, "s0"), "test", "test");
        maps.putInForce(2, Moves.ONLY_TENANTS_WITHOUT_ROWS, "test", "test");
        until("the second map", () -> router.services().topology().map().version() == 2);
        long end = System.nanoTime() + 3_000_000_000L;
        until("three seconds", () -> {
            assertThat(ask("acme", true, "select note from item where tenant_id = 'acme'"))
                    .isEqualTo("came along");
            return System.nanoTime() > end;
        });
        standby.resumeReplay();
        awaitAt("acme", port(standby));
        assertThat(ask("acme", true, "select note from item where tenant_id = 'acme'"))
                .isEqualTo("came along");
    }
}
