package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** What a lane does, whichever its direction: databases, a fixture, and what all parts compare. */
@TenantShiftCluster(
        shards = 1,
        schema = {LaneFixture.V1, LaneFixture.V2, LaneFixture.V3, LaneFixture.V4, LaneFixture.V5},
        ddl = LaneFixture.DDL,
        perMethod = true)
abstract class LaneContract {
    final LaneFixture fixture;

    LaneContract(Cluster cluster, String source, String target) {
        this(cluster, source, target, 1);
    }

    /** With several lanes in each direction. */
    LaneContract(Cluster cluster, String source, String target, int lanes) {
        this.fixture = new LaneFixture(cluster, source, target, lanes);
    }

    @AfterEach
    void endLanes() {
        fixture.close();
    }

    void assertSidesEqual() throws Exception {
        for (String table : new String[] {"parent", "child", "shared", "link"}) {
            assertThat(fixture.rows(fixture.target, table)).as(table).isEqualTo(fixture.rows(fixture.source, table));
        }
    }

    /** For each row of the tables that have an audit: what was written to the target is what was journaled, each once, in the order of the row's own history. */
    void assertEachEntryAppliedOnceInOrder() throws Exception {
        assertThat(
                        history(
                                fixture.target,
                                "select t || '/' || key, case op when 'DELETE' then 'D' else 'U' end || v from audit order by n"))
                .isEqualTo(history(
                        fixture.source,
                        "select l.table_name || '/' || j.image[1] || '/' || j.image[2], j.op::text || j.image[4]"
                                + " from tenantshift.journal j join tenantshift.layout l on l.id = j.layout"
                                + " where l.table_name in ('parent', 'child') order by j.seq"));
    }

    private Map<String, List<String>> history(String side, String query) throws Exception {
        Map<String, List<String>> byRow = new java.util.TreeMap<>();
        for (List<@Nullable String> row : fixture.cluster.query(side, query)) {
            byRow.computeIfAbsent(String.valueOf(row.get(0)), k -> new java.util.ArrayList<>())
                    .add(String.valueOf(row.get(1)));
        }
        return byRow;
    }

    /** Waits until a tenant is in quarantine and the lane has gone on. */
    QuarantinedTenant awaitQuarantine(DualWrite applier, String tenant) {
        QuarantinedTenant held = Awaitility.await("tenant in quarantine")
                .atMost(java.time.Duration.ofSeconds(60))
                .pollInterval(java.time.Duration.ofMillis(2))
                .until(
                        () -> applier.quarantined(fixture.source, fixture.target).stream()
                                .filter(found -> found.tenant().equals(tenant))
                                .findFirst(),
                        java.util.Optional::isPresent)
                .orElseThrow();
        awaitState(applier, LaneStatus.State.RUNNING);
        return held;
    }

    /** Waits until the lane of this instance is in a state. */
    LaneStatus awaitState(DualWrite applier, LaneStatus.State state) {
        return awaitState(applier, fixture.lane(), state);
    }

    LaneStatus awaitState(DualWrite applier, String lane, LaneStatus.State state) {
        return Awaitility.await("lane " + lane + " in state " + state)
                .atMost(java.time.Duration.ofSeconds(60))
                .pollInterval(java.time.Duration.ofMillis(2))
                .until(
                        () -> applier.status().stream()
                                .filter(s -> s.lane().equals(lane))
                                .findFirst()
                                .orElseThrow(),
                        s -> s.state() == state);
    }
}
