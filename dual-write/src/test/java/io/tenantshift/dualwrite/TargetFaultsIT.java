package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.fault.Direction;
import io.tenantshift.testkit.fault.FaultProxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is the target's fault hurts no tenant: nobody is put in quarantine for it, nothing is lost, and the lane goes on by itself. */
class TargetFaultsIT extends LaneContract {
    private static final String APPLIER = "lane_of_target_faults";
    private static final List<String> TENANTS = List.of("a", "b", "c");

    /** Of the test that runs: held until the fault ends. */
    private @Nullable Connection holder;

    TargetFaultsIT(Cluster cluster) {
        super(cluster, "legacy", "s0");
    }

    /** What may befall a target, and what its lane is to do. */
    enum Fault {
        /** 25006 in every transaction: a standby that was not promoted, or an operator who saves a full disk. */
        READ_ONLY(State.RETRYING, true),
        /** 53300 for every connection. */
        NO_CONNECTIONS(State.RETRYING, true),
        /** 53100 when a table should grow. */
        DISK_FULL(State.RETRYING, true),
        /** 55P03 for a table that somebody keeps locked. */
        LOCKED(State.RETRYING, false),
        /** 42P01. */
        TABLE_LOST(State.STOPPED, false),
        /** 42703. */
        COLUMN_LOST(State.STOPPED, false),
        /** 42501. */
        RIGHT_LOST(State.STOPPED, false),
        /** 42P10: the upsert finds no key. */
        KEY_LOST(State.STOPPED, false),
        /** TS013: a newer library has been there, which may mean something else by a position. */
        NEWER_SCHEMA(State.STOPPED, false);

        private final State state;

        /** Whether the lanes to this target wait for each other. */
        private final boolean outage;

        Fault(State state, boolean outage) {
            this.state = state;
            this.outage = outage;
        }
    }

