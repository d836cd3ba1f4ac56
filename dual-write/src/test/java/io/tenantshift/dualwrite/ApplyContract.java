package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What may be written to the target, and what stops the lane instead. */
abstract class ApplyContract extends LaneContract {
    /** More tenants than a lane takes into one transaction if it can choose. */
    private static final int MANY = 600;

    ApplyContract(Cluster cluster, String source, String target) {
        super(cluster, source, target);
    }

    @Test
    @Guarantee("G8")
    @Pitfall(70)
    void aKeyWithoutTheTenantNeverTakesTheNeighboursRow() throws Exception {
        fixture.tenant("a");
        fixture.seed(fixture.target, "insert into shared values (7, 'neighbour', 1)");
        DualWrite applier = fixture.start();
        fixture.commit("a", LaneFixture.SHARED, "insert into shared values (7, 'a', 2)");
        QuarantinedTenant held = awaitQuarantine(applier, "a");
        assertThat(held.reason()).contains("changed 0 rows, expected 1").doesNotContain("neighbour");
        assertThat(fixture.rows(fixture.target, "shared")).isEqualTo(List.of(List.of("7", "neighbour", "1")));
        assertThat(applier.backlog(fixture.source, fixture.target, "a").entries())
                .isEqualTo(1);

        fixture.seed(fixture.target, "delete from shared");
        assertThat(applier.release(fixture.source, fixture.target, "a")).isEqualTo(new ReleaseOutcome.Released("a", 1));
        assertSidesEqual();
    }

    @Test
    @Pitfall(70)
    void aDeleteByAKeyWithoutTheTenantNeverTakesTheNeighboursRow() throws Exception {
        fixture.tenant("a");
        fixture.seed(fixture.source, "insert into shared values (7, 'a', 1)");
        fixture.seed(fixture.target, "insert into shared values (7, 'neighbour', 1)");
        DualWrite applier = fixture.start();
        fixture.commit("a", LaneFixture.SHARED, "delete from shared");
        awaitQuarantine(applier, "a");
        assertThat(fixture.rows(fixture.target, "shared")).hasSize(1);
    }

    @Test
    @Pitfall(56)
    void keysThatDifferAsTextButNotAsNumbersAreOneRow() throws Exception {
        fixture.tenant("a");
        fixture.applier(LaneFixture.builder());
        try (Connection connection = fixture.enter("a")) {
            LaneFixture.write(connection, LaneFixture.SHARED, "insert into shared values (1.0, 'a', 1)");
            LaneFixture.write(connection, LaneFixture.SHARED, "delete from shared");
            LaneFixture.write(connection, LaneFixture.SHARED, "insert into shared values (1.00, 'a', 2)");
            // Two images of one key whose texts differ, next to each other.
            connection.createStatement().execute("""
                    insert into tenantshift.journal (tenant_id, layout, op, image) values
                        ('a', 3, 'U', '{1.000,a,3}'), ('a', 3, 'U', '{1.0,a,4}')""");
            connection.commit();
        }
        fixture.start();
        fixture.awaitApplied();
        assertThat(fixture.rows(fixture.target, "shared")).isEqualTo(List.of(List.of("1.00", "a", "4")));
    }

    @Test
    @Pitfall(12)
    void aLongValueThatWasNotTouchedIsNotLost() throws Exception {
        fixture.tenant("a");
        fixture.seed(
                fixture.source,
                "insert into parent select 'a', 1, 1, 1, string_agg(md5(g::text), '') from generate_series(1, 400) g");
        fixture.start();
        fixture.commit("a", LaneFixture.PARENT, "update parent set v = 2");
        fixture.awaitApplied();
        assertSidesEqual();
        assertThat(fixture.cluster.queryLong(fixture.target, "select length(note) from parent"))
                .isEqualTo(12_800);
    }

    @Test
    @Pitfall(18)
    void uniqueValuesThatAreSwappedPassOneByOne() throws Exception {
        fixture.tenant("a");
        String rows = "insert into parent values ('a', 1, 1, 1, null), ('a', 2, 2, 2, null)";
        fixture.seed(fixture.source, rows);
        fixture.seed(fixture.target, rows);
        fixture.applier(LaneFixture.builder());
        fixture.commit(
                "a",
                LaneFixture.PARENT,
                "update parent set u = -u where id = 1",
                "update parent set u = 1 where id = 2",
                "update parent set u = 2 where id = 1",
                "delete from parent where id = 2",
                "insert into parent values ('a', 3, 1, 3, null)",
                "update parent set u = 9 where id = 3",
                "insert into parent values ('a', 2, 1, 3, null)");
        fixture.start();
        fixture.awaitApplied();
        assertSidesEqual();
    }

