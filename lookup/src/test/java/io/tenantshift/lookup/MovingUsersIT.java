package io.tenantshift.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.migration.Migration;
import io.tenantshift.migration.Rollout;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tenants who fight for values while they are moved; there, back and there for good with {@code -Dtenantshift.lookup.back=true}. */
@TenantShiftCluster(shards = 2, ddl = Users.DDL)
final class MovingUsersIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<Phase> PHASES = Boolean.getBoolean("tenantshift.lookup.back")
            ? List.of(Phase.TARGET_PRIMARY, Phase.SHADOW_READ, Phase.TARGET_ONLY)
            : List.of(Phase.TARGET_ONLY);
    private static final int TENANTS = 4;
    private static final int VALUES = 8;

    private final AtomicBoolean done = new AtomicBoolean();

    @Test
    @Guarantee({"G2", "G3"})
    void noValueIsHadTwiceAndWhoHasItIsFound(Cluster cluster) throws Exception {
        cluster.expectThreads("tenantshift-");
        InMemoryPhaseFlags flags = new InMemoryPhaseFlags();
        try (DualWrite dualWrite = DualWrite.builder().build();
                TenantShiftDataSource router = TenantShiftDataSource.builder("users")
                        .shard("legacy", cluster.url("legacy"))
                        .shard("s0", cluster.url("s0"))
                        .shard("s1", cluster.url("s1"))
                        .control("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .tableGroup(Users.GROUP)
                        .capture(dualWrite)
                        .build()) {
            LookupTable emails = LookupTable.over(router)
                    .name("email")
                    .column(Users.GROUP, "public.users", "email")
                    .in("legacy")
                    .patience(Duration.ofSeconds(20))
                    .build();
            emails.install();
            for (int i = 0; i < TENANTS; i++) {
                new Users(router, emails).putUnclaimed("t" + i, 100, "of t" + i);
            }
            assertThat(emails.adopt().isComplete()).isTrue();
            List<Actor<Map<Integer, String>>> writers = IntStream.range(0, TENANTS)
                    .mapToObj(i ->
                            Actor.call("writer " + i, () -> fight("t" + i, i, new Users(router, emails), emails)))
                    .toList();
            try {
                Migration migration = Migration.builder(router.services(), dualWrite)
                        .tables(Users.GROUP)
                        .flags(flags)
                        .build();
                migration.publish(ShardMap.spread(2, List.of("s0", "s1")), "test");
                migration.open(2);
                try (Rollout rollout = migration.rollout()) {
                    for (Phase phase : PHASES) {
                        flags.otherwise(phase);
                        assertThat(rollout.awaitSettled(PATIENCE))
                                .as("%s", rollout.progress())
                                .isTrue();
                    }
                }
                migration.finish();
            } finally {
                done.set(true);
            }
            Map<String, String> ofAll = new HashMap<>();
            for (int i = 0; i < TENANTS; i++) {
                for (String value : writers.get(i).await(PATIENCE).values()) {
                    assertThat(ofAll.put(value, "t" + i)).as(value).isNull();
                }
                assertThat(emails.find("of t" + i)).contains("t" + i);
            }
            for (int value = 0; value < VALUES; value++) {
                String owner = ofAll.get("v" + value);
                assertThat(emails.find("v" + value)).isEqualTo(java.util.Optional.ofNullable(owner));
                long rows = 0;
                for (String shard : cluster.shards()) {
                    rows += cluster.queryLong(shard, "select count(*) from users where email = 'v%d'".formatted(value));
                }
                assertThat(rows).isEqualTo(owner == null ? 0 : 1);
            }
        }
    }

    /** Takes values and gives them up; what was acknowledged must be found at once. Returns what it has at the end. */
    private Map<Integer, String> fight(String tenant, int seed, Users users, LookupTable emails) throws SQLException {
        Random random = new Random(seed);
        Map<Integer, String> mine = new HashMap<>();
        while (!done.get()) {
            int id = random.nextInt(3);
            String value = "v" + random.nextInt(VALUES);
            try {
                if (mine.containsKey(id)) {
                    String had = mine.getOrDefault(id, "");
                    assertThat(emails.find(had)).contains(tenant);
                    users.delete(tenant, id);
                    mine.remove(id);
                    assertThat(emails.find(had)).isNotEqualTo(java.util.Optional.of(tenant));
                    if (random.nextBoolean()) {
                        emails.release(had);
                    }
                } else if (!mine.containsValue(value)) {
                    users.put(tenant, id, value);
                    mine.put(id, value);
                    assertThat(emails.find(value)).contains(tenant);
                }
            } catch (ValueTakenException e) {
                // Somebody else has it.
            } catch (SQLException e) {
                if (!"40001".equals(e.getSQLState())) {
                    throw e;
                }
            }
        }
        return mine;
    }
}
