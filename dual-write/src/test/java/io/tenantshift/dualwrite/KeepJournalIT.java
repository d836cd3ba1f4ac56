package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The journal is emptied behind the lanes, by instances that run them. */
class KeepJournalIT extends LaneContract {
    private static final String OPEN = "select count(*) from tenantshift.journal";
    private static final Duration LONG = Duration.ofSeconds(30);

    KeepJournalIT(Cluster cluster) {
        super(cluster, "legacy", "s0");
    }

    /** Entries go into the slot whose time has just passed. */
    @BeforeEach
    void writeIntoThePast() throws SQLException {
        fixture.cluster.execute(
                "legacy",
                "do $$ begin execute 'alter table tenantshift.journal alter column slot set default ' || ((date_part('epoch', clock_timestamp())::bigint / 1800 + 3) % 4); end $$");
        fixture.tenant("a");
    }

    private static DualWrite.Builder keeping() {
        return LaneFixture.builder().retention(Duration.ZERO).keepEvery(Duration.ofMillis(5));
    }

    private void insert(int id) throws SQLException {
        fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', %1$d, %1$d, 1, null)".formatted(id));
    }

    private void awaitEntries(long expected) {
        Awaitility.await(expected + " entries are left")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> fixture.cluster.queryLong("legacy", OPEN) == expected);
    }

    private double gauge(String name) {
        return fixture.services
                .meters()
                .get("tenantshift.journal." + name)
                .tag("shard", "legacy")
                .gauge()
                .value();
    }

    private static JournalStatus awaitStatus(DualWrite applier, boolean blocked) {
        return Awaitility.await("the journal is " + (blocked ? "" : "not ") + "blocked")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> applier.journals().stream()
                                .filter(s -> s.shard().equals("legacy"))
                                .findFirst()
                                .orElse(null),
                        s -> s != null && (s.blockedBy() != null) == blocked);
    }

    @Test
    @Pitfall(29)
    @Guarantee("G3")
    void slotThatEveryPositionCoversIsEmptiedAndTheLaneGoesOn() throws Exception {
        DualWrite applier = fixture.start(keeping());
        for (int id = 1; id <= 5; id++) {
            insert(id);
        }
        awaitEntries(0);
        insert(6);
        awaitEntries(0);
        assertSidesEqual();
        assertThat(fixture.rows("s0", "parent")).hasSize(6);
        awaitState(applier, State.RUNNING);
        assertThat(awaitStatus(applier, false).bytes()).isPositive();
        assertThat(gauge("blocked")).isZero();
    }

    /** Autovacuum would come a minute later at best, and not at all if the server crashes more often. */
    @Test
    void slotThatWasNeverAnalyzedIsReadByItsIndexSoonAfterABurst() throws Exception {
        fixture.cluster.execute(
                "legacy",
                "do $$ begin for n in 0..3 loop execute 'alter table tenantshift.journal_' || n || ' set (autovacuum_enabled = off)'; end loop; end $$",
                "insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image) select 'other', 2, 'legacy->nowhere', 1, 'D', array['other', n::text] from generate_series(1, 20000) n");
        fixture.start(keeping().retention(Duration.ofHours(1)));
        Awaitility.await("the planner knows the slot")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> fixture.cluster.queryLong(
                                "legacy",
                                "select count(*) from pg_stats where schemaname = 'tenantshift' and tablename like 'journal\\__' and attname = 'xid'")
                        == 1);
        assertThat(fixture.cluster.queryLong("legacy", "select count(*) from pg_stats where attname = 'image'"))
                .isZero();
    }

    @Test
    void slotStaysForTheRetention() throws Exception {
        DualWrite applier = fixture.start(keeping().retention(Duration.ofHours(1)));
        insert(1);
        fixture.awaitApplied();
        // Its time ended less than half an hour ago, or less than an hour if another one has just begun.
        assertThat(awaitStatus(applier, false).blockedBy()).isNull();
        assertThat(fixture.cluster.queryLong("legacy", OPEN)).isEqualTo(1);
    }

    @Test
    @Pitfall(42)
    @Guarantee("G1")
    void laneThatDoesNotMoveKeepsTheSlotIsSeenAndFindsAllOfIt() throws Exception {
        DualWrite applier = fixture.applier(keeping());
        fixture.cluster.execute(
                "s0", "update tenantshift.lane set holder = 'nobody', expires = now() + interval '1 day'");
        applier.start();
        insert(1);
        insert(2);
        JournalStatus status = awaitStatus(applier, true);
        assertThat(status.blockedBy()).contains("legacy->s0", "has not applied");
        assertThat(gauge("blocked")).isEqualTo(1);
        assertThat(fixture.cluster.queryLong("legacy", OPEN)).isEqualTo(2);

        fixture.cluster.execute("s0", "update tenantshift.lane set expires = null");
        awaitEntries(0);
        assertSidesEqual();
        assertThat(fixture.rows("s0", "parent")).hasSize(2);
        awaitStatus(applier, false);
    }

    @Test
    @Pitfall(29)
    @Guarantee("G5")
    void journalThatReachesItsQuotaIsSeenLongBeforeAndRefusesNobody() throws Exception {
        DualWrite applier =
                fixture.applier(keeping().journalQuota(new JournalQuota(1L << 40, 1L << 40, Duration.ofMillis(1))));
        fixture.cluster.execute(
                "s0", "update tenantshift.lane set holder = 'nobody', expires = now() + interval '1 day'");
        applier.start();
        assertThat(awaitStatus(applier, false).quotaUsed()).as("nothing waits").isLessThan(JournalQuota.WARNING);
        insert(1);
        Awaitility.await("the quota is used up")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> gauge("quota") >= 1 && gauge("oldest") > 0);
        insert(2);
        fixture.cluster.execute("s0", "update tenantshift.lane set expires = null");
        awaitEntries(0);
        Awaitility.await("the quota is free again")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> gauge("quota") < JournalQuota.WARNING);
        assertSidesEqual();
    }

    @Test
    @Pitfall({42, 52})
    @Guarantee("G1")
    void tenantInQuarantineKeepsTheSlotWithHisEntriesUntilHeIsReleased() throws Exception {
        fixture.tenant("b");
        fixture.seed("s0", "insert into parent values ('b', 99, 1, 1, null)");
        DualWrite applier = fixture.start(keeping());
        fixture.commit("b", LaneFixture.PARENT, "insert into parent values ('b', 1, 1, 1, null)");
        insert(1);
        assertThat(awaitStatus(applier, true).blockedBy()).isNotNull();
        Awaitility.await("b is in quarantine and named")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> String.valueOf(awaitStatus(applier, true).blockedBy())
                        .contains("tenant \"b\" of lane \"legacy->s0\" is in quarantine"));
        assertThat(fixture.rows("s0", "parent")).hasSize(2);
        assertThat(fixture.cluster.queryLong("legacy", OPEN + " where tenant_id = 'b'"))
                .isEqualTo(1);

        fixture.seed("s0", "delete from parent where tenant_id = 'b' and id = 99");
        applier.release("legacy", "s0", "b");
        awaitEntries(0);
        assertSidesEqual();
    }

    /** He has waited for hours: a slot after that of his entries has been emptied. */
    @Test
    @Pitfall({42, 52})
    @Guarantee("G5")
    void tenantInQuarantineIsReleasedThoughALaterSlotHasBeenEmptied() throws Exception {
        fixture.tenant("b");
        fixture.seed("s0", "insert into parent values ('b', 99, 1, 1, null)");
        DualWrite applier = fixture.start(keeping());
        fixture.commit("b", LaneFixture.PARENT, "insert into parent values ('b', 1, 1, 1, null)");
        Awaitility.await("b is in quarantine")
                .atMost(LONG)
                .until(() -> !applier.quarantined("legacy", "s0").isEmpty());
        // Another one that is due: the one before.
        fixture.cluster.execute(
                "legacy",
                "do $$ begin execute 'alter table tenantshift.journal alter column slot set default ' || ((date_part('epoch', clock_timestamp())::bigint / 1800 + 2) % 4); end $$");
        insert(1);
        awaitEntries(1);
        fixture.seed("s0", "delete from parent where tenant_id = 'b' and id = 99");
        assertThat(applier.release("legacy", "s0", "b")).isInstanceOf(ReleaseOutcome.Released.class);
        awaitEntries(0);
        assertSidesEqual();
    }

    @Test
    void theTenantsWithMostInTheJournalAreNamedTheLargestFirst() throws Exception {
        fixture.tenant("b");
        DualWrite applier = fixture.applier(LaneFixture.builder());
        assertThat(applier.largestInJournal("legacy", 5)).isEmpty();
        insert(1);
        insert(2);
        fixture.commit("b", LaneFixture.PARENT, "insert into parent values ('b', 1, 1, 1, repeat('x', 1000))");
        assertThat(applier.largestInJournal("legacy", 5)).containsExactly("b", "a");
        assertThat(applier.largestInJournal("legacy", 1)).containsExactly("b");
    }

    @Test
    @Pitfall(42)
    @Guarantee("G1")
    void targetGoesBackBehindWhatWasEmptiedAndTheLaneStopsInsteadOfReadingTheGap() throws Exception {
        DualWrite applier = fixture.start(keeping());
        insert(1);
        awaitEntries(0);
        String position = String.valueOf(fixture.cluster
                .query("s0", "select applied from tenantshift.lane where lane = 'legacy->s0'")
                .get(0)
                .get(0));
        insert(2);
        awaitEntries(0);
        applier.close();
        fixture.cluster.execute(
                "s0",
                "set tenantshift.applier = 'on'",
                "update tenantshift.lane set applied = '" + position + "' where lane = 'legacy->s0'",
                "update parent set v = v where false");

        DualWrite next = fixture.start(keeping());
        assertThat(awaitState(next, State.OWNERSHIP_UNKNOWN).stoppedReason())
                .contains("has been emptied", "the target was restored");
        try (Connection authority = fixture.cluster.connect("legacy");
                Connection other = fixture.cluster.connect("s0")) {
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> next.isDrained(authority, other, "legacy->s0", "a"))
                    .withMessageContaining("ownership unknown");
        }
    }
}
