package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.tenantshift.crossshard.internal.Step;
import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.migration.Migration;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.ShardMaps.Moves;
import io.tenantshift.router.control.Transition.Status;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Meanwhile;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** A transition that is opened between any two steps of a write across tenants: no row is changed that no journal will hold. */
@TenantShiftCluster(
        shards = 3,
        ddl = "create table item (tenant_id text not null, id int, n int not null, primary key (tenant_id, id))")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
final class WritesRaceTest {
    private static final TableGroup ITEMS = new TableGroup("items", "tenant_id", List.of("public.item"));
    private static final String ADD = "update item set n = n + 1 where true";
    private static final int TENANTS = 24;

    private Cluster cluster;
    private DualWrite dualWrite;
    private TenantShiftDataSource router;
    private Migration migration;
    private CrossShard cross;
    private final Meanwhile<Step> meanwhile = new Meanwhile<>();
    private boolean later;

    @BeforeAll
    void open(Cluster made) throws Exception {
        cluster = made;
        cluster.expectThreads("tenantshift-");
        dualWrite = DualWrite.builder().build();
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("shop");
        cluster.names().forEach(shard -> builder.shard(shard, cluster.url(shard)));
        router = builder.control("legacy")
                .shardMap(ShardMap.spread(1, List.of("s0", "s1")))
                .tableGroup(ITEMS)
                .capture(dualWrite)
                .build();
        migration = Migration.builder(router.services(), dualWrite)
                .tables(ITEMS)
                .flags(new InMemoryPhaseFlags())
                .build();
        migration.install();
        cross = CrossShard.over(router)
                .tableGroup(ITEMS)
                .writes(CrossShardWrites.LOCAL)
                .audit(read -> {})
                .listener(meanwhile::reached)
                .build();
        cross.warm().get();
    }

    @AfterAll
    void close() {
        cross.close();
        router.close();
        dualWrite.close();
    }

    /** No transition, nobody has ever moved. */
    @BeforeEach
    void begin() throws Exception {
        if (later) {
            return; // instances do not go back to an older map
        }
        ShardMap map = ShardMap.spread(1, List.of("s0", "s1"));
        for (String shard : cluster.names()) {
            cluster.execute(
                    shard,
                    "drop trigger if exists \"!tenantshift_guard\" on item",
                    "drop table item",
                    "create table item (tenant_id text not null, id int, n int not null, primary key (tenant_id, id))",
                    "delete from tenantshift.fence",
                    "delete from tenantshift.layout");
        }
        cluster.execute(
                "legacy",
                "delete from tenantshift.transition",
                "delete from tenantshift.guarded_shard",
                "delete from tenantshift.shard_map where version > 1",
                "update tenantshift.topology set version = version + 1");
        router.services().refreshTopology();
        for (int i = 0; i < TENANTS; i++) {
            cluster.execute(map.shardOf("t" + i), "insert into item values ('t%d', 1, 0)".formatted(i));
        }
    }

    @AfterEach
    void nothingHappens() {
        meanwhile.nothing();
    }

    private int write() throws SQLException {
        try (var scope = TenantContext.acrossTenantsForWriting("a correction");
                Connection connection = cross.getConnection();
                Statement statement = connection.createStatement()) {
            return statement.executeUpdate(ADD);
        }
    }

    private void assertRefused(String because) throws SQLException {
        assertThatThrownBy(this::write)
                .isInstanceOf(SQLTransientException.class)
                .hasMessageContaining(because)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("TS019");
        assertThat(sum()).isZero();
    }

    private long sum() throws SQLException {
        return cluster.queryLong("s0", "select coalesce(sum(n), 0) from item")
                + cluster.queryLong("s1", "select coalesce(sum(n), 0) from item");
    }

    /** Another process, of which this one has not heard. */
    private ControlStore elsewhere() {
        return new ControlStore(() -> cluster.connect("legacy"));
    }

    private void publish() throws SQLException {
        elsewhere().publish(ShardMap.spread(2, List.of("s1", "s2")), "test", "test");
        elsewhere().begin(1, 2, List.of("s0", "s1", "s2"));
    }

    @Test
    @Guarantee("G1")
    void openedBeforeAndNotHeardOf() throws Exception {
        publish();
        meanwhile.at(Step.PINNED, () -> fail("it would have been sent"));
        assertRefused("is OPENING");
    }