    @Test
    @Guarantee("G2")
    @Pitfall(50)
    void aTenantThatIsOpenOnTheTargetIsNotWrittenThere() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.applier(LaneFixture.builder());
        fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 1, 1, 1, null)");
        fixture.fence(fixture.target, "a", FenceState.OPEN, LaneFixture.EPOCH + 1);
        applier.start();
        assertThat(awaitQuarantine(applier, "a").reason()).contains("is open 3 on");
        assertThat(fixture.rows(fixture.target, "parent")).isEmpty();
        assertThat(applier.backlog(fixture.source, fixture.target, "a").entries())
                .isEqualTo(1);
        assertThat(applier.release(fixture.source, fixture.target, "a"))
                .asString()
                .contains("StillInQuarantine", "expected following");
    }

    @Test
    @Guarantee({"G1", "G4"})
    void aTransactionOfMoreTenantsThanAPieceIsMeantToHaveIsAppliedWhole() throws Exception {
        many();
        fixture.applier(LaneFixture.builder().pieceEntries(1));
        fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 1, 1, nextval('gv'), 'before')");
        fixture.commit(
                "a",
                LaneFixture.PARENT,
                "insert into parent select 'm' || g, 1, 1, nextval('gv'), 'many' from generate_series(1, " + MANY
                        + ") g",
                "update parent set v = nextval('gv'), note = 'once more' where tenant_id <> 'a'");
        fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 2, 2, nextval('gv'), 'after')");
        fixture.start(LaneFixture.builder().pieceEntries(1));
        fixture.awaitApplied();
        assertSidesEqual();
        assertThat(fixture.cluster.queryLong(
                        fixture.target, "select count(distinct tenant_id) from parent where note = 'once more'"))
                .isEqualTo(MANY);
        assertEachEntryAppliedOnceInOrder();
    }

    /** The first transaction is tried alone, and cannot be; so it goes with what comes after it, which is of yet more tenants. */
    @Test
    @Guarantee({"G1", "G4"})
    void aTransactionOfManyTenantsGoesWithTheOneThatMakesItGood() throws Exception {
        many();
        fixture.cluster.execute(
                fixture.target,
                "create function whole() returns trigger language plpgsql as $$ begin if (select count(*) from public.parent) = "
                        + MANY + " then raise 'more are to come' using errcode = '23503'; end if; return null; end $$",
                "create constraint trigger whole after insert on parent deferrable initially deferred for each row execute function whole()");
        fixture.applier(LaneFixture.builder());
        fixture.commit(
                "a",
                LaneFixture.PARENT,
                "insert into parent select 'm' || g, 1, 1, nextval('gv'), null from generate_series(1, " + MANY
                        + ") g");
        fixture.commit(
                "a",
                LaneFixture.PARENT,
                "insert into parent select 'm' || g, 2, 2, nextval('gv'), null from generate_series(1, " + MANY
                        + ", 2) g");
        DualWrite applier = fixture.start(LaneFixture.builder().pieceEntries(1));
        fixture.awaitApplied();
        assertSidesEqual();
        assertThat(applier.quarantined(fixture.source, fixture.target)).isEmpty();
    }

    /** The tenant "a", and many beside him. */
    private void many() throws SQLException {
        fixture.tenant("a");
        for (String side : new String[] {fixture.source, fixture.target}) {
            fixture.cluster.execute(
                    side,
                    "insert into tenantshift.fence (tenant_id, epoch, state, phase, lane, attempt) select 'm' || g, epoch, state, phase, lane, attempt from tenantshift.fence, generate_series(1, "
                            + MANY + ") g");
        }
    }

    @Test
    void entriesOfATenantThatIsAbsentOrHasMovedAreDropped() throws Exception {
        for (String tenant : new String[] {"gone", "moved", "here", "unknown"}) {
            fixture.tenant(tenant);
        }
        fixture.fence(fixture.target, "gone", FenceState.ABSENT, LaneFixture.EPOCH + 1);
        fixture.fence(fixture.target, "moved", FenceState.MOVED, LaneFixture.EPOCH + 1);
        fixture.cluster.execute(fixture.target, "delete from tenantshift.fence where tenant_id = 'unknown'");
        fixture.start();
        for (String tenant : new String[] {"gone", "moved", "here", "unknown"}) {
            fixture.commit(
                    tenant, LaneFixture.PARENT, "insert into parent values ('%s', 1, 1, 1, null)".formatted(tenant));
        }
        fixture.awaitApplied();
        assertThat(fixture.cluster.query(fixture.target, "select tenant_id from parent"))
                .isEqualTo(List.of(List.of("here")));
    }

    @Test
    void aReadyTenantWaitsWhileItsAttemptLivesAndFollowsAgainWhenItHasDied() throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.start();
        FenceRow following = fixture.fence(fixture.target, "a");
        try (Connection attempt = fixture.cluster.connect(fixture.source)) {
            attempt.setAutoCommit(false);
            try (Connection writer = fixture.enter("a")) {
                LaneFixture.write(
                        writer, LaneFixture.PARENT, "insert into parent values ('a', 1, 1, nextval('gv'), null)");
                fixture.fence(
                        fixture.target,
                        following.to(FenceState.READY, LaneFixture.EPOCH + 1, Phase.TARGET_PRIMARY, UUID.randomUUID()));
                writer.commit();
            }
            Fence.lockExclusive(attempt, "a");
            awaitState(applier, State.WAITING_FOR_ATTEMPT);
            assertThat(fixture.rows(fixture.target, "parent")).isEmpty();
            // The attempt dies: its session ends.
        }
        fixture.awaitApplied();
        assertSidesEqual();
        assertThat(fixture.fence(fixture.target, "a")).hasToString("following 3");
    }
}
