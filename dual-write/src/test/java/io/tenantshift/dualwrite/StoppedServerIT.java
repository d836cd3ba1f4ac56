package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A server that is stopped as by a crash, under a lane in the middle of a window, and comes back. */
@TenantShiftCluster(
        shards = 1,
        schema = {LaneFixture.V1, LaneFixture.V2, LaneFixture.V3, LaneFixture.V4, LaneFixture.V5},
        ddl = LaneFixture.DDL,
        ownServer = true)
class StoppedServerIT extends LaneContract {
    StoppedServerIT(Cluster cluster) {
        super(cluster, "legacy", "s0");
    }

    @Test
    @Guarantee({"G1", "G5", "G12"})
    void theLaneGoesOnWhereItWasWhenTheServerIsBack() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(1));
        for (int i = 1; i <= 300; i++) {
            fixture.commit(
                    "a",
                    LaneFixture.PARENT,
                    "insert into parent values ('a', %1$d, %1$d, nextval('gv'), 'x')".formatted(i));
        }
        applier.start();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> fixture.cluster.queryLong(fixture.target, "select count(*) from audit") > 3);
        fixture.cluster.server().stopImmediate();
        // Both sides are gone here: whose fault it is cannot be told, and is not needed for waiting.
        assertThat(awaitState(applier, State.RETRYING).stoppedReason()).contains("SQLState");
        fixture.cluster.server().restart();
        fixture.awaitApplied();
        awaitState(applier, State.RUNNING);
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
        assertThat(applier.quarantined(fixture.source, fixture.target)).isEmpty();
    }
}
