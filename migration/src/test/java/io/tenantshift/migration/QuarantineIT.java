package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.QuarantinedTenant;
import io.tenantshift.dualwrite.ReleaseOutcome.Released;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What becomes of a move when its tenant is in quarantine. */
@TenantShiftCluster(shards = 1, ddl = Moving.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class QuarantineIT {
    private Moving moving;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        moving = new Moving(cluster);
        for (String tenant : new String[] {"gate", "late", "void", "again", "back"}) {
            moving.withTenant(tenant);
        }
        moving.open();
    }

    @AfterAll
    void close() {
        moving.close();
    }

    /** From now on a side does not take counters of 100 and more. */
    private void poison(String side, String tenant) throws SQLException {
        moving.cluster.execute(
                side,
                "alter table acc add constraint \"%1$s\" check (tenant_id <> '%1$s' or n < 100)".formatted(tenant));
        moving.cluster.execute(
                side.equals(Moving.S0) ? Moving.LEGACY : Moving.S0,
                "begin; set local tenantshift.applier = 'on'; update acc set n = 99 where tenant_id = '%s' and id = 1; commit"
                        .formatted(tenant));
        moving.write(tenant, 1);
    }

    private void cure(String side, String tenant) throws SQLException {
        moving.cluster.execute(side, "alter table acc drop constraint \"%s\"".formatted(tenant));
    }

    private QuarantinedTenant awaitQuarantine(String tenant) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(2))
                .until(
                        () -> moving.dualWrite.quarantined().stream()
                                .filter(held -> held.tenant().equals(tenant))
                                .toList(),
                        found -> !found.isEmpty())
                .get(0);
    }

    @Test
    @Guarantee("G11")
    @Pitfall({8, 35})
    void heIsNotPromotedUntilHeIsReleased() throws Exception {
        moving.toShadowRead("gate");
        poison(Moving.S0, "gate");
        awaitQuarantine("gate");
        assertThat(moving.cutover()
                        .attempt(moving.transition(), "gate", Phase.TARGET_PRIMARY)
                        .toString())
                .contains(
                        "tenant \"gate\" is in quarantine on lane \"legacy->s0\" since",
                        "SQLState 23514",
                        "release it");
        Moving.stepped(moving.steps().dualWriteAgain(moving.transition(), "gate"));
        assertThat(moving.steps().shadowRead(moving.transition(), "gate").toString())
                .contains("not made: tenant \"gate\" is in quarantine");

        cure(Moving.S0, "gate");
        assertThat(moving.dualWrite.release(Moving.LEGACY, Moving.S0, "gate")).isEqualTo(new Released("gate", 1));
        Moving.stepped(moving.steps().shadowRead(moving.transition(), "gate"));
        moving.forward("gate");
        assertThat(moving.counter(Moving.S0, "gate", 1)).isEqualTo(100);
    }

    /** 1. The readiness is checked. 2. He is put in quarantine, and the lane passes over his entry. 3. The attempt asks whether he is drained. */
    @Test
    @Guarantee({"G1", "G11"})
    @Pitfall({3, 52})
    void heldBackBetweenTheReadinessAndTheDrainHeStays() throws Exception {
        moving.toShadowRead("late");
        CutoverOutcome outcome = moving.cutover(point -> {
                    if (point.equals("after 1")) {
                        try {
                            poison(Moving.S0, "late");
                        } catch (SQLException e) {
                            throw new AssertionError(e);
                        }
                        awaitQuarantine("late");
                    }
                })
                .attempt(moving.transition(), "late", Phase.TARGET_PRIMARY);
        assertThat(outcome).isInstanceOf(CutoverOutcome.Aborted.class);
        assertThat(outcome.toString()).contains("still has entries of the tenant to apply");
        assertThat(moving.row(Moving.LEGACY, "late").state()).isEqualTo(FenceState.OPEN);
        cure(Moving.S0, "late");
        assertThat(moving.dualWrite.release(Moving.LEGACY, Moving.S0, "late")).isInstanceOf(Released.class);
        moving.forward("late");
        assertThat(moving.counter(Moving.S0, "late", 1)).isEqualTo(100);
    }

    @Test
    @Guarantee("G3")
    @Pitfall(52)
    void backToSourceOnlyHisQuarantineIsVoidWithHisCopy() throws Exception {
        Moving.stepped(moving.steps().dualWrite(moving.transition(), "void"));
        moving.copies().copy(moving.transition(), "void", (rows, estimate) -> {});
        poison(Moving.S0, "void");
        awaitQuarantine("void");
        Moving.stepped(moving.steps().sourceOnly(moving.transition(), "void"));
        assertThat(moving.dualWrite.quarantined())
                .noneMatch(held -> held.tenant().equals("void"));
        assertThat(moving.row(Moving.S0, "void").state()).isEqualTo(FenceState.ABSENT);
        moving.write("void", 2);

        cure(Moving.S0, "void");
        moving.toShadowRead("void");
        moving.forward("void");
        assertThat(moving.rows(Moving.S0, "void")).isEqualTo(moving.rows(Moving.LEGACY, "void"));
        assertThat(moving.counter(Moving.S0, "void", 1)).isEqualTo(100);
        assertThat(moving.counter(Moving.S0, "void", 2)).isEqualTo(1);
    }

    @Test
    @Guarantee("G3")
    @Pitfall({10, 52})
    void copiedAgainHeIsWhatTheSourceSays() throws Exception {
        moving.toShadowRead("again");
        poison(Moving.S0, "again");
        awaitQuarantine("again");
        // What the target holds besides must not survive.
        moving.cluster.execute(
                Moving.S0,
                "begin; set local tenantshift.applier = 'on'; insert into acc values ('again', 77, 1); commit");
        cure(Moving.S0, "again");
        Migration migration = Migration.builder(moving.services, moving.dualWrite)
                .tables(Moving.GROUP)
                .flags(new InMemoryPhaseFlags())
                .build();
        migration.recopy("again");
        assertThat(moving.dualWrite.quarantined())
                .noneMatch(held -> held.tenant().equals("again"));
        assertThat(moving.row(Moving.LEGACY, "again").phase()).isEqualTo(Phase.DUAL_WRITE);
        moving.write("again", 3);
        moving.awaitDrained("again");
        assertThat(moving.rows(Moving.S0, "again")).isEqualTo(moving.rows(Moving.LEGACY, "again"));
        try (Connection target = moving.cluster.connect(Moving.S0)) {
            assertThat(CopyRow.findings(CopyRow.read(target, "again")))
                    .containsExactly("the copy has not been verified");
        }
    }

    @Test
    @Guarantee("G7")
    @Pitfall(8)
    void onHisWayBackHeIsHeldBackAndReleasedToo() throws Exception {
        moving.toShadowRead("back");
        moving.forward("back");
        poison(Moving.LEGACY, "back");
        assertThat(awaitQuarantine("back").lane()).isEqualTo("s0->legacy");
        assertThat(moving.cutover()
                        .attempt(moving.transition(), "back", Phase.SHADOW_READ)
                        .toString())
                .contains("is in quarantine on lane \"s0->legacy\"");
        cure(Moving.LEGACY, "back");
        assertThat(moving.dualWrite.release(Moving.S0, Moving.LEGACY, "back")).isEqualTo(new Released("back", 1));
        moving.back("back");
        assertThat(moving.counter(Moving.LEGACY, "back", 1)).isEqualTo(100);
    }
}
