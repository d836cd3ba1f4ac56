package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.dualwrite.ReleaseOutcome.NotInQuarantine;
import io.tenantshift.dualwrite.ReleaseOutcome.Released;
import io.tenantshift.dualwrite.ReleaseOutcome.StillInQuarantine;
import io.tenantshift.dualwrite.internal.lane.LaneId;
import io.tenantshift.dualwrite.internal.lane.StepListener;
import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant whose entry cannot be applied waits alone; released, he has missed nothing and is given nothing twice. */
abstract class QuarantineContract extends LaneContract {
    private static final String POISON = "alter table parent add constraint poison check (note <> 'poison')";
    private static final String CURE = "alter table parent drop constraint poison";

    QuarantineContract(Cluster cluster, String source, String target) {
        super(cluster, source, target);
    }

    private static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    private void write(String tenant, int id, String note) throws Exception {
        fixture.commit(
                tenant,
                LaneFixture.PARENT,
                "insert into parent values ('%s', %2$d, %2$d, nextval('gv'), '%3$s')".formatted(tenant, id, note),
                "update parent set v = nextval('gv') where tenant_id = '%s' and id = %d".formatted(tenant, id));
    }

    private ReleaseOutcome release(DualWrite applier) throws Exception {
        return applier.release(fixture.source, fixture.target, "p");
    }

    private long waiting(DualWrite applier) throws Exception {
        return applier.backlog(fixture.source, fixture.target, "p").entries();
    }

    private List<QuarantinedTenant> quarantined(DualWrite applier) throws Exception {
        return applier.quarantined(fixture.source, fixture.target);
    }

    private double gauge(String name) {
        return fixture.services
                .meters()
                .get("tenantshift.applier." + name)
                .tag("lane", fixture.lane())
                .gauge()
                .value();
    }

    @Test
    @Guarantee("G5")
    @Pitfall({8, 29, 52})
    void aPoisonTenantWaitsAndCostsTheOthersNothing() throws Exception {
        List<String> others = List.of("a", "b", "c");
        for (String tenant : List.of("p", "a", "b", "c")) {
            fixture.tenant(tenant);
        }
        fixture.cluster.execute(
                fixture.target,
                POISON,
                "create sequence attempts",
                "create function attempt() returns trigger language plpgsql as $$ begin perform nextval('public.attempts'); return new; end $$",
                "create trigger attempt before insert or update on parent for each row when (new.tenant_id = 'p') execute function attempt()");
        DualWrite applier = fixture.start();
        write("p", 1, "poison");
        QuarantinedTenant held = awaitQuarantine(applier, "p");
        long attempts = fixture.cluster.queryLong(fixture.target, "select last_value from attempts");

        int transactions = 40;
        for (int i = 2; i <= transactions; i++) {
            for (String tenant : others) {
                write(tenant, i, "good");
            }
            write("p", i, "as good");
        }
        fixture.awaitApplied();
        for (String tenant : others) {
            String rows = "select * from parent where tenant_id = '" + tenant + "' order by id";
            assertThat(fixture.cluster.query(fixture.target, rows))
                    .as(tenant)
                    .hasSize(transactions - 1)
                    .isEqualTo(fixture.cluster.query(fixture.source, rows));
        }
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from audit"))
                .as("rows written for the others, each entry once")
                .isEqualTo(2L * others.size() * (transactions - 1));
        assertThat(fixture.cluster.queryLong(fixture.target, "select last_value from attempts"))
                .as("rows tried for the tenant in quarantine since he is there")
                .isEqualTo(attempts);
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from parent where tenant_id = 'p'"))
                .isZero();

        assertThat(waiting(applier)).isEqualTo(2L * transactions);
        assertThat(applier.backlog(fixture.source, fixture.target).entries()).isZero();
        assertThat(gauge("quarantined")).isEqualTo(1);
        assertThat(gauge("quarantine.age")).isPositive();
        assertThat(gauge("stopped")).isZero();
        assertThat(awaitState(applier, State.RUNNING).quarantined()).isEqualTo(1);
        assertThat(held.epoch()).isEqualTo(LaneFixture.EPOCH);

        fixture.cluster.execute(fixture.target, CURE);
        assertThat(release(applier)).isEqualTo(new Released("p", 2L * transactions));
        write("p", 1_000, "after the release");
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
        assertThat(quarantined(applier)).isEmpty();
        assertThat(release(applier)).isEqualTo(new NotInQuarantine(fixture.lane(), "p"));
    }

