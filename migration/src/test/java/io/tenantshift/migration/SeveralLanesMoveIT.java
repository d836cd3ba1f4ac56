package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.migration.CutoverOutcome.Aborted;
import io.tenantshift.migration.CutoverOutcome.CutOver;
import io.tenantshift.router.Phase;
import io.tenantshift.router.control.Transition;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tenants between two shards that are divided among several lanes. */
@TenantShiftCluster(shards = 1, ddl = Moving.DDL, perMethod = true)
final class SeveralLanesMoveIT {
    private static final List<String> TENANTS = List.of("t1", "t2", "t3", "t4", "t8");

    private final Cluster cluster;
    private final Moving moving;

    SeveralLanesMoveIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        this.moving = new Moving(cluster);
    }

    @BeforeEach
    void tenants() throws SQLException {
        for (String tenant : TENANTS) {
            moving.withTenant(tenant);
        }
        moving.settings = MigrationSettings.DEFAULT.withLanes(3);
    }

    @AfterEach
    void close() {
        moving.close();
    }

    private String lane(String shard, String tenant) throws SQLException {
        return String.valueOf(moving.row(shard, tenant).lane());
    }

    private void setLane(String lane, String change) throws SQLException {
        cluster.execute("s0", "update tenantshift.lane set %s where lane = '%s'".formatted(change, lane));
    }

    @Test
    @Guarantee({"G1", "G7"})
    void aCutoverWaitsForTheLaneOfItsTenantAndForNoOther() throws Exception {
        moving.open();
        Transition transition = moving.transition();
        String slow = "t1";
        String quick = TENANTS.stream()
                .filter(tenant -> transition.laneOf(tenant) != transition.laneOf(slow))
                .findFirst()
                .orElseThrow();
        for (String tenant : List.of(slow, quick)) {
            moving.toShadowRead(tenant);
        }
        String frozen = lane("legacy", slow);
        setLane(frozen, "token = token + 1, holder = 'nobody', expires = now() + interval '1 day'");
        moving.write(slow, 1);
        moving.write(quick, 1);
        assertThat(moving.forward(quick).phase()).isEqualTo(Phase.TARGET_PRIMARY);
        assertThat(moving.rows("s0", quick)).isEqualTo(moving.rows("legacy", quick));
        CutoverOutcome waited = moving.cutover().attempt(transition, slow, Phase.TARGET_PRIMARY);
        assertThat(waited)
                .isInstanceOfSatisfying(
                        Aborted.class,
                        aborted -> assertThat(aborted.reason()).contains("not drained", "\"" + frozen + "\""));
        moving.write(slow, 2);
        setLane(frozen, "expires = null");
        CutOver done = moving.forward(slow);
        assertThat(done.tenant()).isEqualTo(slow);
        assertThat(moving.total("s0", slow)).isEqualTo(2);
        moving.write(slow, 3);
        moving.write(quick, 3);
        for (String tenant : List.of(slow, quick)) {
            moving.back(tenant);
            assertThat(moving.rows("legacy", tenant)).isEqualTo(moving.rows("s0", tenant));
        }
    }

    /** One process has begun to open and has died; another one opens with another number. */
    @Test
    @Guarantee("G1")
    @Pitfall(4)
    void theNumberOfLanesIsTheOneThatTenantsHaveBeenGivenFirst() throws Exception {
        moving.listener = Died.at("rows");
        assertThatThrownBy(moving::open).isInstanceOf(Died.class);
        moving.listener = StepListener.NONE;
        moving.settings = MigrationSettings.DEFAULT.withLanes(2);
        assertThat(moving.open().lanes()).isEqualTo(3);
        Transition transition = moving.transition();
        assertThat(transition.lanes()).isEqualTo(3);
        Set<String> lanes = new TreeSet<>();
        for (String tenant : TENANTS) {
            lanes.add(lane("legacy", tenant));
            assertThat(lane("legacy", tenant)).isEqualTo(transition.lane("legacy", "s0", tenant));
            assertThat(lane("s0", tenant)).isEqualTo(transition.lane("s0", "legacy", tenant));
            assertThat(moving.row("legacy", tenant).epoch()).as("given once").isEqualTo(1);
        }
        assertThat(lanes).containsExactly("legacy->s0#1/3", "legacy->s0#2/3", "legacy->s0#3/3");
    }

    /** A transition between the same shards was closed long ago; since then the journal's slots have been emptied, and the server replaced. */
    @Test
    @Guarantee("G3")
    void aLaneOfAnEarlierTransitionBeginsAnew() throws Exception {
        moving.opening().install();
        cluster.execute(
                "s0",
                "insert into tenantshift.lane (lane, source, target, applied, incarnation) values ('legacy->s0#1/3', 'legacy', 's0', '10:10:', 'another server')");
        Transition transition = moving.open();
        for (String tenant : TENANTS) {
            if (transition.laneOf(tenant) == 0) {
                moving.toShadowRead(tenant);
                moving.write(tenant, 1);
                moving.forward(tenant);
                assertThat(moving.total("s0", tenant)).isEqualTo(1);
            }
        }
    }

    /** The number is not stored: an older library has published it, and was ended before it was open. */
    @Test
    void aTransitionThatAnOlderLibraryHasPublishedKeepsItsOneLane() throws Exception {
        moving.settings = MigrationSettings.DEFAULT;
        moving.listener = Died.at("acknowledged");
        assertThatThrownBy(moving::open).isInstanceOf(Died.class);
        cluster.execute("legacy", "update tenantshift.shard_map set lanes = null");
        moving.listener = StepListener.NONE;
        moving.settings = MigrationSettings.DEFAULT.withLanes(3);
        assertThat(moving.open().lanes()).isEqualTo(1);
        assertThat(lane("legacy", "t1")).isEqualTo("legacy->s0");
        moving.toShadowRead("t1");
        moving.write("t1", 1);
        moving.forward("t1");
        assertThat(moving.total("s0", "t1")).isEqualTo(1);
    }
}
