package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Directory;
import io.tenantshift.router.control.ShardMapRefusedException;
import io.tenantshift.router.control.ShardMaps;
import io.tenantshift.router.control.ShardMaps.Moves;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Tenants whose homes are rows of the control database. */
@TenantShiftCluster(shards = 2, perMethod = true, ddl = "create table item (tenant_id text not null, id bigint)")
class DirectoryIT {
    private static final ShardMap FIRST = map(1);

    private final Cluster cluster;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    DirectoryIT(Cluster cluster) {
        this.cluster = cluster;
    }

    private static ShardMap map(long version) {
        return ShardMap.version(version)
                .slots(0, ShardMap.SLOTS - 1, "legacy")
                .pin("pinned", "s1")
                .directory()
                .build();
    }

    private TenantShiftDataSource router() throws SQLException {
        TenantShiftDataSource router = TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .control("legacy")
                .shardMap(FIRST)
                .connectionTimeout(Duration.ofSeconds(5))
                .directoryCacheSize(1000)
                .meters(meters)
                .build();
        router.shardMaps().adopt(FIRST, "test", "test");
        return router;
    }

    private String databaseOf(TenantShiftDataSource router, String tenant) throws SQLException {
        try (Connection connection = router.getConnection();
                var scope = TenantContext.enter(tenant)) {
            return cluster.nameOf(connection);
        }
    }

    private double queries() {
        return meters.get("tenantshift.router.directory.queries")
                .functionCounter()
                .count();
    }

    @Test
    @Guarantee("G8")
    void aTenantIsServedWhereItsRowSaysAndNobodyIsServedByItsSlot() throws SQLException {
        try (TenantShiftDataSource router = router()) {
            router.directory().born(Map.of("acme", "s0", "bolt", "s1"), "test");
            assertThat(databaseOf(router, "acme")).isEqualTo("s0");
            assertThat(databaseOf(router, "bolt")).isEqualTo("s1");
            assertThat(databaseOf(router, "pinned")).isEqualTo("s1");
            assertThatThrownBy(() -> databaseOf(router, "nobody"))
                    .isInstanceOf(TenantUnavailableException.class)
                    .hasMessageContaining("tenant \"nobody\" has no row in the directory of shard map version 1")
                    .hasMessageContaining("nothing was executed");
            router.directory().born(Map.of("nobody", "legacy"), "test");
            Awaitility.await("born")
                    .atMost(Duration.ofSeconds(5))
                    .ignoreException(TenantUnavailableException.class)
                    .until(() -> databaseOf(router, "nobody").equals("legacy"));
        }
    }