    @Test
    void theReasonTellsWhereTheEntryStandsAndNoValueOfARow() throws Exception {
        fixture.tenant("p");
        fixture.cluster.execute(fixture.target, POISON);
        DualWrite applier = fixture.start();
        write("p", 1, "secret");
        write("p", 2, "poison");
        QuarantinedTenant held = awaitQuarantine(applier, "p");
        List<String> entry = fixture
                .cluster
                .query(
                        fixture.source,
                        "select seq, xid from tenantshift.journal where image[5] = 'poison' order by seq")
                .get(0)
                .stream()
                .map(String::valueOf)
                .toList();
        assertThat(held.seq()).isEqualTo(Long.parseLong(entry.get(0)));
        assertThat(held.xid()).isEqualTo(entry.get(1));
        assertThat(held.layout()).isEqualTo(LaneFixture.PARENT);
        assertThat(held.table()).isEqualTo("\"public\".\"parent\"");
        assertThat(held.sqlState()).isEqualTo("23514");
        assertThat(held.reason()).isEqualTo("SQLState 23514 by constraint \"poison\"");
        // The constraint's name has been chosen badly for this.
        assertThat(held.toString().replace("constraint \"poison\"", "")).doesNotContain("poison", "secret");
        assertThat(applier.quarantined()).containsExactly(held);
    }

