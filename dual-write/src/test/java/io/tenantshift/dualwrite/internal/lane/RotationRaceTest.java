package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.internal.lane.Rotation.Outcome;
import io.tenantshift.router.control.Schema;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Entries that come into a slot while it is being emptied, and those that were there before there were slots. */
@TenantShiftCluster(shards = 0, perMethod = true)
class RotationRaceTest {
    private final Cluster cluster;

    RotationRaceTest(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void install() throws Exception {
        for (int version = 1; version < Schema.VERSION; version++) {
            try (InputStream in =
                    Schema.class.getResourceAsStream("/io/tenantshift/router/schema/V" + version + ".sql")) {
                assertThat(in).isNotNull();
                cluster.execute("legacy", new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }

    private void slots() throws SQLException {
        try (Connection connection = cluster.connect("legacy")) {
            Schema.install(connection);
        }
        cluster.execute(
                "legacy",
                "do $$ begin execute 'alter table tenantshift.journal alter column slot set default ' || ((date_part('epoch', clock_timestamp())::bigint / 1800 + 3) % 4); end $$");
    }

    private static void write(Statement statement) throws SQLException {
        statement.execute(
                "select set_config('tenantshift.tenant', 'a', true), set_config('tenantshift.epoch', '2', true), set_config('tenantshift.lane', 'legacy->s0', true)");
        statement.execute(
                "insert into tenantshift.journal (tenant_id, layout, op, image) values ('a', 1, 'U', '{a,1}')");
    }

    private long entries() throws SQLException {
        return cluster.queryLong("legacy", "select count(*) from tenantshift.journal");
    }

    private Snapshot now() throws SQLException {
        return Snapshot.parse(String.valueOf(
                cluster.query("legacy", "select pg_current_snapshot()").get(0).get(0)));
    }

    /** What is asked between the look at the slot and its lock. */
    private interface Hook {
        void run() throws SQLException;
    }

    private List<Outcome> rotate(Position position, Hook between) throws SQLException {
        try (Connection connection = cluster.connect("legacy")) {
            Rotation.Waiting waiting = new Rotation.Waiting() {
                @Override
                public Optional<Position> lane(String lane) {
                    return Optional.of(position);
                }

                @Override
                public Collection<Rotation.Held> heldBack(String lane) throws SQLException {
                    between.run();
                    return List.of();
                }

                @Override
                public void passed(String lane, String tenant, Snapshot floor) {}
            };
            return new Rotation(connection, waiting, Set.of("legacy->s0")).run(Duration.ZERO);
        }
    }

    @Test
    @Pitfall(53)
    @Guarantee("G1")
    void writerWithAnOpenTransactionCommitsBetweenTheLookAtTheSlotAndItsLock() throws Exception {
        slots();
        try (Connection writer = cluster.connect("legacy");
                Statement statement = writer.createStatement();
                Connection early = cluster.connect("legacy");
                Statement before = early.createStatement()) {
            early.setAutoCommit(false);
            write(before);
            early.commit();
            Snapshot applied = now();
            writer.setAutoCommit(false);
            write(statement);
            List<Outcome> outcomes = rotate(Position.boundary(applied), writer::commit);

            assertThat(outcomes).anyMatch(Outcome.Busy.class::isInstance);
            assertThat(entries()).isEqualTo(2);
            assertThat(rotate(Position.boundary(applied), () -> {})).anyMatch(Outcome.Blocked.class::isInstance);
            assertThat(rotate(Position.boundary(now()), () -> {})).anyMatch(Outcome.Emptied.class::isInstance);
            assertThat(entries()).isZero();
        }
    }

    @Test
    @Pitfall(53)
    @Guarantee("G1")
    void writerWithAnOpenTransactionKeepsTheSlotAndNobodyWaitsLongForIt() throws Exception {
        slots();
        try (Connection writer = cluster.connect("legacy");
                Statement statement = writer.createStatement();
                Connection early = cluster.connect("legacy");
                Statement before = early.createStatement()) {
            early.setAutoCommit(false);
            write(before);
            early.commit();
            writer.setAutoCommit(false);
            write(statement);
            assertThat(rotate(Position.boundary(now()), () -> {})).anyMatch(Outcome.Busy.class::isInstance);
            writer.commit();
            assertThat(entries()).isEqualTo(2);
        }
    }

    @Test
    @Pitfall(42)
    void positionThatHasATransactionInProgressDoesNotCoverItsEntries() throws Exception {
        slots();
        Snapshot during;
        try (Connection writer = cluster.connect("legacy");
                Statement statement = writer.createStatement();
                Connection later = cluster.connect("legacy");
                Statement second = later.createStatement()) {
            writer.setAutoCommit(false);
            write(statement);
            later.setAutoCommit(false);
            write(second);
            later.commit();
            during = now();
            writer.commit();
        }
        assertThat(rotate(Position.boundary(during), () -> {})).anyMatch(Outcome.Blocked.class::isInstance);
        assertThat(rotate(Position.boundary(now()), () -> {})).anyMatch(Outcome.Emptied.class::isInstance);
        Snapshot floor = Snapshot.parse(String.valueOf(
                cluster.query("legacy", "select floor from tenantshift.journal_slot where floor is not null")
                        .get(0)
                        .get(0)));
        assertThat(now().covers(floor)).isTrue();
        assertThat(during.covers(floor)).isFalse();
    }

    @Test
    @Guarantee("G1")
    void entriesFromBeforeThereWereSlotsAreKeptReadAndEmptiedLikeOthers() throws Exception {
        try (Connection writer = cluster.connect("legacy");
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            write(statement);
            writer.commit();
        }
        Snapshot old = now();
        slots();
        try (Connection writer = cluster.connect("legacy");
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            write(statement);
            writer.commit();
            try (ResultSet row = statement.executeQuery(
                    "select string_agg(seq || ' ' || tenant_id || ' ' || image::text, ', ' order by seq) from tenantshift.journal")) {
                row.next();
                assertThat(row.getString(1)).isEqualTo("1 a {a,1}, 2 a {a,1}");
            }
            writer.rollback();
        }
        assertThat(rotate(Position.boundary(old), () -> {}))
                .anyMatch(Outcome.Emptied.class::isInstance)
                .anyMatch(Outcome.Blocked.class::isInstance);
        assertThat(entries()).isEqualTo(1);
        assertThat(rotate(Position.boundary(now()), () -> {})).anyMatch(Outcome.Emptied.class::isInstance);
        assertThat(entries()).isZero();
    }
}
