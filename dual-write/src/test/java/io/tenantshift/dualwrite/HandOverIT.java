package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Where the lanes run when some instances have work for them and others only apply. */
final class HandOverIT extends LaneContract {
    /** Shorter ones lapse on a busy machine. */
    private static final Duration LEASE = Duration.ofSeconds(3);

    private static final String HELD = "select count(*) from tenantshift.lane where holder is not null and lane = ";

    HandOverIT(Cluster cluster) {
        super(cluster, "legacy", "s0");
    }

    private static DualWrite.Builder shortLease() {
        return LaneFixture.builder().lease(LEASE);
    }

    private int copy(DualWrite by, int layout) throws Exception {
        return by.submit(fixture.source, fixture.target, CopyWork.all(fixture, "a", layout))
                .get(30, TimeUnit.SECONDS);
    }

    private void tenantWithRowsToCopy() throws SQLException {
        fixture.tenant("a");
        fixture.seed(
                fixture.source,
                "insert into parent select 'a', g, g, nextval('gv'), 'old' from generate_series(1, 3) g",
                "insert into child select 'a', g, g, nextval('gv') from generate_series(1, 3) g");
        CopyWork.begin(fixture, "a");
    }

    private void awaitNobody() {
        Awaitility.await("nobody has the lane")
                .atMost(Duration.ofSeconds(60))
                .until(() -> fixture.cluster.queryLong(fixture.target, HELD + "'" + fixture.lane() + "'") == 0);
    }

    @Test
    @Guarantee("G3")
    void whoHasNoWorkGivesTheLaneToWhoHas() throws Exception {
        tenantWithRowsToCopy();
        DualWrite applier = fixture.start(shortLease());
        awaitState(applier, State.RUNNING);
        DualWrite copier = fixture.start(shortLease());

        assertThat(copy(copier, LaneFixture.PARENT)).isEqualTo(3);
        awaitState(copier, State.RUNNING);
        awaitState(applier, State.WAITING_FOR_LEASE);
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from tenantshift.lane_request"))
                .as("requests that were granted are gone")
                .isZero();
        assertThat(copy(applier, LaneFixture.CHILD)).as("and back").isEqualTo(3);
        fixture.commit("a", LaneFixture.PARENT, "update parent set note = 'new' where id = 1");
        fixture.awaitApplied();
        assertSidesEqual();
    }

    @Test
    @Guarantee("G1")
    void whoRunsNoAppliersTakesALaneForItsOwnWorkOnly() throws Exception {
        tenantWithRowsToCopy();
        DualWrite service = fixture.start(shortLease().appliers(false));
        fixture.commit("a", LaneFixture.PARENT, "update parent set note = 'new' where id = 1");

        assertThat(copy(service, LaneFixture.PARENT)).isEqualTo(3);
        awaitNobody();
        fixture.commit("a", LaneFixture.PARENT, "update parent set note = 'new' where id = 2");
        assertThat(fixture.outside()).isEqualTo(1);

        DualWrite applier = fixture.start(shortLease());
        fixture.awaitApplied();
        assertThat(copy(service, LaneFixture.CHILD)).isEqualTo(3);
        awaitState(applier, State.RUNNING);
        assertSidesEqual();
    }

    @Test
    @Guarantee("G12")
    void whoAskedAndDiedKeepsNobodyAway() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.start(LaneFixture.builder().lease(Duration.ofMillis(600)));
        awaitState(applier, State.RUNNING);
        fixture.cluster.execute(
                fixture.target,
                "insert into tenantshift.lane_request values ('%s', 'dead', clock_timestamp() + interval '4 s')"
                        .formatted(fixture.lane()));
        awaitState(applier, State.WAITING_FOR_LEASE);
        awaitState(applier, State.RUNNING);
        fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 1, 1, nextval('gv'), 'x')");
        fixture.awaitApplied();
        assertSidesEqual();
    }
}