    @ParameterizedTest
    @EnumSource
    @Guarantee({"G1", "G5"})
    @Pitfall({8, 34})
    void noTenantIsPutInQuarantineForIt(Fault fault) throws Exception {
        TENANTS.forEach(this::tenant);
        createRole();
        try {
            fixture.services.users.put(fixture.target, APPLIER);
            DualWrite applier = fixture.start();
            write(1);
            fixture.awaitApplied();
            begin(fault);
            write(2);
            LaneStatus status = awaitState(applier, fault.state);
            assertThat(status.stoppedReason())
                    .contains(fault == Fault.NEWER_SCHEMA ? "this library knows" : "SQLState ");
            assertThat(quarantined()).isZero();
            assertThat(fixture.cluster.queryLong(fixture.source, "select count(*) from parent"))
                    .as("the application goes on")
                    .isEqualTo(2L * TENANTS.size());
            if (fault.outage) {
                Awaitility.await("the breaker is open")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> targetState() == 2);
            }
            end(fault);
            fixture.awaitApplied();
            awaitState(applier, State.RUNNING);
            assertThat(targetState()).isZero();
            assertThat(quarantined()).isZero();
            assertSidesEqual();
            assertEachEntryAppliedOnceInOrder();
        } finally {
            fixture.close();
            fixture.cluster.execute(fixture.target, "drop owned by " + APPLIER, "drop role " + APPLIER);
        }
    }

    /** A target that takes its time, and then says nothing at all for a while. */
    @Test
    @Guarantee({"G1", "G5"})
    @Pitfall(8)
    void aTargetThatIsSlowOrSilentHoldsUpNobodyAndIsGivenAll() throws Exception {
        TENANTS.forEach(this::tenant);
        try (FaultProxy proxy = FaultProxy.before(fixture.cluster.url(fixture.target))) {
            fixture.services.urls.put(fixture.target, proxy.url(fixture.cluster.url(fixture.target)));
            DualWrite applier = fixture.start();
            write(1);
            fixture.awaitApplied();
            proxy.delay(Duration.ofMillis(20));
            write(2);
            fixture.awaitApplied();
            assertThat(awaitState(applier, State.RUNNING).stoppedReason()).isNull();
            proxy.freeze(Direction.TO_CLIENT);
            for (int id = 3; id <= 20; id++) {
                write(id); // the application does not wait
            }
            Awaitility.await("the lane has met the silence")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> proxy.held() > 0);
            assertThat(targetState()).as("nothing has failed").isZero();
            proxy.heal();
            fixture.awaitApplied();
            awaitState(applier, State.RUNNING);
            assertThat(quarantined()).isZero();
            assertSidesEqual();
            assertEachEntryAppliedOnceInOrder();
            fixture.close();
        }
    }

    /** Its host hangs in the middle of a step: nothing is answered, nothing is closed. */
    @Test
    @Guarantee("G5")
    @Pitfall(8)
    void closingDoesNotWaitForATargetThatIsSilent() throws Exception {
        TENANTS.forEach(this::tenant);
        try (FaultProxy proxy = FaultProxy.before(fixture.cluster.url(fixture.target))) {
            fixture.services.urls.put(fixture.target, proxy.url(fixture.cluster.url(fixture.target)));
            DualWrite applier = fixture.start();
            write(1);
            fixture.awaitApplied();
            List<Thread> threads = threadsOfLanes();
            assertThat(threads).isNotEmpty();
            proxy.freeze(Direction.TO_CLIENT);
            write(2);
            Awaitility.await("the lane has met the silence")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> proxy.held() > 0);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(applier::close);
            try {
                assertThat(closing).succeedsWithin(Duration.ofSeconds(20));
                Awaitility.await("the lane's threads have ended")
                        .atMost(Duration.ofSeconds(5))
                        .until(() -> threads.stream().noneMatch(Thread::isAlive));
            } finally {
                proxy.heal();
            }
            fixture.start();
            fixture.awaitApplied();
            assertSidesEqual();
            assertEachEntryAppliedOnceInOrder();
            fixture.close();
        }
    }

    /** A connection that is being opened cannot be ended. */
    @Test
    @Guarantee("G5")
    @Pitfall(8)
    void closingLeavesAThreadThatATargetDoesNotLetIn() throws Exception {
        fixture.tenant("a");
        try (FaultProxy proxy = FaultProxy.before(fixture.cluster.url(fixture.target))) {
            fixture.services.urls.put(fixture.target, proxy.url(fixture.cluster.url(fixture.target)));
            DualWrite applier = fixture.applier(LaneFixture.builder());
            fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 1, 1, 1, null)");
            proxy.freeze(Direction.TO_CLIENT);
            applier.start();
            List<Thread> threads = threadsOfLanes();
            Awaitility.await("the lane has met the silence")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> proxy.held() > 0);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(applier::close);
            try {
                assertThat(closing).succeedsWithin(Duration.ofSeconds(20));
            } finally {
                proxy.heal();
            }
            Awaitility.await("the lane's threads have ended")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> threads.stream().noneMatch(Thread::isAlive));
            assertThat(fixture.rows(fixture.target, "parent")).isEmpty();
        }
    }

    private static List<Thread> threadsOfLanes() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("tenantshift-lane-"))
                .toList();
    }

    private double targetState() {
        return fixture.services
                .meters()
                .get("tenantshift.applier.target.state")
                .tag("lane", fixture.lane())
                .gauge()
                .value();
    }

    private void tenant(String tenant) {
        try {
            fixture.tenant(tenant);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private void write(int id) throws SQLException {
        for (String tenant : TENANTS) {
            fixture.commit(
                    tenant,
                    LaneFixture.PARENT,
                    "insert into parent values ('%s', %2$d, %2$d, nextval('gv'), 'x')".formatted(tenant, id));
        }
    }

    private long quarantined() throws SQLException {
        return fixture.cluster.queryLong(fixture.target, "select count(*) from tenantshift.tenant_position");
    }

    /** An applier that is no superuser: rights and limits hold for it. */
    private void createRole() throws SQLException {
        fixture.cluster.execute(
                fixture.target,
                "create role " + APPLIER + " login",
                "grant usage on schema public, tenantshift to " + APPLIER,
                "grant all on all tables in schema public to " + APPLIER,
                "grant all on all tables in schema tenantshift to " + APPLIER,
                "grant all on all sequences in schema public to " + APPLIER);
    }

    private void begin(Fault fault) throws SQLException {
        String database = '"' + fixture.cluster.database(fixture.target) + '"';
        switch (fault) {
            case READ_ONLY -> {
                fixture.cluster.execute(
                        fixture.source, "alter database " + database + " set default_transaction_read_only = on");
                endSessions();
            }
            case NO_CONNECTIONS -> {
                fixture.cluster.execute(fixture.source, "alter role " + APPLIER + " connection limit 0");
                endSessions();
            }
            case DISK_FULL ->
                fixture.cluster.execute(
                        fixture.target,
                        "create function full_disk() returns trigger language plpgsql as $$ begin raise 'could not extend file' using errcode = '53100'; end $$",
                        "create trigger full_disk before insert or update on parent for each row execute function full_disk()");
            case LOCKED -> {
                Connection locking = fixture.cluster.connect(fixture.target);
                holder = locking;
                locking.setAutoCommit(false);
                locking.createStatement().execute("lock table parent");
            }
            case TABLE_LOST -> fixture.cluster.execute(fixture.target, "alter table parent rename to lost");
            case COLUMN_LOST -> fixture.cluster.execute(fixture.target, "alter table parent rename note to lost");
            case RIGHT_LOST -> fixture.cluster.execute(fixture.target, "revoke insert on parent from " + APPLIER);
            case KEY_LOST ->
                fixture.cluster.execute(fixture.target, "alter table parent drop constraint parent_pkey cascade");
            case NEWER_SCHEMA -> {
                fixture.cluster.execute(
                        fixture.target, "insert into tenantshift.schema_version (version) values (1000)");
                endSessions(); // who has the lease goes on
            }
        }
    }

    private void end(Fault fault) throws SQLException {
        String database = '"' + fixture.cluster.database(fixture.target) + '"';
        switch (fault) {
            case READ_ONLY ->
                fixture.cluster.execute(
                        fixture.source, "alter database " + database + " reset default_transaction_read_only");
            case NO_CONNECTIONS ->
                fixture.cluster.execute(fixture.source, "alter role " + APPLIER + " connection limit -1");
            case DISK_FULL -> fixture.cluster.execute(fixture.target, "drop function full_disk cascade");
            case LOCKED -> {
                Connection locking = holder;
                if (locking != null) {
                    locking.close();
                }
            }
            case TABLE_LOST -> fixture.cluster.execute(fixture.target, "alter table lost rename to parent");
            case COLUMN_LOST -> fixture.cluster.execute(fixture.target, "alter table parent rename lost to note");
            case RIGHT_LOST -> fixture.cluster.execute(fixture.target, "grant insert on parent to " + APPLIER);
            case KEY_LOST ->
                fixture.cluster.execute(fixture.target, "alter table parent add primary key (tenant_id, id)");
            case NEWER_SCHEMA ->
                fixture.cluster.execute(fixture.target, "delete from tenantshift.schema_version where version = 1000");
        }
    }

    private void endSessions() throws SQLException {
        fixture.cluster.execute(
                fixture.source,
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = '" + APPLIER + "'");
    }
}
