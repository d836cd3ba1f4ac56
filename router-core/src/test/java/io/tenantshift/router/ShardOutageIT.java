package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A shard that hangs, is gone, or comes back hurts its own tenants and nobody else. {@code acme} lives there, {@code bolt} elsewhere. */
@TenantShiftCluster(shards = 3, ddl = Moving.ITEMS)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShardOutageIT {
    private static final Logger LOG = LoggerFactory.getLogger(ShardOutageIT.class);
    private static final int THREADS = 16;
    private static final int ENOUGH = 3_000;

    private final Cluster cluster;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Wire wire;

    ShardOutageIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void lay() throws IOException {
        wire = new Wire(cluster.url("s0"));
    }

    @AfterEach
    void takeAway() throws IOException {
        wire.close();
    }

    private TenantShiftDataSource.Builder router() {
        return TenantShiftDataSource.builder("shop")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", wire.url())
                .shard("s1", cluster.url("s1"))
                .shard("s2", cluster.url("s2"))
                .control("legacy")
                .shardMap(ShardMap.version(1)
                        .slots(0, ShardMap.SLOTS - 1, "legacy")
                        .pin("acme", "s0")
                        .pin("bolt", "s1")
                        .pin("coil", "s2")
                        .build())
                .meters(meters)
                .maximumPoolSize(4)
                .breakerWait(Duration.ofMillis(300));
    }

    private double state() {
        return meters.get("tenantshift.router.shard.state")
                .tag("shard", "s0")
                .gauge()
                .value();
    }

    private double failures() {
        return meters.get("tenantshift.router.shard.failures")
                .tag("shard", "s0")
                .functionCounter()
                .count();
    }

    private static String answer(TenantShiftDataSource router, String tenant) throws SQLException {
        return answer(router, tenant, "select 'yes'");
    }

    private static String answer(TenantShiftDataSource router, String tenant, String sql) throws SQLException {
        try (var scope = TenantContext.enter(tenant);
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private MixedLoad load(TenantShiftDataSource router) {
        return new MixedLoad(router, THREADS, wire::speak, "acme", "bolt", "coil", "anybody");
    }

    private static void awaitMore(MixedLoad load, String why) {
        long before = load.others.get();
        long start = System.nanoTime();
        await(why).atMost(Duration.ofSeconds(60)).until(() -> load.others.get() >= before + ENOUGH);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        LOG.info("{}: {} operations of others in {} ms", why, load.others.get() - before, millis);
    }

    @Test
    @Guarantee("G5")
    void aShardThatAcceptsAndNeverAnswersHoldsUpNoMoreThreadsThanItsPoolAndItsQueueHavePlaces() throws Exception {
        // Time-outs of 30 s: nothing but the bounds can help within this test.
        try (TenantShiftDataSource router =
                        router().maximumPoolSize(6).maximumWaiting(4).build();
                MixedLoad load = load(router)) {
            awaitMore(load, "warm");
            awaitMore(load, "before");
            wire.fallSilent();
            await("the queue is full").until(() -> load.refused.get() > 0 && load.inside.get() >= 6);
            // Until now all threads could meet at one of the other shards, whose queue is as short.
            load.othersFailures.clear();
            long served = load.served.get();
            long[] steps = load.steps();
            awaitMore(load, "while it hangs");
            assertThat(load.served.get())
                    .as("it hangs")
                    .isLessThanOrEqualTo(served + 6); // answers that were on the way
            // Two more for those who found nobody waiting at the same moment.
            assertThat(load.stuckSince(steps)).isBetween(1L, 6L + 4 + 2);
            assertThat(load.othersFailures).isEmpty();
            assertThat(load.refusals)
                    .allSatisfy(refusal -> assertThat((Throwable) refusal)
                            .isInstanceOf(SQLTransientConnectionException.class)
                            .hasMessageContaining("4 threads wait for one already")
                            .hasFieldOrPropertyWithValue("SQLState", "53300"));
            assertThat(meters.get("tenantshift.router.shard.waiting")
                            .tag("shard", "s0")
                            .gauge()
                            .value())
                    .isBetween(1.0, 6.0);
            assertThat(meters.get("tenantshift.router.shard.refused")
                            .tags("shard", "s0", "reason", "waiting")
                            .functionCounter()
                            .count())
                    .isPositive();
            wire.speak();
            await("its tenants work again").until(() -> load.served.get() > served + 100);
            assertThat(state()).isZero();
        }
    }

    @Test
    @Guarantee("G5")
    void aShardThatNeverAnswersIsRefusedAtOnceAfterAFewTimeOutsAndServedAgainWhenItAnswers() throws Exception {
        try (TenantShiftDataSource router =
                        router().connectionTimeout(Duration.ofSeconds(2)).build();
                MixedLoad load = load(router)) {
            awaitMore(load, "warm");
            awaitMore(load, "before");
            // While the pools filled, all threads could meet at one of them.
            load.othersFailures.clear();
            wire.fallSilent();
            await("the breaker opens").until(() -> state() == 2);
            load.refusals.clear();
            long refused = load.refused.get();
            long served = load.served.get();
            await("it is tried again").until(() -> failures() >= 10);
            await("who waited before it opened has been told").until(() -> load.inside.get() <= 4 + 2);
            double tried = failures();
            long[] steps = load.steps();
            awaitMore(load, "while it hangs");
            await("again and again").atMost(Duration.ofSeconds(60)).until(() -> failures() >= tried + 4);
            assertThat(load.refused.get()).isGreaterThan(refused);
            assertThat(load.refusals)
                    .anySatisfy(refusal -> assertThat((Throwable) refusal)
                            .hasMessageContaining("shard \"s0\" refused a connection")
                            .hasMessageContaining("attempts had failed"));
            assertThat(load.stuckSince(steps))
                    .as("those whose statements hang, and two who try")
                    .isBetween(1L, 4L + 2);
            assertThat(load.othersFailures).isEmpty();
            wire.speak();
            await("its tenants work again").until(() -> load.served.get() > served + 100);
            await("the breaker closes by itself").until(() -> state() == 0);
        }
    }

    @Test
    @Guarantee("G5")
    void aShardThatIsGoneAtStartUpHurtsItsOwnTenantsAndIsServedWhenItComes() throws Exception {
        wire.cut();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (TenantShiftDataSource router = router().build()) {
            assertThat(answer(router, "bolt")).isEqualTo("yes");
            assertThat(answer(router, "anybody")).isEqualTo("yes");
            Future<String> patient = executor.submit(() -> answer(router, "acme"));
            await("the pool's own attempts are enough").until(() -> state() == 2);
            assertThatThrownBy(() -> answer(router, "acme"))
                    .isInstanceOf(SQLTransientConnectionException.class)
                    .hasFieldOrPropertyWithValue("SQLState", "08001")
                    .hasMessageContaining("5 of 5 attempts had failed then, the last failure has SQLState 08001");
            assertThat(answer(router, "bolt")).isEqualTo("yes");
            wire.connect();
            assertThat(patient.get()).as("who waited before is served").isEqualTo("yes");
            await("others are").ignoreExceptions().until(() -> "yes".equals(answer(router, "acme")));
            await("no trouble is left").ignoreExceptions().until(() -> answer(router, "acme") != null && state() == 0);
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    @Guarantee("G5")
    void aShardThatGoesAwayHurtsItsOwnTenantsAndIsServedWhenItIsBack() throws Exception {
        try (TenantShiftDataSource router =
                        router().connectionTimeout(Duration.ofSeconds(2)).build();
                MixedLoad load = load(router)) {
            awaitMore(load, "before");
            load.othersFailures.clear();
            wire.cut();
            await("the breaker opens").until(() -> state() == 2);
            long served = load.served.get();
            awaitMore(load, "while it is gone");
            assertThat(load.othersFailures).isEmpty();
            wire.connect();
            await("its tenants work again").until(() -> load.served.get() > served + 100);
            await("the breaker closes by itself").until(() -> state() == 0);
        }
    }

    @Test
    @Guarantee("G5")
    void errorsOfUsersNeverOpenABreaker() throws Exception {
        String[] errors = {
            "insert into item (tenant_id, id) values ('acme', 1)",
            "insert into item (tenant_id, id) values ('acme', null)",
            "selec 1",
            "select * from nowhere",
            "select 1 / 0",
            "set statement_timeout = 20; select pg_sleep(10)",
            "set lock_timeout = 20; lock table item in access exclusive mode",
            "do $$ begin raise exception using errcode = '08006'; end $$",
            "do $$ begin raise exception using errcode = '57P01'; end $$",
            "do $$ begin raise exception using errcode = 'XX000'; end $$",
            "do $$ begin raise exception using errcode = '40001'; end $$",
            "copy item from '/nowhere/at/all'"
        };
        cluster.execute("s0", "insert into item (tenant_id, id) values ('acme', 1)");
        try (TenantShiftDataSource router = router().build();
                Connection holder = cluster.connect("s0");
                var scope = TenantContext.enter("acme")) {
            holder.setAutoCommit(false);
            holder.createStatement().execute("lock table item in access share mode");
            for (int round = 0; round < 20; round++) {
                for (String error : errors) {
                    try (Connection connection = router.getConnection();
                            Statement statement = connection.createStatement()) {
                        assertThatThrownBy(() -> statement.execute(error)).isInstanceOf(SQLException.class);
                    }
                }
            }
            holder.rollback();
            assertThat(state()).isZero();
            assertThat(failures()).isZero();
            assertThat(answer(router, "acme")).isEqualTo("yes");
        }
    }

    @Test
    void aConnectionThatIsEndedCountsOnceAndIsNoOutage() throws Exception {
        try (TenantShiftDataSource router = router().build()) {
            for (int i = 0; i < 3; i++) {
                try (var scope = TenantContext.enter("acme");
                        Connection connection = router.getConnection();
                        Statement statement = connection.createStatement()) {
                    statement.execute("select 1");
                    try (ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
                        row.next();
                        cluster.endBackend("s0", row.getInt(1));
                    }
                    for (int again = 0; again < 5; again++) {
                        assertThatThrownBy(() -> statement.execute("select 1")).isInstanceOf(SQLException.class);
                    }
                }
            }
            assertThat(failures()).isEqualTo(3);
            assertThat(answer(router, "acme")).isEqualTo("yes");
        }
    }

    @Test
    @Guarantee("G5")
    void sessionsThatAreEndedAllAtOnceAreNoOutageForTheShardStillAcceptsOthers() throws Exception {
        try (TenantShiftDataSource router = router().maximumPoolSize(6)
                        .breakerWait(Duration.ofMinutes(10))
                        .build();
                var scope = TenantContext.enter("acme")) {
            List<Connection> open = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Connection connection = router.getConnection();
                connection.createStatement().execute("select 1");
                open.add(connection);
            }
            for (Connection connection : open) {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
                    row.next();
                    cluster.endBackend("s0", row.getInt(1));
                }
            }
            for (Connection connection : open) {
                assertThatThrownBy(() -> connection.createStatement().execute("select 1"))
                        .isInstanceOf(SQLException.class);
                connection.close();
            }
            assertThat(failures()).isEqualTo(6);
            await("it is tried before the wait is over").ignoreExceptions().until(() -> answer(router, "acme") != null);
            await("no trouble is left").until(() -> answer(router, "acme") != null && state() == 0);
        }
    }

    @Test
    @Guarantee("G5")
    void transactionsThatAreOpenWhenTheBreakerOpensCommitAndStatementsCanBeCancelled() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (TenantShiftDataSource router = router().maximumPoolSize(2)
                        .connectionTimeout(Duration.ofSeconds(3))
                        .breakerWait(Duration.ofMinutes(1))
                        .build();
                Connection open = router.getConnection();
                Connection busy = router.getConnection();
                Statement inserts = open.createStatement();
                Statement sleeps = busy.createStatement()) {
            try (var scope = TenantContext.enter("acme")) {
                open.setAutoCommit(false);
                inserts.executeUpdate("insert into item (tenant_id, id) values ('acme', 101)");
                Future<?> sleeping = executor.submit(TenantContext.wrap(() -> {
                    sleeps.execute("select pg_sleep(600), 'outage'");
                    return null;
                }));
                await("it sleeps")
                        .until(() -> cluster.queryLong(
                                        "s0",
                                        "select count(*) from pg_stat_activity where state = 'active' and query like '%outage%' and pid <> pg_backend_pid()")
                                == 1);
                List<Actor<Boolean>> askers = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    askers.add(Actor.run(
                            "asker-" + i,
                            () -> assertThatThrownBy(() -> answer(router, "acme"))
                                    .isInstanceOf(SQLTransientConnectionException.class)));
                }
                for (Actor<Boolean> asker : askers) {
                    asker.await();
                }
                assertThat(state()).isEqualTo(2);
                assertThatThrownBy(() -> answer(router, "acme"))
                        .hasMessageContaining("refused a connection")
                        .hasMessageContaining("nothing was executed");
                inserts.executeUpdate("insert into item (tenant_id, id) values ('acme', 102)");
                open.commit();
                sleeps.cancel();
                assertThatThrownBy(sleeping::get).rootCause().hasFieldOrPropertyWithValue("SQLState", "57014");
                inserts.executeUpdate("insert into item (tenant_id, id) values ('acme', 103)");
                open.rollback();
                assertThat(state())
                        .as("still open: the statements prove nothing new")
                        .isEqualTo(2);
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(cluster.queryLong("s0", "select count(*) from item where id between 101 and 103"))
                .isEqualTo(2);
    }

    @Test
    void switchedOffEveryoneWaitsForHimselfAndIsToldWhatThePoolFound() throws Exception {
        wire.cut();
        try (TenantShiftDataSource router = router().breaker(false)
                .connectionTimeout(Duration.ofMillis(250))
                .build()) {
            for (int i = 0; i < 8; i++) {
                assertThatThrownBy(() -> answer(router, "acme"))
                        .isInstanceOf(SQLTransientConnectionException.class)
                        .hasMessageContaining("Connection is not available");
            }
            assertThat(state()).isZero();
            assertThat(failures()).isGreaterThanOrEqualTo(8);
        }
    }

    @Test
    void whatCannotBeIsToldAtOnce() {
        assertThatThrownBy(() -> router().maximumWaiting(0)
                        .breakerWindow(4)
                        .breakerFailureRate(0)
                        .breakerWait(Duration.ZERO)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maximumWaiting is 0, from 1 to 10000")
                .hasMessageContaining("breakerWindow is 4, from 5 to 1000")
                .hasMessageContaining("breakerFailureRate is 0, from 1 to 100")
                .hasMessageContaining("breakerWait (ms) is 0, from 100 to 600000");
    }
}
