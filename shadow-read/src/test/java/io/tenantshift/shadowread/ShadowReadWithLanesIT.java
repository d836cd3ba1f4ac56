package io.tenantshift.shadowread;

import static io.tenantshift.shadowread.TestShop.settled;
import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole way: a service reads and writes through the DataSource, real lanes apply, in either direction. */
@TenantShiftCluster(shards = 1, perMethod = true, ddl = """
                create table item (
                    tenant_id text not null,
                    id        integer not null,
                    n         integer not null default 0,
                    price     double precision,
                    at        timestamptz,
                    tags      text[],
                    primary key (tenant_id, id)
                );
                insert into item select 'acme', i, 0, i / 3.0, '2026-06-01 10:00:00Z', array['a b', null] from generate_series(1, 40) i""")
final class ShadowReadWithLanesIT {
    private static final long MOST_SECONDS = 15;
    private static final int ITEMS = 40;

    private final Cluster cluster;
    private final List<Mismatch> mismatches = new CopyOnWriteArrayList<>();
    private final DualWrite dualWrite =
            DualWrite.builder().poll(Duration.ofMillis(1), Duration.ofMillis(5)).build();
    private final ShadowRead shadow = ShadowRead.builder()
            .boundaries(dualWrite)
            .sampleRate(1)
            .queueCapacity(8)
            .boundaryReadTimeout(Duration.ofSeconds(30)) // a busy machine must not fail a comparison
            .candidateTimeout(Duration.ofSeconds(30))
            .onMismatch(mismatches::add)
            .build();

    ShadowReadWithLanesIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void open() throws SQLException {
        for (String shard : cluster.names()) {
            try (Connection connection = cluster.connect(shard)) {
                Schema.install(connection);
                Layouts.register(connection, List.of(Layouts.describe(connection, 1, "public", "item", "tenant_id")));
            }
            cluster.execute(
                    shard,
                    "create trigger guard before insert or update or delete on item for each statement execute function tenantshift.guard()");
        }
        ControlStore control = new ControlStore(() -> cluster.connect("legacy"));
        control.publish(ShardMap.everyoneOn(1, "legacy"), "test", "first");
        control.publish(ShardMap.everyoneOn(2, "s0"), "test", "second");
        control.begin(1, 2, List.of("legacy", "s0"));
        control.setStatus(2, Transition.Status.OPEN);
    }

    @ParameterizedTest
    @Pitfall(30)
    @EnumSource(names = {"SHADOW_READ", "TARGET_PRIMARY"})
    void writesAreNeverTakenForMismatchesAndAPlantedDifferenceIs(Phase phase) throws Exception {
        String authority = phase.authority() == Phase.Side.SOURCE ? "legacy" : "s0";
        String other = authority.equals("legacy") ? "s0" : "legacy";
        fence(authority, FenceState.OPEN, phase, Transition.lane(authority, other));
        fence(other, FenceState.FOLLOWING, phase, Transition.lane(other, authority));
        try (TenantShiftDataSource dataSource = router();
                DualWrite lanes = dualWrite;
                ShadowRead reads = shadow) {
            dualWrite.openLanes(
                    Objects.requireNonNull(dataSource.services().topology().transition()));
            dualWrite.start();
            load(dataSource);
            ShadowStatistics statistics = settled(shadow);
            System.out.println("shadow reads with lanes, " + phase + ": " + statistics);
            assertThat(mismatches).isEmpty();
            assertThat(statistics.mismatched()).isZero();
            assertThat(statistics.failed()).isZero();
            assertThat(statistics.matched()).isPositive();
            assertThat(statistics.noise()).isPositive();

            cluster.execute(other, "set tenantshift.applier = 'on'; update item set price = price + 1 where id = 37");
            try (TenantContext.Scope acme = TenantContext.enter("acme");
                    Connection connection = dataSource.getConnection()) {
                read(connection, "select * from item where tenant_id = ? and id = ?", "acme", 37);
            }
            settled(shadow);
            assertThat(mismatches).singleElement().satisfies(mismatch -> {
                assertThat(mismatch.controlShard()).isEqualTo(authority);
                assertThat(mismatch.candidateShard()).isEqualTo(other);
                assertThat(mismatch.difference()).isEqualTo(new RowDifference(1, 1, 1, 1, false));
            });
        }
    }

    private void load(TenantShiftDataSource dataSource) throws Exception {
        long begin = System.nanoTime();
        BooleanSupplier over = () -> {
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
            ShadowStatistics now = shadow.statistics();
            return seconds >= MOST_SECONDS || (seconds >= 1 && now.matched() >= 20 && now.noise() >= 5);
        };
        List<Actor<?>> actors = new ArrayList<>();
        actors.add(Actor.run("writer", () -> write(dataSource, new Random(1), over)));
        actors.add(Actor.run("reader", () -> read(dataSource, new Random(2), over)));
        for (Actor<?> actor : actors) {
            actor.await(Duration.ofSeconds(2 * MOST_SECONDS));
        }
    }

    private static void write(TenantShiftDataSource dataSource, Random random, BooleanSupplier over)
            throws SQLException {
        try (TenantContext.Scope acme = TenantContext.enter("acme");
                Connection connection = dataSource.getConnection();
                PreparedStatement update = connection.prepareStatement(
                        "update item set n = n + 1, price = price * 1.1 where tenant_id = ? and id in (?, ?)")) {
            while (!over.getAsBoolean()) {
                update.setString(1, "acme");
                update.setInt(2, 1 + random.nextInt(ITEMS / 2));
                update.setInt(3, 1 + random.nextInt(ITEMS / 2));
                update.executeUpdate();
            }
        }
    }

    /** Half of the items are not written at present. */
    private void read(TenantShiftDataSource dataSource, Random random, BooleanSupplier over) throws Exception {
        try (TenantContext.Scope acme = TenantContext.enter("acme");
                Connection connection = dataSource.getConnection()) {
            while (!over.getAsBoolean()) {
                switch (random.nextInt(3)) {
                    case 0 -> read(connection, "select * from item where tenant_id = ?", "acme");
                    case 1 ->
                        read(
                                connection,
                                "select count(*), sum(n) from item where tenant_id = ? and id <= ?",
                                "acme",
                                1 + random.nextInt(ITEMS));
                    default ->
                        read(
                                connection,
                                "select * from item where tenant_id = ? and id = ?",
                                "acme",
                                1 + random.nextInt(ITEMS));
                }
                shadow.awaitIdle(Duration.ofMillis(20));
            }
        }
    }

    private static void read(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                select.setObject(i + 1, parameters[i]);
            }
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    rows.getObject(1);
                }
            }
        }
    }

    private TenantShiftDataSource router() throws SQLException {
        return TenantShiftDataSource.builder("shop")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .capture(dualWrite)
                .observer(shadow)
                .build();
    }

    private void fence(String shard, FenceState state, Phase phase, String lane) throws SQLException {
        try (Connection connection = cluster.connect(shard)) {
            Fence.insertMissing(connection, List.of(new FenceRow("acme", 2, state, phase, lane, UUID.randomUUID())));
        }
    }
}
