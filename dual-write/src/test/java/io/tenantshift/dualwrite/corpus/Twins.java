package io.tenantshift.dualwrite.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.LaneStatus;
import io.tenantshift.dualwrite.OpenTransition;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The same tables three times: on {@code legacy}, where the tenant is captured; on {@code s0}, which follows by the journal alone; and on
 * {@code s1}, the twin, which plain connections write.
 */
final class Twins implements AutoCloseable {
    private final Cluster cluster;
    private final String settings;
    private final DualWrite lanes = DualWrite.builder()
            .poll(Duration.ofMillis(1), Duration.ofMillis(5))
            .retryStopped(Duration.ofMillis(50))
            .build();
    private final TenantShiftDataSource router;

    /** @param settings of the driver, as they are put behind a URL */
    Twins(Cluster cluster, String settings) throws SQLException {
        this.cluster = cluster;
        this.settings = settings;
        this.router = TenantShiftDataSource.builder("twins")
                .shard("legacy", cluster.url("legacy") + settings)
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .capture(lanes)
                .build();
        lanes.openLanes(OpenTransition.transition());
        lanes.start();
    }

    /** For the thread's tenant, who is captured. */
    Connection captured() throws SQLException {
        return router.getConnection();
    }

    /** To the twin, with the same settings; for tables whose tenant column has the tenant as its default. */
    Connection plain(String tenant) throws SQLException {
        return DriverManager.getConnection(
                cluster.url("s1") + settings + "&options=-c%20tenantshift.tenant%3D" + tenant);
    }

    /** How many entries there are and were. */
    long journaled() throws SQLException {
        return cluster.queryLong("legacy", "select count(*) from tenantshift.journal");
    }

    /**
     * Waits until the journal is applied, then compares the rows of all three.
     *
     * @param clock a column that is not equal on the twin; null if there is none
     */
    void assertSameRows(String table, @Nullable String clock) throws SQLException {
        lanes.wake("legacy->s0");
        Awaitility.await("the journal is applied")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(1))
                .failFast(() -> lanes.status().stream()
                        .filter(lane -> lane.state() == LaneStatus.State.STOPPED)
                        .forEach(lane -> {
                            throw new AssertionError("the lane stopped: " + lane.stoppedReason());
                        }))
                .until(() -> lanes.backlog("legacy", "s0").entries() == 0);
        assertThat(lanes.quarantined("legacy", "s0")).isEmpty();
        String rows = "select t::text from " + table + " t order by 1";
        assertThat(cluster.query("s0", rows)).as("applied: %s", table).isEqualTo(cluster.query("legacy", rows));
        String alike =
                clock == null ? rows : "select (to_jsonb(t) - '%s')::text from %s t order by 1".formatted(clock, table);
        List<?> plain = cluster.query("s1", alike);
        assertThat(cluster.query("legacy", alike)).as("captured: %s", table).isEqualTo(plain);
    }

    @Override
    public void close() {
        lanes.close();
        router.close();
    }
}
