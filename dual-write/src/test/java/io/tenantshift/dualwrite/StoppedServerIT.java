package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.PostgresServer;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two servers of which one, or both, are stopped as by a crash under a lane in the middle of a window, or have no disk left; and come back. */
@TenantShiftCluster(
        shards = 1,
        schema = {LaneFixture.V1, LaneFixture.V2, LaneFixture.V3, LaneFixture.V4, LaneFixture.V5},
        ddl = LaneFixture.DDL,
        serverEach = true)
class StoppedServerIT extends LaneContract {
    private static final int BEFORE = 300;
    private static final int MEANWHILE = 30;

    /** Every write to it fails: no space is left. */
    private static final Path FULL = Path.of("/dev/full");

    StoppedServerIT(Cluster cluster) {
        super(cluster, "legacy", "s0");
    }

    /** Whose server it is. */
    enum Stopped {
        SOURCE,
        TARGET,
        BOTH
    }

    @ParameterizedTest
    @EnumSource
    @Guarantee({"G1", "G5", "G12"})
    @Pitfall(8)
    void theLaneGoesOnWhereItWasWhenTheServerIsBack(Stopped which) throws Exception {
        String tenant = which.name();
        fixture.tenant(tenant);
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(1));
        write(tenant, 1, BEFORE);
        applier.start();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> applied(tenant) > 3);
        List<PostgresServer> servers = servers(which);
        servers.forEach(PostgresServer::stopImmediate);
        try {
            // With both sides gone it cannot be told whose fault it is, and need not be for waiting.
            assertThat(awaitState(applier, State.RETRYING).stoppedReason()).contains("SQLState");
            if (which == Stopped.TARGET) {
                write(tenant, BEFORE + 1, BEFORE + MEANWHILE); // the application does not notice
                Awaitility.await("the breaker is open")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> targetState() == 2);
            }
        } finally {
            servers.forEach(PostgresServer::restart);
        }
        fixture.awaitApplied();
        awaitState(applier, State.RUNNING);
        assertThat(applied(tenant)).isEqualTo(which == Stopped.TARGET ? BEFORE + MEANWHILE : BEFORE);
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
        assertThat(applier.quarantined(fixture.source, fixture.target)).isEmpty();
    }

    /** The table's file gives the server the error that a full disk gives it: what is done about it is not decided by a test's own SQLState. */
    @Test
    @Guarantee({"G1", "G5"})
    @Pitfall(8)
    void aTableThatFindsNoRoomOnItsDiskWaitsAndHurtsNoTenant() throws Exception {
        assumeTrue(Files.isWritable(FULL), "this system has no file that is always full");
        fixture.tenant("a");
        fixture.tenant("b");
        Path file = file(fixture.target, "link"); // nobody has opened it yet
        Path aside = file.resolveSibling(file.getFileName() + "_aside");
        Files.move(file, aside);
        Files.createSymbolicLink(file, FULL);
        DualWrite applier = fixture.start();
        try {
            link("a", 1);
            assertThat(awaitState(applier, State.RETRYING).stoppedReason()).contains("SQLState 53100");
            link("b", 1);
            link("a", 2);
            assertThat(applier.quarantined(fixture.source, fixture.target)).isEmpty();
            assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from link"))
                    .isZero();
        } finally {
            Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
            fixture.cluster.execute(
                    fixture.target,
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        }
        fixture.awaitApplied();
        awaitState(applier, State.RUNNING);
        assertSidesEqual();
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from link"))
                .isEqualTo(3);
        assertThat(applier.quarantined(fixture.source, fixture.target)).isEmpty();
    }

    private List<PostgresServer> servers(Stopped which) {
        PostgresServer source = fixture.cluster.server(fixture.source);
        PostgresServer target = fixture.cluster.server(fixture.target);
        return switch (which) {
            case SOURCE -> List.of(source);
            case TARGET -> List.of(target);
            case BOTH -> List.of(source, target);
        };
    }

    private Path file(String side, String table) throws SQLException {
        List<String> place = fixture
                .cluster
                .query(side, "select current_setting('data_directory'), pg_relation_filepath('%s')".formatted(table))
                .get(0)
                .stream()
                .map(String::valueOf)
                .toList();
        return Path.of(place.get(0), place.get(1));
    }

    private void write(String tenant, int from, int to) throws SQLException {
        for (int i = from; i <= to; i++) {
            fixture.commit(
                    tenant,
                    LaneFixture.PARENT,
                    "insert into parent values ('%1$s', %2$d, %2$d, nextval('gv'), 'x')".formatted(tenant, i));
        }
    }

    private void link(String tenant, int a) throws SQLException {
        fixture.commit(tenant, LaneFixture.LINK, "insert into link values ('%s', %d, 1)".formatted(tenant, a));
    }

    private long applied(String tenant) throws SQLException {
        return fixture.cluster.queryLong(
                fixture.target, "select count(*) from audit where key like '%s/%%'".formatted(tenant));
    }

    private double targetState() {
        return fixture.services
                .meters()
                .get("tenantshift.applier.target.state")
                .tag("lane", fixture.lane())
                .gauge()
                .value();
    }
}
