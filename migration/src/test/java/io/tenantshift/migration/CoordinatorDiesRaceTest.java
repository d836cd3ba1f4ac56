package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A coordinator that dies at every point of a cutover, in both directions, with writers at work. */
@TenantShiftCluster(shards = 1, ddl = Moving.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CoordinatorDiesRaceTest {
    private Moving moving;

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        moving = new Moving(cluster);
        points().forEach(point -> add("forward, " + point));
        points().forEach(point -> add("back, " + point));
        moving.open();
    }

    private void add(String tenant) {
        try {
            moving.withTenant(tenant);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    void close() {
        moving.close();
    }

    static Stream<String> points() {
        return Stream.of(
                "before 3",
                "after 3",
                "after 4",
                "before 5",
                "after 5",
                "before 6",
                "before commit",
                "after 6",
                "before 7",
                "after 7",
                "before 8",
                "after 8");
    }

    private static boolean isAfterTheCommit(String point) {
        return Stream.of("after 6", "before 7", "after 7", "before 8", "after 8")
                .anyMatch(point::equals);
    }

    @ParameterizedTest
    @MethodSource("points")
    @Guarantee({"G1", "G2", "G12"})
    @Pitfall({7, 66})
    void onTheWayForwardOneSideIsOpenAfterwardsAndNothingIsLost(String point) throws Exception {
        String tenant = "forward, " + point;
        moving.toShadowRead(tenant);
        dieAndRecover(tenant, point, Phase.SHADOW_READ, Phase.TARGET_PRIMARY);
    }

    @ParameterizedTest
    @MethodSource("points")
    @Guarantee({"G1", "G2", "G7", "G12"})
    @Pitfall({7, 66})
    void onTheWayBackOneSideIsOpenAfterwardsAndNothingIsLost(String point) throws Exception {
        String tenant = "back, " + point;
        moving.toShadowRead(tenant);
        moving.forward(tenant);
        dieAndRecover(tenant, point, Phase.TARGET_PRIMARY, Phase.SHADOW_READ);
    }

    private void dieAndRecover(String tenant, String point, Phase from, Phase to) throws Exception {
        long[] expected;
        try (Writers writers = new Writers(moving, tenant, 2)) {
            writers.awaitCommits(5);
            Cutover mortal = moving.cutover(Died.at(point));
            assertThatThrownBy(() -> attemptUntilItDies(mortal, tenant, to))
                    .isInstanceOf(Died.class)
                    .hasMessage(point);
            // No coordinator lives. The writers alone bring the tenant to one open side and go on.
            writers.awaitCommits(20);
            Phase now = moving.services.locate(tenant).phase();
            assertThat(now).isEqualTo(isAfterTheCommit(point) ? to : from);
            writers.close();
            expected = writers.expected();
        }
        moving.awaitDrained(tenant);
        assertThat(Writers.found(moving, Moving.LEGACY, tenant)).isEqualTo(expected);
        assertThat(Writers.found(moving, Moving.S0, tenant)).isEqualTo(expected);
        FenceRow source = moving.row(Moving.LEGACY, tenant);
        FenceRow target = moving.row(Moving.S0, tenant);
        assertThat(Stream.of(source, target).map(FenceRow::state))
                .as("%s, %s", source, target)
                .containsOnlyOnce(FenceState.OPEN)
                .doesNotContain(FenceState.MOVED, FenceState.ABSENT);
        // And the next coordinator finds nothing in its way.
        Phase goal = isAfterTheCommit(point) ? from : to;
        moving.cutOver(tenant, goal, StepListener.NONE);
    }

    private void attemptUntilItDies(Cutover mortal, String tenant, Phase to) throws SQLException {
        // A busy machine may use up the pause budget before the point at which it dies.
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() - end < 0) {
            CutoverOutcome outcome = mortal.attempt(moving.transition(), tenant, to);
            if (outcome instanceof CutoverOutcome.CutOver) {
                throw new AssertionError("it lives: " + outcome);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }
}