    @Test
    @Guarantee("G1")
    void plannedThenOpenedThenExecuted() throws Exception {
        migration.publish(ShardMap.spread(2, List.of("s1", "s2")), "test");
        meanwhile.at(Step.PINNED, () -> migration.open(2));
        assertRefused("guards");
    }

    @Test
    @Guarantee("G1")
    void plannedThenOneShardHasGuardsAndTheOtherHasNot() throws Exception {
        for (String shard : List.of("s0", "s1")) {
            meanwhile.at(
                    Step.PINNED,
                    () -> cluster.execute(
                            shard,
                            "create trigger \"!tenantshift_guard\" before insert or update or delete or truncate on item for each statement execute function tenantshift.guard()"));
            assertRefused("guards");
            cluster.execute(shard, "drop trigger \"!tenantshift_guard\" on item");
        }
    }

    @Test
    @Guarantee("G1")
    void executedThenPublished() throws Exception {
        meanwhile.at(Step.WRITTEN, this::publish);
        assertRefused("is OPENING");
    }

    @Test
    @Guarantee("G1")
    void lookedAtThenOpenedThenCommitted() throws Exception {
        migration.publish(ShardMap.spread(2, List.of("s1", "s2")), "test");
        List<Actor<?>> opener = new ArrayList<>();
        List<Long> guards = new ArrayList<>();
        meanwhile.at(Step.COMMITTING, () -> {
            opener.add(Actor.call("opener", () -> migration.open(2)));
            Awaitility.await("published")
                    .atMost(Duration.ofSeconds(30))
                    .until(() ->
                            elsewhere().load(ShardMap.everyoneOn(1, "legacy")).transition() != null);
            meanwhile.at(Step.BETWEEN_COMMITS, () -> {
                // One has committed, and may have a guard by now; it is the other that counts.
                String other = cluster.queryLong("s0", "select sum(n) from item") == 0 ? "s0" : "s1";
                cluster.awaitLockWaiters(other, 1);
                guards.add(cluster.queryLong(
                        other, "select count(*) from pg_trigger where tgname = '!tenantshift_guard'"));
                assertThat(opener.get(0).isDone()).isFalse();
            });
        });
        assertThat(write()).isEqualTo(TENANTS);
        assertThat(guards).containsExactly(0L);
        opener.get(0).await(Duration.ofSeconds(60));
        assertThat(sum()).isEqualTo(TENANTS);
        assertThat(router.services().topology().transition()).isNotNull();
        assertThatThrownBy(this::write).isInstanceOf(SQLTransientException.class);
        assertThat(sum()).isEqualTo(TENANTS);
    }

    @Test
    @Order(Integer.MAX_VALUE - 1)
    @Guarantee("G1")
    void closedAndRowsOfThoseWhoHaveLeftStandBehindGuards() throws Exception {
        publish();
        later = true;
        elsewhere().setStatus(2, Status.CLOSED);
        elsewhere().unguard(List.of("s0", "s2"));
        assertRefused("guards of a transition that is closed");
        elsewhere().unguard(List.of("s1"));
        // Somebody has taken the guards off by hand, and left the rows.
        cluster.execute(
                "s1",
                "insert into tenantshift.fence (tenant_id, epoch, state, phase, attempt) values ('gone', 3, 'moved', 'TARGET_ONLY', gen_random_uuid())");
        assertRefused("rows of tenants who live elsewhere");
        cluster.execute("s1", "delete from tenantshift.fence");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    @Guarantee("G1")
    void executedThenAnotherMapIsInForce() throws Exception {
        meanwhile.at(Step.WRITTEN, () -> {
            router.shardMaps()
                    .publish(
                            ShardMap.version(3)
                                    .slots(0, 2047, "s1")
                                    .slots(2048, 4095, "s2")
                                    .pin("new", "s0")
                                    .build(),
                            "test",
                            "test");
            router.shardMaps().putInForce(3, Moves.ONLY_TENANTS_WITHOUT_ROWS, "test", "test");
        });
        assertRefused("shard map version 3 came in force");
        assertThat(write()).isEqualTo(TENANTS);
    }
}