    /** The lane has passed some of the tenant's entries in the very window in which one fails. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 2_000})
    @Guarantee({"G1", "G3", "G4"})
    @Pitfall({52, 69})
    void heldBackInTheMiddleOfAWindowHeIsGivenTheRestAndNothingTwice(int pieceEntries) throws Exception {
        fixture.tenant("p");
        fixture.tenant("a");
        fixture.cluster.execute(fixture.target, POISON);
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        for (int i = 1; i <= 12; i++) {
            write("p", i, i == 7 ? "poison" : "good");
            write("a", i, "good");
        }
        applier.start();
        awaitQuarantine(applier, "p");
        fixture.awaitApplied();
        long inQuarantine = waiting(applier);
        assertThat(inQuarantine).isBetween(12L, 24L);
        for (int i = 13; i <= 16; i++) {
            write("p", i, "later");
            write("a", i, "later");
        }
        fixture.awaitApplied();
        fixture.cluster.execute(fixture.target, CURE);
        assertThat(release(applier)).isEqualTo(new Released("p", inQuarantine + 8));
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    @Guarantee({"G1", "G2"})
    @Pitfall(52)
    void heIsNeitherDrainedNorCoveredAndRunsNoWork() throws Exception {
        fixture.tenant("p");
        fixture.tenant("a");
        fixture.cluster.execute(fixture.target, POISON);
        DualWrite applier = fixture.start();
        write("p", 1, "poison");
        awaitQuarantine(applier, "p");
        write("a", 1, "good");
        fixture.awaitApplied();
        String now = String.valueOf(fixture.cluster
                .query(fixture.source, "select pg_current_snapshot()")
                .get(0)
                .get(0));
        try (Connection authority = fixture.cluster.connect(fixture.source);
                Connection other = fixture.cluster.connect(fixture.target)) {
            assertThat(applier.isDrained(authority, other, fixture.lane(), "a")).isTrue();
            assertThat(applier.isDrained(authority, other, fixture.lane(), "p")).isFalse();
        }
        assertThat(applier.covers(placement("a"), now)).isTrue();
        assertThat(applier.covers(placement("p"), now)).isFalse();
        assertThatThrownBy(() -> applier.submit(
                                fixture.source, fixture.target, CopyWork.all(fixture, "p", LaneFixture.PARENT))
                        .get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(BoundaryRefusedException.class)
                .hasMessageContaining("is in quarantine on lane")
                .hasMessageContaining("23514")
                .hasMessageContaining("release the tenant");
    }

    private Placement placement(String tenant) {
        return new Placement(
                tenant, fixture.source, fixture.target, Phase.DUAL_WRITE, LaneFixture.EPOCH, fixture.lane());
    }

    @ParameterizedTest
    @ValueSource(strings = {"before", "after"})
    @Guarantee({"G1", "G12"})
    void anApplierThatDiesWhileItHoldsHimBackLeavesItToTheNextOne(String point) throws Exception {
        fixture.tenant("p");
        fixture.tenant("a");
        fixture.cluster.execute(fixture.target, POISON);
        CountDownLatch dead = new CountDownLatch(1);
        DualWrite first = fixture.applier(LaneFixture.builder().pieceEntries(3).listener(new StepListener() {
            @Override
            public void beforeHold(LaneId lane) {
                die("before", lane);
            }

            @Override
            public void afterHold(LaneId lane) {
                die("after", lane);
            }

            private void die(String reached, LaneId lane) {
                if (reached.equals(point) && lane.name().equals(fixture.lane())) {
                    dead.countDown();
                    throw new Crash();
                }
            }
        }));
        for (int i = 1; i <= 6; i++) {
            write("p", i, i == 3 ? "poison" : "good");
            write("a", i, "good");
        }
        first.start();
        assertThat(dead.await(10, TimeUnit.SECONDS)).isTrue();
        first.close();
        DualWrite second = fixture.start();
        awaitQuarantine(second, "p");
        fixture.awaitApplied();
        fixture.cluster.execute(fixture.target, CURE);
        assertThat(release(second)).isInstanceOf(Released.class);
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    @Guarantee({"G1", "G4"})
    void aReleaseThatFailsKeepsWhatItCouldApplyAndSaysWhereItIsNow() throws Exception {
        fixture.tenant("p");
        fixture.cluster.execute(fixture.target, POISON);
        DualWrite applier = fixture.start(LaneFixture.builder().pieceEntries(2));
        write("p", 1, "poison");
        long first = awaitQuarantine(applier, "p").seq();
        for (int i = 2; i <= 5; i++) {
            write("p", i, i == 4 ? "second poison" : "good");
        }
        fixture.awaitApplied();
        fixture.cluster.execute(
                fixture.target, CURE, "alter table parent add constraint poison check (note <> 'second poison')");
        ReleaseOutcome outcome = release(applier);
        assertThat(outcome).isInstanceOfSatisfying(StillInQuarantine.class, still -> {
            assertThat(still.tenant().seq()).isGreaterThan(first);
            assertThat(still.tenant().failedReleases()).isEqualTo(1);
            assertThat(still.reason())
                    .contains("23514", "entry " + still.tenant().seq());
        });
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from parent"))
                .isEqualTo(3);
        assertThat(waiting(applier)).isEqualTo(4);
        fixture.cluster.execute(fixture.target, CURE);
        assertThat(release(applier)).isEqualTo(new Released("p", 4));
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    /** 1. He is where the lane is. 2. The lane passes over an entry of his, for he is in quarantine. 3. He is released: nobody applies it. */
    @Test
    @Guarantee("G1")
    @Pitfall(52)
    void anEntryThatComesWhileHeRejoinsIsNotPassedOver() throws Exception {
        fixture.tenant("p");
        fixture.tenant("a");
        fixture.cluster.execute(fixture.target, POISON);
        DualWrite applier = fixture.start();
        write("p", 1, "poison");
        awaitQuarantine(applier, "p");
        fixture.cluster.execute(fixture.target, CURE);
        Checkpoints points = new Checkpoints();
        DualWrite operator = fixture.applier(LaneFixture.builder().listener(new StepListener() {
            @Override
            public void beforeRejoin(LaneId lane) {
                points.reach("rejoins");
            }
        }));
        Actor<ReleaseOutcome> release = Actor.call("operator", () -> release(operator));
        try {
            points.awaitReached("rejoins");
            write("p", 2, "comes while he rejoins");
            write("a", 1, "good");
            applier.wake(fixture.lane());
            // The lane has seen them and waits for its row.
            fixture.cluster.awaitLockWaiters(fixture.target, 1);
        } finally {
            points.openAll();
        }
        assertThat(release.await()).isEqualTo(new Released("p", 2));
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    @Guarantee({"G1", "G4"})
    @Pitfall({52, 69})
    void underLoadHeIsReleasedByAnotherInstanceAndMissesNothing() throws Exception {
        for (String tenant : List.of("p", "a", "b")) {
            fixture.tenant(tenant);
        }
        fixture.cluster.execute(fixture.target, POISON);
        fixture.start(LaneFixture.builder().pieceEntries(5));
        DualWrite operator = fixture.applier(LaneFixture.builder().pieceEntries(5));
        List<Actor<Void>> writers = new ArrayList<>();
        for (String tenant : List.of("p", "a", "b")) {
            writers.add(Actor.call("writer-" + tenant, () -> {
                for (int i = 1; i <= 150; i++) {
                    write(tenant, i, tenant.equals("p") && i % 40 == 10 ? "poison" : "good");
                }
                return null;
            }));
        }
        org.awaitility.Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> !quarantined(operator).isEmpty());
        fixture.cluster.execute(fixture.target, CURE);
        assertThat(release(operator)).isInstanceOf(Released.class);
        for (Actor<Void> writer : writers) {
            writer.await(Duration.ofSeconds(60));
        }
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    /** 1. An entry of his fails. 2. His copy is voided and begun anew, at the next epoch. 3. The lane wants to hold him back. */
    @Test
    @Guarantee("G3")
    @Pitfall(52)
    void whatFailedForACopyThatIsVoidHoldsNobodyBack() throws Exception {
        fixture.tenant("p");
        fixture.cluster.execute(
                fixture.target,
                "create function stumble() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(4711); raise check_violation; end $$",
                "create trigger stumble before insert on parent for each row execute function stumble()");
        DualWrite applier = fixture.start();
        Actor<Boolean> coordinator;
        try (Connection stone = fixture.cluster.connect(fixture.target)) {
            stone.createStatement().execute("select pg_advisory_lock(4711)");
            write("p", 1, "good");
            fixture.cluster.awaitLockWaiters(fixture.target, 1);
            coordinator = Actor.run("coordinator", this::beginCopyAnew);
            // He gets the tenant's lock when the lane's transaction has failed, and the lane waits behind him.
            fixture.cluster.awaitLockWaiters(fixture.target, 2);
        }
        coordinator.await();
        fixture.awaitApplied();
        assertThat(quarantined(applier)).isEmpty();
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from parent"))
                .isZero();
    }

    private void beginCopyAnew() throws Exception {
        try (Connection target = fixture.cluster.connect(fixture.target)) {
            target.setAutoCommit(false);
            Fence.lockExclusive(target, "p");
            target.createStatement()
                    .execute("update tenantshift.fence set epoch = epoch + 1 where tenant_id = 'p';"
                            + " insert into tenantshift.copy (tenant_id, lane, epoch, status) values ('p', '%s', %d, 'copying')"
                                    .formatted(fixture.lane(), LaneFixture.EPOCH + 1));
            target.commit();
        }
    }

    @Test
    void soManyTenantsPointToTheTarget() throws Exception {
        for (String tenant : List.of("a", "b", "p")) {
            fixture.tenant(tenant);
        }
        fixture.cluster.execute(fixture.target, POISON);
        DualWrite applier = fixture.start(LaneFixture.builder().mostQuarantined(2));
        for (String tenant : List.of("a", "b", "p")) {
            write(tenant, 1, "poison");
        }
        assertThat(awaitState(applier, State.STOPPED).stoppedReason())
                .contains("2 tenants are in quarantine, the limit", "mostQuarantined");
        assertThat(quarantined(applier)).hasSize(2);
        fixture.cluster.execute(fixture.target, CURE);
        fixture.awaitApplied();
        for (QuarantinedTenant held : quarantined(applier)) {
            assertThat(applier.release(fixture.source, fixture.target, held.tenant()))
                    .isInstanceOf(Released.class);
        }
        assertSidesEqual();
    }

    @Test
    @Guarantee("G5")
    @Pitfall(63)
    void whatFailsAtTheCommitIsTheTenantsWhoseItIs() throws Exception {
        for (String tenant : List.of("a", "b", "p")) {
            fixture.tenant(tenant);
        }
        fixture.cluster.execute(
                fixture.target,
                "alter table parent add constraint once unique (tenant_id, note) deferrable initially deferred");
        DualWrite applier = fixture.applier(LaneFixture.builder());
        for (String tenant : List.of("a", "p", "b")) {
            write(tenant, 1, "first");
            write(tenant, 2, tenant.equals("p") ? "first" : "second");
        }
        applier.start();
        assertThat(awaitQuarantine(applier, "p").reason()).isEqualTo("SQLState 23505 by constraint \"once\"");
        fixture.awaitApplied();
        assertThat(quarantined(applier)).hasSize(1);
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from parent"))
                .isEqualTo(4);
        assertThat(release(applier)).isInstanceOf(StillInQuarantine.class);
        fixture.cluster.execute(fixture.target, "alter table parent drop constraint once");
        assertThat(release(applier)).isEqualTo(new Released("p", 4));
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    @Guarantee("G3")
    @Pitfall({10, 62})
    void heldBackInTheMiddleOfHisCopyHeGoesOnWhereItIs() throws Exception {
        fixture.tenant("p");
        fixture.seed(
                fixture.source,
                "insert into parent select 'p', g, g, nextval('gv'), 'old' from generate_series(1, 6) g",
                "insert into child select 'p', g, g, nextval('gv') from generate_series(1, 6) g");
        CopyWork.begin(fixture, "p");
        DualWrite applier = fixture.start();
        applier.submit(fixture.source, fixture.target, new CopyWork(fixture, "p", LaneFixture.PARENT, 3))
                .get(10, TimeUnit.SECONDS);
        fixture.cluster.execute(fixture.target, POISON);
        fixture.commit(
                "p",
                LaneFixture.PARENT,
                "update parent set note = 'poison', v = 0 where id in (2, 5)",
                "insert into parent values ('p', 7, 7, nextval('gv'), 'beyond')");
        awaitQuarantine(applier, "p");
        fixture.commit("p", LaneFixture.CHILD, "delete from child where id = 3");
        fixture.commit("p", LaneFixture.PARENT, "delete from parent where id = 3");
        fixture.awaitApplied();
        assertThat(fixture.cluster.query(fixture.target, "select id from parent order by id"))
                .isEqualTo(List.of(List.of("1"), List.of("2"), List.of("3")));

        fixture.cluster.execute(fixture.target, CURE);
        assertThat(release(applier)).isEqualTo(new Released("p", 2));
        assertThat(fixture.cluster.query(fixture.target, "select id, note from parent order by id"))
                .isEqualTo(List.of(List.of("1", "old"), List.of("2", "poison")));
        for (int layout : new int[] {LaneFixture.PARENT, LaneFixture.CHILD}) {
            applier.submit(fixture.source, fixture.target, CopyWork.all(fixture, "p", layout))
                    .get(10, TimeUnit.SECONDS);
        }
        assertSidesEqual();
    }
}