    @Test
    void whatIsRememberedIsNotAskedAgainAndWhatIsAbsentIsForAMomentOnly() throws SQLException {
        try (TenantShiftDataSource router = router()) {
            router.directory().born(Map.of("acme", "s0"), "test");
            for (int i = 0; i < 50; i++) {
                databaseOf(router, "acme");
            }
            assertThat(queries()).isEqualTo(1);
            assertThat(meters.get("tenantshift.router.directory.lookups")
                            .timer()
                            .count())
                    .isEqualTo(1);
            long begun = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                assertThatThrownBy(() -> databaseOf(router, "nobody")).isInstanceOf(TenantUnavailableException.class);
            }
            assertThat(queries()).isLessThanOrEqualTo(3 + (System.nanoTime() - begun) / 1e9);
        }
    }

    @Test
    void aStormOfLookUpsOnOneTenantMakesOneQuery() throws Exception {
        try (TenantShiftDataSource router = router()) {
            router.directory().born(Map.of("acme", "s0"), "test");
            List<Actor<String>> all = new ArrayList<>();
            try (Connection holder = cluster.connect("legacy");
                    Statement statement = holder.createStatement()) {
                holder.setAutoCommit(false);
                statement.execute("lock table tenantshift.directory in access exclusive mode");
                AtomicInteger asked = new AtomicInteger();
                for (int i = 0; i < 40; i++) {
                    all.add(Actor.call("asker-" + i, () -> {
                        asked.incrementAndGet();
                        return databaseOf(router, "acme");
                    }));
                }
                cluster.awaitLockWaiters("legacy", 1);
                Awaitility.await("all ask").until(() -> asked.get() == 40);
                holder.rollback();
            }
            for (Actor<String> each : all) {
                assertThat(each.await()).isEqualTo("s0");
            }
            assertThat(queries()).isEqualTo(1);
        }
    }

    @Test
    @Pitfall(5)
    void aControlDatabaseThatIsDownLeavesKnownTenantsAndOthersAreRefusedAtOnce() throws SQLException {
        try (TenantShiftDataSource router = router()) {
            router.directory().born(Map.of("acme", "s0", "bolt", "s1"), "test");
            assertThat(databaseOf(router, "acme")).isEqualTo("s0");
            allowConnections(false);
            try {
                for (int i = 0; i < 10; i++) {
                    assertThat(databaseOf(router, "acme")).isEqualTo("s0");
                }
                assertThatThrownBy(() -> databaseOf(router, "bolt"))
                        .isInstanceOf(TenantUnavailableException.class)
                        .hasMessageContaining("nobody can say where tenant \"bolt\" lives");
                double asked = queries();
                int again = 0;
                for (int i = 0; i < 100; i++) {
                    String tenant = "t" + i;
                    Throwable refusal = catchThrowable(() -> databaseOf(router, tenant));
                    assertThat(refusal).hasMessageContaining("nobody can say where tenant");
                    again += String.valueOf(refusal.getMessage()).contains("failed a moment ago") ? 0 : 1;
                    assertThat(again).as("it is asked again after a second").isLessThan(10);
                }
                assertThat(queries()).isEqualTo(asked + again);
                assertThat(databaseOf(router, "acme")).isEqualTo("s0");
            } finally {
                allowConnections(true);
            }
            Awaitility.await("back")
                    .atMost(Duration.ofSeconds(10))
                    .ignoreException(TenantUnavailableException.class)
                    .until(() -> databaseOf(router, "bolt").equals("s1"));
        }
    }

    private void allowConnections(boolean allowed) throws SQLException {
        String database = cluster.database("legacy");
        try (Connection admin = cluster.server().superuserConnection("postgres");
                Statement statement = admin.createStatement()) {
            statement.execute("alter database \"%s\" allow_connections %s".formatted(database, allowed));
            if (!allowed) {
                statement.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = '%s'"
                        .formatted(database));
            }
        }
    }

    @Test
    void whatAVersionSaysNeverChanges() throws SQLException {
        try (TenantShiftDataSource router = router()) {
            Directory directory = router.directory();
            ShardMaps maps = router.shardMaps();
            directory.born(Map.of("acme", "s0"), "test");
            directory.born(Map.of("acme", "s0"), "once more");
            assertThatThrownBy(() -> directory.born(Map.of("acme", "s1", "bolt", "s1"), "test"))
                    .isInstanceOf(ShardMapRefusedException.class)
                    .hasMessageContaining("there are rows already of [acme]");
            assertThat(directory.find("bolt", 1)).isEmpty();
            assertThatThrownBy(() -> directory.born(Map.of("bolt", "s9"), "test"))
                    .hasMessageContaining("[s9]");
            assertThatThrownBy(() -> directory.assign(1, Map.of("acme", "s1"), "test"))
                    .hasMessageContaining("version 1 is in force");
            assertThatThrownBy(() -> directory.assign(2, Map.of("acme", "s1"), "test"))
                    .hasMessageContaining("1 the newest published one");
            maps.publish(map(2), "test", "acme to s1");
            directory.assign(2, Map.of("acme", "s1"), "test");
            assertThat(directory.find("acme", 1)).isEqualTo(Optional.of("s0"));
            assertThat(directory.find("acme", 2)).isEqualTo(Optional.of("s1"));
            assertThat(databaseOf(router, "acme")).isEqualTo("s0");
            assertThatThrownBy(() -> maps.putInForce(2, Moves.NOTHING, "test", "test"))
                    .hasMessageContaining("1 tenants have another row in the directory");
            maps.putInForce(2, Moves.ONLY_TENANTS_WITHOUT_ROWS, "test", "test");
            Awaitility.await("moved").until(() -> databaseOf(router, "acme").equals("s1"));
        }
    }

    @Test
    void aTransitionOfSuchAMapIsRefused() throws SQLException {
        try (TenantShiftDataSource router = router()) {
            router.shardMaps().publish(ShardMap.everyoneOn(2, "s0"), "test", "test");
            ControlStore control = router.services().control();
            assertThatThrownBy(() -> control.begin(1, 2, List.of("legacy")))
                    .isInstanceOf(ShardMapRefusedException.class)
                    .hasMessageContaining("the tenants of version 1 are in the directory");
            assertThatThrownBy(() -> router.shardMaps().putInForce(2, Moves.NOTHING, "test", "test"))
                    .hasMessageContaining("under one of versions 1 and 2 and not under the other");
        }
    }

    @Test
    void theMapSaysInItsDocumentThatItDoesNotKnow() {
        ShardMap map = map(3);
        assertThat(map.document()).startsWith("directory=control\n");
        assertThat(ShardMap.parse(3, map.document())).isEqualTo(map);
        assertThat(map.withVersion(4).hasDirectory()).isTrue();
        assertThat(map.shardOf("pinned")).isEqualTo("s1");
        assertThatThrownBy(() -> map.shardOf("acme"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the directory in the control database");
        assertThat(ShardMap.everyoneOn(3, "legacy")).isNotEqualTo(map);
    }
}
