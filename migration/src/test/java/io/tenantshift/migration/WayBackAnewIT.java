package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The way back of a tenant whose authority is on the target, copied again from there. */
@TenantShiftCluster(shards = 1, ddl = Moving.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WayBackAnewIT {
    private Moving moving;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        moving = new Moving(cluster);
        for (String tenant : new String[] {"load", "half", "dead"}) {
            moving.withTenant(tenant);
        }
        moving.open();
        for (String tenant : new String[] {"load", "half", "dead"}) {
            moving.toShadowRead(tenant);
            moving.forward(tenant);
        }
    }

    @AfterAll
    void close() {
        moving.close();
    }

    private Migration migration() {
        return Migration.builder(moving.services, moving.dualWrite)
                .tables(Moving.GROUP)
                .flags(new InMemoryPhaseFlags())
                .chunkRows(1)
                .build();
    }

    /** A row that no copy has brought. */
    private void stray(String tenant) throws SQLException {
        moving.cluster.execute(
                Moving.LEGACY,
                "begin; set local tenantshift.applier = 'on'; insert into acc values ('%s', 77, 1); commit"
                        .formatted(tenant));
    }

    private String attemptBack(String tenant) throws SQLException {
        return moving.cutover()
                .attempt(moving.transition(), tenant, Phase.SHADOW_READ)
                .toString();
    }

    private boolean isQuarantined(String tenant) throws SQLException {
        return moving.dualWrite.quarantined().stream()
                .anyMatch(held -> held.tenant().equals(tenant));
    }

    @Test
    @Guarantee({"G1", "G3", "G7"})
    @Pitfall({8, 10, 52})
    void underLoadItIsMadeAnewAndTakesHimBackWithAllThatWasWritten() throws Exception {
        moving.cluster.execute(
                Moving.LEGACY, "alter table acc add constraint poison check (tenant_id <> 'load' or n < 10)");
        long[] expected;
        try (Writers writers = new Writers(moving, "load", 3)) {
            Awaitility.await("load is in quarantine on his way back")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> isQuarantined("load"));
            writers.awaitCommits(20);
            moving.cluster.execute(Moving.LEGACY, "alter table acc drop constraint poison");
            stray("load");

            migration().recopy("load");

            assertThat(isQuarantined("load")).isFalse();
            writers.awaitCommits(20);
            moving.back("load");
            writers.awaitCommits(20);
            writers.close();
            expected = writers.expected();
        }
        moving.awaitDrained("load");
        assertThat(moving.row(Moving.LEGACY, "load").state()).isEqualTo(FenceState.OPEN);
        assertThat(Writers.found(moving, Moving.LEGACY, "load")).isEqualTo(expected);
        assertThat(moving.rows(Moving.S0, "load")).isEqualTo(moving.rows(Moving.LEGACY, "load"));
        moving.forward("load");
        moving.write("load", 1);
        moving.awaitDrained("load");
        moving.back("load");
    }

    @Test
    @Guarantee({"G2", "G7"})
    @Pitfall(35)
    void untilItIsWholeAndComparedThereIsNone() throws Exception {
        Moving.stepped(moving.steps().wayBackAnew(moving.transition(), "half"));
        assertThat(moving.total(Moving.LEGACY, "half")).isZero();
        moving.write("half", 1);
        moving.awaitDrained("half");
        assertThat(attemptBack("half")).contains("the copy is not complete");
        Placement placement = moving.services.locate("half");
        String past = "1:1:";
        assertThat(moving.dualWrite.covers(placement, past))
                .as("shadow reads do not look at half a copy")
                .isFalse();

        new Backfill(moving.services, moving.dualWrite, moving.layouts(), Backfill.Settings.DEFAULTS)
                .copy(Moving.S0, Moving.LEGACY, "half", Backfill.Listener.NONE);
        assertThat(moving.dualWrite.covers(placement, past)).isTrue();
        assertThat(attemptBack("half")).contains("the copy has not been verified");
        assertThat(migration().verify("half").isClean()).isTrue();
        moving.back("half");
        assertThat(moving.counter(Moving.LEGACY, "half", 1)).isEqualTo(1);
    }

    /** 1. The source follows anew, and is empty. 2. The coordinator dies. 3. The application writes on. 4. Another coordinator begins again. */
    @Test
    @Guarantee({"G1", "G7", "G12"})
    void whoDiesBeforeTheFenceIsFollowedByAnother() throws Exception {
        assertThatThrownBy(() -> moving.steps(Died.at("target purged")).wayBackAnew(moving.transition(), "dead"))
                .isInstanceOf(Died.class);
        moving.write("dead", 1);
        moving.awaitDrained("dead");
        assertThat(attemptBack("dead")).contains("the copy is not complete");
        migration().recopy("dead");
        moving.write("dead", 2);
        moving.awaitDrained("dead");
        assertThat(moving.rows(Moving.LEGACY, "dead")).isEqualTo(moving.rows(Moving.S0, "dead"));
        moving.back("dead");
        assertThat(moving.total(Moving.LEGACY, "dead")).isEqualTo(2);
    }
}
