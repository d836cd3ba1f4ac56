package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Transition.Status;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A rollout beside other processes that move tenants too, and what it leaves to whom. */
@TenantShiftCluster(shards = 1, ddl = Moving.DDL, perMethod = true)
final class RolloutStateIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final InMemoryPhaseFlags flags = new InMemoryPhaseFlags();

    private Migration migration(Moving moving) {
        return Migration.builder(moving.services, moving.dualWrite)
                .tables(Moving.GROUP)
                .flags(flags)
                .chunkRows(1)
                .build();
    }

    @Test
    @Guarantee("G11")
    void aTenantThatAnotherProcessHasMovedIsMovedToWhereTheFlagSays(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.open();
            flags.otherwise(Phase.SHADOW_READ);
            try (Rollout rollout = migration(moving).rollout()) {
                assertThat(rollout.awaitSettled(PATIENCE)).isTrue();
                moving.forward("acme");
                await().atMost(PATIENCE)
                        .until(() -> moving.services.locate("acme").phase() == Phase.SHADOW_READ);
                await().atMost(PATIENCE)
                        .untilAsserted(() ->
                                assertThat(rollout.progress().rolledBack()).isEqualTo(1));
            }
        }
    }

    @Test
    @Guarantee("G12")
    void aRolloutThatStartsWhileAnAttemptIsUnderWayWaitsForIt(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.open();
            moving.toShadowRead("acme");
            Checkpoints points = new Checkpoints();
            MigrationSettings patient = MigrationSettings.DEFAULT.withPauseBudget(MigrationSettings.LONGEST_BUDGET);
            Actor<CutoverOutcome> attempt = Actor.call(
                    "attempt",
                    () -> moving.cutover(
                                    point -> {
                                        if (point.equals("after 5")) {
                                            points.reach(point);
                                        }
                                    },
                                    patient)
                            .attempt(moving.transition(), "acme", Phase.TARGET_PRIMARY));
            points.awaitReached("after 5");
            flags.otherwise(Phase.TARGET_PRIMARY);
            try (Rollout rollout = migration(moving).rollout()) {
                points.release("after 5");
                attempt.await();
                assertThat(rollout.awaitSettled(PATIENCE)).isTrue();
                assertThat(moving.services.locate("acme").phase()).isEqualTo(Phase.TARGET_PRIMARY);
            }
        }
    }

    @Test
    void aWishThatNoStepLeadsToIsSaidAndLeftAlone(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.open();
            flags.otherwise(Phase.TARGET_ONLY);
            try (Rollout rollout = migration(moving).rollout()) {
                assertThat(rollout.awaitSettled(PATIENCE)).isTrue();
                assertThat(moving.row(Moving.LEGACY, "acme").state()).isEqualTo(FenceState.MOVED);
                flags.otherwise(Phase.SOURCE_ONLY);
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(rollout.progress().tenants())
                                .singleElement()
                                .satisfies(tenant -> assertThat(tenant.note())
                                        .isEqualTo("no step leads from TARGET_ONLY to SOURCE_ONLY")));
                assertThat(rollout.awaitSettled(Duration.ofMillis(1))).isFalse();
            }
        }
    }

    @Test
    @Guarantee("G11")
    void aWishThatFallsEndsACopyThatIsUnderWay(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            cluster.execute(Moving.LEGACY, "insert into acc select 'acme', id, 0 from generate_series(100, 3000) id");
            moving.open();
            flags.otherwise(Phase.DUAL_WRITE);
            try (Rollout rollout = migration(moving).rollout()) {
                await().atMost(PATIENCE).until(() -> rollout.progress().rowsCopied() > 0);
                flags.otherwise(Phase.SOURCE_ONLY);
                assertThat(rollout.awaitSettled(PATIENCE)).isTrue();
                assertThat(rollout.progress().rowsCopied()).isLessThan(2900);
                assertThat(moving.row(Moving.S0, "acme").state()).isEqualTo(FenceState.ABSENT);
            }
        }
    }

    @Test
    @Guarantee("G12")
    void aTransitionIsFinishedAndTheNextTakesTheTenantsBackAgain(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme").withTenant("beta")) {
            moving.open();
            Migration migration = migration(moving);
            assertThatThrownBy(migration::finish)
                    .isInstanceOf(MigrationRefusedException.class)
                    .hasMessageContaining(
                            "tenant \"acme\" is in SOURCE_ONLY, its row open on \"legacy\" and absent on \"s0\"")
                    .hasMessageContaining("nothing was changed");
            moving.write("acme", 1);
            toTheEnd(migration);
            assertThat(moving.services.topology().map()).isEqualTo(ShardMap.everyoneOn(2, Moving.S0));
            assertThat(guards(cluster, Moving.S0)).isZero();
            assertThat(guards(cluster, Moving.LEGACY)).isEqualTo(1);
            assertThat(moving.services.topology().guarded()).containsExactly(Moving.LEGACY);
            // And back: the rows of the first transition are taken over.
            migration.publish(ShardMap.everyoneOn(3, Moving.LEGACY), "back again");
            assertThat(migration.open(3).status()).isEqualTo(Status.OPEN);
            moving.write("acme", 1);
            assertThat(moving.row(Moving.S0, "acme").phase()).isEqualTo(Phase.SOURCE_ONLY);
            assertThat(moving.row(Moving.S0, "acme").lane()).isEqualTo("s0->legacy");
            assertThat(moving.row(Moving.LEGACY, "acme").state()).isEqualTo(FenceState.ABSENT);
            toTheEnd(migration);
            moving.write("acme", 1);
            assertThat(moving.counter(Moving.LEGACY, "acme", 1)).isEqualTo(3);
        }
    }

    private void toTheEnd(Migration migration) throws SQLException {
        flags.otherwise(Phase.TARGET_ONLY);
        try (Rollout rollout = migration.rollout()) {
            assertThat(rollout.awaitSettled(PATIENCE))
                    .as("%s", rollout.progress())
                    .isTrue();
        }
        migration.finish();
        flags.clear();
    }

    private static long guards(Cluster cluster, String shard) throws SQLException {
        return cluster.queryLong(shard, "select count(*) from pg_trigger where tgname = '" + Guards.NAME + "'");
    }
}
